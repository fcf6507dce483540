import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import {
  isChainComplete,
  ParameterProblem,
  walkExtensionHeaders,
} from "../../../src/ip/extension-headers.ts";
import { HeaderFindings } from "../../../src/ip/family.ts";
import { Ipv6 } from "../../../src/ip/v6.ts";
import { viewAt } from "../../support/hex.ts";
import { packetOf } from "../../support/network-extensions.ts";
import { octets } from "../../support/network-host.ts";
import { ipPacket } from "../../support/network-ip.ts";

type Chain = [number, number[]][];

function walked(
  chain: Chain,
  protocol = 17,
): { findings: HeaderFindings; packet: ReturnType<typeof ipPacket> } {
  const packet = ipPacket(packetOf(chain, protocol, octets(20)));
  new Ipv6().parse(packet);
  const findings = new HeaderFindings();
  walkExtensionHeaders(packet, findings);
  return { findings, packet };
}

const PADDING = [1, 4, 0, 0, 0, 0];

describe("walkExtensionHeaders", () => {
  it("leaves the upper layer in the packet, and the field that names it", () => {
    const { findings, packet } = walked([
      [0, PADDING],
      [60, PADDING],
    ]);
    assert.equal(findings.drop, null);
    assert.deepEqual(
      [
        packet.protocol,
        packet.transportAt - packet.networkAt,
        findings.nextHeaderAt - packet.networkAt,
      ],
      [17, 56, 48],
    );
    assert.equal(packet.reassembled, false);
  });

  // req: ip/FR6-10
  it("goes past an atomic fragment, but remembers that there was one", () => {
    const { findings, packet } = walked([[44, [0, 0, 0, 0, 0, 0, 1]]]);
    assert.deepEqual([findings.isFragment, packet.protocol, packet.reassembled], [false, 17, true]);
  });

  // req: ip/V6-8
  it("takes an unknown option by its two high bits", () => {
    const rows: [number, string | null, number, boolean][] = [
      [0x1e, null, -1, false],
      [0x3e, null, -1, false],
      [0x5e, "ip-bad-option", -1, false],
      [0x9e, "ip-bad-option", ParameterProblem.OPTION, true],
      [0xde, "ip-bad-option", ParameterProblem.OPTION, false],
    ];
    for (const [type, drop, code, evenToGroup] of rows) {
      const { findings } = walked([[60, [1, 0, type, 2, 0, 0]]]);
      assert.deepEqual([findings.drop, findings.problemCode], [drop, code]);
      if (code >= 0)
        assert.deepEqual([findings.problemPointer, findings.problemEvenToGroup], [44, evenToGroup]);
    }
  });

  it("ends, whatever it is given (seed 10)", () => {
    const random = new SeededRandom(10);
    const findings = new HeaderFindings();
    for (let i = 0; i < 20_000; i++) {
      const packet = ipPacket(
        packetOf(
          [
            [0, PADDING],
            [60, PADDING],
            [43, PADDING],
            [44, [0, 0, 1, 0, 0, 0, 1]],
          ],
          17,
          octets(20),
        ),
      );
      new Ipv6().parse(packet);
      for (let flips = 0; flips < 4; flips++) {
        packet.bytes[packet.networkAt + 6 + ((random.int32() >>> 0) % 70)] = random.int32() & 0x7f;
      }
      findings.reset();
      packet.protocol = packet.bytes[packet.networkAt + 6] ?? 0;
      walkExtensionHeaders(packet, findings);
      assert.ok(findings.drop !== null || findings.isFragment || packet.transportAt <= packet.end);
    }
  });
});

describe("isChainComplete", () => {
  // req: ip/FR6-3, ip/FR6-4
  const rows: [number, number, boolean][] = [
    [6, 20, true],
    [6, 19, false],
    [17, 8, true],
    [17, 7, false],
    [58, 8, true],
    [58, 7, false],
    [253, 0, true],
    [60, 7, false],
  ];
  for (const [protocol, length, complete] of rows) {
    it(`${length} octets of protocol ${protocol}: ${complete}`, () => {
      const findings = new HeaderFindings();
      findings.fragmentNext = protocol;
      assert.equal(isChainComplete(viewAt(octets(length)), findings, length), complete);
    });
  }
});
