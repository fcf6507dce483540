import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { enterLossRecovery } from "../../../src/tcp/loss-recovery.ts";
import { retransmitHoles, retransmitLost } from "../../../src/tcp/retransmission.ts";
import { markFirstLost } from "../../../src/tcp/sack-scoreboard.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { arrive, openTcb, sendNow, sent } from "../../support/tcb-fixture.ts";

describe("retransmitLost", () => {
  it("has nothing to do while nothing is lost", () => {
    const tcb = openTcb();
    sendNow(tcb, 5000);
    assert.equal(retransmitLost(tcb, new PacketBuffer(), 0), false);
    assert.equal(retransmitHoles(tcb, new PacketBuffer(), 0), false);
  });

  it("says what it does, and by which rule", () => {
    const tcb = openTcb();
    const reports: string[] = [];
    tcb.counters.observer = {
      tcpRetransmit: (_name, seq, octets, kind) => reports.push(`${kind} ${seq}+${octets}`),
    };
    sendNow(tcb, 10_000);
    arrive(tcb, { ack: 1, sack: [[1001, 4001]] });
    sent(tcb);
    enterLossRecovery(tcb, 0);
    sent(tcb);
    assert.deepEqual(reports, ["fast 1+1000", "timeout 1+1000"]);
  });

  // req: tcp/BUG-4
  it("sends the same octets again, cut anew where the first packet was larger", () => {
    const tcb = openTcb({ offload: true });
    const octets = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    tcb.sendBuffer.append(octets, 0, 5000);
    sent(tcb);
    markFirstLost(tcb);
    const packet = new PacketBuffer();
    tcb.recovery.forced = true;
    assert.ok(retransmitLost(tcb, packet, 0));
    const payload = packet.bytes.slice(packet.start + 20, packet.end);
    assert.deepEqual(payload, octets.slice(0, 1000));
    assert.equal(packet.gsoSize, 0);
  });

  it("sends a whole lost super-segment when the window allows", () => {
    const tcb = openTcb({ offload: true });
    sendNow(tcb, 5000);
    enterLossRecovery(tcb, 0);
    tcb.congestion.window = 4500;
    assert.deepEqual(sent(tcb), ["A 1+4000/1000"]);
    arrive(tcb, { ack: 4001 });
    assert.deepEqual(sent(tcb), ["PA 4001+1000"]);
  });

  // req: tcp/SHLD-16
  it("in a window that was shrunk sends what lies inside, and the oldest whatever", () => {
    const tcb = openTcb();
    sendNow(tcb, 5000);
    arrive(tcb, { ack: 1, window: 1500 });
    enterLossRecovery(tcb, 0);
    tcb.congestion.window = 10_000;
    assert.deepEqual(sent(tcb), ["A 1+1000", "A 1001+500"]);
    arrive(tcb, { ack: 1501, window: 0 });
    assert.deepEqual(sent(tcb), ["A 1501+500"]);
  });

  it("arms the timer and repeats the FIN", () => {
    const tcb = openTcb();
    sendNow(tcb, 1500);
    tcb.isSendShut = true;
    sent(tcb);
    tcb.timers.stop(Timer.RETRANSMIT);
    enterLossRecovery(tcb, 50);
    tcb.congestion.window = 10_000;
    assert.deepEqual(sent(tcb, 50), ["A 1+1000", "PA 1001+500", "FA 1501+0"]);
    assert.equal(tcb.timers.at(Timer.RETRANSMIT), 50 + tcb.rtt.rto);
  });
});
