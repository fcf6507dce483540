import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { decodeOption, encodeOption } from "../../../src/socket/option-codec.ts";
import type { OptionFormat, OptionValue } from "../../../src/socket/option-table.ts";
import { hex } from "../../support/hex.ts";

const ROWS: [OptionFormat, OptionValue, octets: string][] = [
  ["integer", 1, "01000000"],
  ["integer", -1, "ffffffff"],
  ["linger", { on: true, seconds: 7 }, "01000000 07000000"],
  ["linger", { on: false, seconds: 0 }, "00000000 00000000"],
  ["time", { seconds: 3, microseconds: 250_000 }, "0300000000000000 90d0030000000000"],
  ["text", "cubic", "637562696300"],
];

// req: sockets/OPT-2, sockets/OPT-9
test("values and their octets", () => {
  for (const [format, value, octets] of ROWS) {
    assert.deepEqual(decodeOption(hex(octets), format), value);
    const into = new Uint8Array(hex(octets).length);
    assert.equal(encodeOption(value, format, into), into.length);
    assert.deepEqual(into, hex(octets));
  }
});

// req: sockets/OPT-2
test("too few octets are no value; a result is cut off where the buffer ends", () => {
  for (const [format, value, octets] of ROWS) {
    if (format !== "text")
      assert.equal(decodeOption(hex(octets).subarray(1), format), null, format);
    const into = new Uint8Array(2);
    assert.equal(encodeOption(value, format, into), 2);
    assert.deepEqual(into, hex(octets).subarray(0, 2));
  }
  assert.equal(decodeOption(hex("0100000099"), "integer"), 1, "more are ignored");
  assert.equal(decodeOption(hex("6c6f"), "text"), "lo", "without a NUL too");
});

test("a record has no such form", () => {
  assert.equal(decodeOption(new Uint8Array(999), "info"), null);
  assert.equal(encodeOption({ state: 1 }, "info", new Uint8Array(9)), -Errno.EOPNOTSUPP);
});
