import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "../../../src/socket/constants.ts";
import { inet_ntop, inet_pton } from "../../../src/socket/inet-address.ts";
import { hex } from "../../support/hex.ts";

// req: sockets/MISC-12
test("inet_pton() is strict", () => {
  const rows: [family: number, text: string, result: number, octets?: string][] = [
    [AF_INET, "192.0.2.33", 1, "c0000221"],
    [AF_INET, "0.0.0.0", 1, "00000000"],
    [AF_INET, "192.0.2", 0],
    [AF_INET, "192.0.2.256", 0],
    [AF_INET, "192.0.2.03", 0],
    [AF_INET, "0x7f.0.0.1", 0],
    [AF_INET, " 1.2.3.4", 0],
    [AF_INET, "::1", 0],
    [AF_INET6, "2001:db8::1", 1, "20010db8000000000000000000000001"],
    [AF_INET6, "::ffff:1.2.3.4", 1, "00000000000000000000ffff01020304"],
    [AF_INET6, "1.2.3.4", 0],
    [AF_INET6, "1::2::3", 0],
    [AF_INET6, "fe80::1%2", 0],
    [AF_INET6, ":", 0],
    [AF_INET6, "12345::", 0],
    [AF_UNIX, "1.2.3.4", -Errno.EAFNOSUPPORT],
  ];
  for (const [family, text, result, octets = ""] of rows) {
    const into = new Uint8Array(octets.length / 2);
    assert.equal(inet_pton(family, text, into), result, text);
    assert.deepEqual(into, hex(octets), text);
  }
});

// req: sockets/MISC-12
test("inet_ntop() writes the shortest form, null where there is none", () => {
  assert.equal(inet_ntop(AF_INET, hex("c0000221")), "192.0.2.33");
  assert.equal(inet_ntop(AF_INET6, hex("20010db8000000000000000000000001")), "2001:db8::1");
  assert.equal(inet_ntop(AF_INET6, hex("00000000000000000000ffff01020304")), "::ffff:1.2.3.4");
  assert.equal(inet_ntop(AF_INET, hex("c00002")), null);
  assert.equal(inet_ntop(AF_INET6, hex("c0000221")), null);
  assert.equal(inet_ntop(AF_UNIX, hex("c0000221")), null);
});
