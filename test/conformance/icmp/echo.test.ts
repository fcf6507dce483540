import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import {
  fragmentFrames,
  icmpMessage,
  icmpProtocol,
  ipFrame,
  reversed,
} from "../../support/frame-builders.ts";
import { FAMILIES, type Family, ip, octets, V4, V6, WireHost } from "../../support/network-host.ts";

const ECHO_WORD = 0x1234_0007;

function ping(family: Family, body: Uint8Array, ends = family.inward): Uint8Array {
  return icmpMessage(ends, family.isV6 ? 128 : 8, 0, { word: ECHO_WORD, body });
}

function pong(family: Family, body: Uint8Array): Uint8Array {
  const type = family.isV6 ? 129 : 0;
  return icmpMessage(reversed(family.inward), type, 0, { word: ECHO_WORD, body });
}

for (const family of FAMILIES) {
  const protocol = icmpProtocol(family.inward);
  const { headerLength } = family;

  describe(`${family.name} echo`, () => {
    // req: icmp/I4-21, icmp/I6-23
    it("returns identifier, sequence number and data", () => {
      for (const length of [0, 1, 56, 1400]) {
        const host = new WireHost();
        host.inject(ipFrame(family.inward, protocol, ping(family, octets(length))));
        const [frame] = host.frames();
        assert.deepEqual(frame?.slice(14 + headerLength), pong(family, octets(length)));
      }
    });

    // req: icmp/I4-21, icmp/I6-23, ip/FRAG-1
    it("returns the whole of a request that came in fragments", () => {
      const length = family.isV6 ? 65_527 : 65_507;
      const host = new WireHost();
      const answer = new WireHost();
      answer.network.setUpper(protocol, answer);
      const cut = { size: 1440, identification: 1 };
      host.inject(...fragmentFrames(family.inward, protocol, ping(family, octets(length)), cut));
      // The answer comes in fragments too: our own stack puts them together.
      const frames = host.frames();
      assert.ok(frames.length > 40);
      for (const frame of frames) answer.inject(turned(family, frame));
      assert.deepEqual(answer.drops(), {});
      const [reply] = answer.heard;
      assert.deepEqual(reply?.octets.slice(8), octets(length));
    });

    // req: icmp/I4-22, icmp/I6-12, ip/V4O-7
    it("answers from the address that was asked", () => {
      const addresses = ["10.77.0.1/24", "10.77.0.3/24", "fd77::1/64", "fd77::3/64"];
      const host = new WireHost({ config: { addresses } });
      const destination = ip(family.isV6 ? "fd77::3" : "10.77.0.3");
      const ends = { ...family.inward, destination };
      host.inject(ipFrame(ends, protocol, ping(family, octets(4), ends)));
      assert.match(host.sent()[0] ?? "", new RegExp(` ${destination} > ${family.peer}: `));
    });

    // req: icmp/I4-24, icmp/I6-25, icmp/I6-26
    it("hands replies to who asked", () => {
      const host = new WireHost();
      const type = family.isV6 ? 129 : 0;
      const reply = icmpMessage(family.inward, type, 0, { word: ECHO_WORD, body: octets(30) });
      host.inject(ipFrame(family.inward, protocol, reply));
      assert.deepEqual(host.drops(), { "icmp-ignored": 1 }, "nobody asked");
      host.network.setUpper(protocol, host);
      host.inject(ipFrame(family.inward, protocol, reply));
      assert.deepEqual(host.heard[0]?.octets, reply);
    });

    it("works within the host", () => {
      const host = new WireHost();
      host.network.setUpper(protocol, host);
      const ends = { ...family.inward, source: family.ours };
      const frame = ipFrame(ends, protocol, ping(family, octets(9), ends));
      host.loopback.transmit(holding(frame.slice(14)), 0);
      host.turn();
      assert.deepEqual(host.heard[0]?.octets.slice(8), octets(9));
    });
  });
}

describe("echo to many", () => {
  const cases: [Family, string, MacAddress][] = [
    [V4, "10.77.0.255", MacAddress.BROADCAST],
    [V4, "255.255.255.255", MacAddress.BROADCAST],
    [V4, "224.0.0.1", new MacAddress(0x0100, 0x5e000001)],
    [V6, "ff02::1", new MacAddress(0x3333, 1)],
  ];
  // req: icmp/I4-23, icmp/I6-24, icmp/I6-12
  for (const [family, group, destinationMac] of cases) {
    it(`${group}: the owner chooses; an answer comes from a unicast address`, () => {
      const ends = { ...family.inward, destination: ip(group), destinationMac };
      const frame = ipFrame(ends, icmpProtocol(ends), ping(family, octets(4), ends));
      const answers = (answer: boolean): string[] => {
        const host = new WireHost({
          ip: { answerBroadcastEcho: answer, answerMulticastEcho: answer },
        });
        host.inject(frame);
        return host.sent();
      };
      assert.deepEqual(answers(false), []);
      assert.match(
        answers(true)[0] ?? "",
        new RegExp(` ${family.ours} > ${family.peer}: .*echo reply`),
      );
      const host = new WireHost();
      host.inject(frame);
      assert.equal(host.sent().length, family.isV6 ? 1 : 0, "the default");
    });
  }
});

/** A frame that we sent, as if the peer had sent it to us. */
function turned(family: Family, frame: Uint8Array): Uint8Array {
  const octets = frame.slice();
  octets.copyWithin(0, 6, 12);
  octets.set(frame.subarray(0, 6), 6);
  const at = 14 + (family.isV6 ? 8 : 12);
  const length = family.isV6 ? 16 : 4;
  octets.set(frame.subarray(at, at + length), at + length);
  octets.set(frame.subarray(at + length, at + 2 * length), at);
  return octets;
}

function holding(octets: Uint8Array): PacketBuffer {
  const packet = new PacketBuffer(512);
  packet.reset();
  packet.bytes.set(octets, packet.start);
  packet.end = packet.start + octets.length;
  return packet;
}
