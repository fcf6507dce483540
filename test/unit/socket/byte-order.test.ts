import assert from "node:assert/strict";
import { test } from "node:test";
import { htonl, htons, ntohl, ntohs } from "../../../src/socket/byte-order.ts";

test("octets change places, and change back", () => {
  assert.equal(htons(0x1234), 0x3412);
  assert.equal(htons(80), 0x5000);
  assert.equal(htonl(0x12345678), 0x78563412);
  assert.equal(htonl(0x000000ff), 0xff000000, "unsigned");
  for (const value of [0, 1, 0xff00, 0xffff]) assert.equal(ntohs(htons(value)), value);
  for (const value of [0, 1, 0x80000000, 0xffffffff]) assert.equal(ntohl(htonl(value)), value);
});
