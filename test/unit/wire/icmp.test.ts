import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksum } from "../../../src/base/checksum.ts";
import {
  ICMP_CHECKSUM_OFFSET,
  ICMP_HEADER_LENGTH,
  Icmpv4Type,
  Icmpv4Unreachable,
  Icmpv6Type,
  Icmpv6Unreachable,
  icmpCode,
  icmpIdentifier,
  icmpSequence,
  icmpType,
  icmpV4Mtu,
  icmpV4Pointer,
  icmpWord,
  isIcmpHeader,
  setIcmpChecksum,
  writeIcmpHeader,
} from "../../../src/wire/icmp.ts";
import { assertRefusesCuts, hex, toHex, viewAt, written } from "../../support/hex.ts";

const AT = 3;

test("an echo request of ping", () => {
  //                    type code sum  id   seq  body
  const octets = hex("  08   00   a85e 0bad 0001 68656c6c6f21");
  const view = viewAt(octets, AT);
  assert.equal(icmpType(view, AT), Icmpv4Type.ECHO_REQUEST);
  assert.equal(icmpCode(view, AT), 0);
  assert.equal(icmpIdentifier(view, AT), 0x0bad);
  assert.equal(icmpSequence(view, AT), 1);
  assert.equal(checksum(view, AT, AT + octets.length), 0);
});

test("the second word, by type", () => {
  const tooBig = viewAt(hex("02 00 0000 80000500"), AT);
  assert.equal(icmpType(tooBig, AT), Icmpv6Type.PACKET_TOO_BIG);
  assert.equal(icmpWord(tooBig, AT), 0x80000500, "an MTU is not negative");
  const needed = viewAt(hex("03 04 0000 ffff 05dc"), AT);
  assert.equal(icmpCode(needed, AT), Icmpv4Unreachable.FRAGMENTATION_NEEDED);
  assert.equal(icmpV4Mtu(needed, AT), 1500);
  const problem = viewAt(hex("0c 00 0000 14 ffffff"), AT);
  assert.equal(icmpType(problem, AT), Icmpv4Type.PARAMETER_PROBLEM);
  assert.equal(icmpV4Pointer(problem, AT), 20);
});

test("less than eight octets is no message", () => {
  assertRefusesCuts(isIcmpHeader, hex("00 00 0000 0000 0000"));
});

// req: icmp/I6-3
test("ICMPv6 errors are below 128, the rest above", () => {
  const { DESTINATION_UNREACHABLE, PACKET_TOO_BIG, TIME_EXCEEDED, PARAMETER_PROBLEM, ...rest } =
    Icmpv6Type;
  const errors = [DESTINATION_UNREACHABLE, PACKET_TOO_BIG, TIME_EXCEEDED, PARAMETER_PROBLEM];
  assert.deepEqual(errors, [1, 2, 3, 4]);
  assert.ok(Object.values(rest).every((type) => type >= 128));
});

test("port unreachable has code 3 in ICMP and 4 in ICMPv6", () => {
  assert.equal(Icmpv4Unreachable.PORT, 3);
  assert.equal(Icmpv6Unreachable.PORT, 4);
  assert.equal(Icmpv6Unreachable.ADDRESS, 3);
});

test("what is written is read back, with a checksum of 0 until it is set", () => {
  const octets = written(ICMP_HEADER_LENGTH, (view, at) => writeIcmpHeader(view, at, 3, 4, 0x05dc));
  assert.equal(toHex(octets), toHex(hex("03 04 0000 000005dc")));
  fc.assert(
    fc.property(fc.nat(255), fc.nat(255), fc.integer(), (type, code, word) => {
      const view = viewAt(new Uint8Array(8).fill(0xff), AT);
      writeIcmpHeader(view, AT, type, code, word);
      assert.deepEqual(
        [icmpType(view, AT), icmpCode(view, AT), icmpWord(view, AT)],
        [type, code, word >>> 0],
      );
      setIcmpChecksum(view, AT, checksum(view, AT, AT + 8));
      assert.equal(checksum(view, AT, AT + 8), 0);
      assert.equal(view.getUint16(AT + ICMP_CHECKSUM_OFFSET), view.getUint16(AT + 2));
    }),
  );
});
