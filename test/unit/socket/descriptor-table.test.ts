import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { DescriptorTable } from "../../../src/socket/descriptor-table.ts";
import type { OpenDescription } from "../../../src/socket/open-description.ts";

// req: sockets/GEN-2
test("the lowest free descriptor, from 3 on", () => {
  const table = new DescriptorTable();
  const [a, b, d, e] = [1, 2, 3, 4].map(() => description());
  assert.deepEqual(
    [a, b, d].map((one) => table.add(one as OpenDescription)),
    [3, 4, 5],
  );
  assert.equal(table.remove(4), b);
  assert.equal(table.remove(3), a);
  assert.equal(table.add(e as OpenDescription), 3);
  assert.equal(table.add(e as OpenDescription), 4);
  assert.equal(table.add(e as OpenDescription), 6);
  assert.equal(table.count, 4);
  assert.deepEqual(
    [...table.entries()].map(([fd]) => fd),
    [3, 4, 5, 6],
  );
});

// req: sockets/GEN-1
test("numbers that name nothing", () => {
  const table = new DescriptorTable();
  for (const fd of [-1, 0, 2, 3, 99, 1.5, Number.NaN]) {
    assert.equal(table.get(fd), null, `${fd}`);
    assert.equal(table.remove(fd), null, `${fd}`);
  }
  assert.equal(table.count, 0);
});

// req: sockets/GEN-3
test("a limit", () => {
  const table = new DescriptorTable(5);
  assert.deepEqual(
    [1, 2].map(() => table.add(description())),
    [3, 4],
  );
  assert.ok(table.isFull);
  assert.equal(table.add(description()), -Errno.EMFILE);
  table.remove(3);
  assert.ok(!table.isFull);
});

// req: sockets/MISC-2
test("flags belong to the descriptor, and begin anew with it", () => {
  const table = new DescriptorTable();
  const fd = table.add(description());
  table.setFlags(fd, 1);
  assert.equal(table.flags(fd), 1);
  table.remove(fd);
  assert.equal(table.add(description()), fd);
  assert.equal(table.flags(fd), 0);
});

function description(): OpenDescription {
  return {} as OpenDescription;
}
