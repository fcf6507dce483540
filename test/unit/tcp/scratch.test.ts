import assert from "node:assert/strict";
import { it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { TcpScratch } from "../../../src/tcp/scratch.ts";
import { Tcb } from "../../../src/tcp/tcb.ts";
import { arrive, openTcb, recordsOf, sendNow } from "../../support/tcb-fixture.ts";

it("serves many connections that do not disturb each other, and takes back what they used", () => {
  const scratch = new TcpScratch();
  const make = (): Tcb => {
    const model = openTcb();
    const { connection, config, settings, path, iss } = model;
    const options = { config, settings, path, iss, timestampOffset: 0, scratch };
    const tcb = new Tcb(connection, {
      ...options,
      counters: new Counters(),
      random: new SeededRandom(1),
    });
    const { state, sndUna, sndNxt, sndWnd, mss, rcvNxt, rcvAdv, congestion } = model;
    Object.assign(tcb, { state, sndUna, sndNxt, sndWnd, mss, rcvNxt, rcvAdv, congestion });
    tcb.isSynAcked = true;
    tcb.maxSndWnd = sndWnd;
    return tcb;
  };
  const first = make();
  const second = make();
  sendNow(first, 3000);
  sendNow(second, 2000);
  assert.equal(recordsOf(first).length, 3);
  assert.equal(recordsOf(second).length, 2);
  const record = first.sent.at(0);
  arrive(first, { ack: 3001 });
  assert.equal(first.sendBuffer.storageOctets, 0);
  assert.ok(scratch.storage.heldOctets > 0);
  sendNow(second, 5000);
  const used = Array.from({ length: second.sent.count }, (_, index) => second.sent.at(index));
  assert.ok(used.includes(record), "a record of the first serves the second");
});
