import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { MacTable } from "../../../src/link/mac-table.ts";

test("an address is found on the port it was last heard on, until it ages", () => {
  const table = new MacTable(64, 1000);
  assert.equal(table.find(2, 5, 0), -1);
  assert.equal(table.find(0, 0, 0), -1);
  table.learn(2, 5, 3, 0);
  assert.equal(table.find(2, 5, 1000), 3);
  assert.equal(table.find(2, 5, 1001), -1);
  table.learn(2, 5, 4, 1500);
  assert.equal(table.find(2, 5, 2000), 4);
  table.forgetPort(4);
  assert.equal(table.find(2, 5, 2000), -1);
});

test("a flood of addresses takes no more memory and leaves whoever speaks", () => {
  const table = new MacTable(4096, 300_000);
  const random = new SeededRandom(11);
  assert.equal(table.places, 8192);
  for (let now = 0; now < 100_000; now++) {
    table.learn(random.int32() & 0xffff, random.int32(), 9, now);
    if (now % 100 === 0) table.learn(2, 77, 1, now);
  }
  assert.equal(table.places, 8192);
  assert.equal(table.find(2, 77, 100_000), 1);
});

test("ordinary numbers of hosts all fit", () => {
  const table = new MacTable(4096, 300_000);
  for (let host = 0; host < 1000; host++) table.learn(0x0203, host, host, host);
  const lost = Array.from({ length: 1000 }, (_, host) => table.find(0x0203, host, 1000)).filter(
    (port) => port < 0,
  );
  assert.equal(lost.length, 0);
});
