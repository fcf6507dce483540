import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { Errno, errnoMessage, errnoName } from "../../../src/base/errno.ts";

test("the values are Linux's own", { skip: process.platform !== "linux" && "not Linux" }, () => {
  const linux = constants.errno as Record<string, number>;
  for (const [name, value] of Object.entries(Errno)) {
    if (name in linux) assert.equal(value, linux[name], name);
  }
});

test("names and messages take either sign and survive the unknown", () => {
  assert.equal(errnoName(111), "ECONNREFUSED");
  assert.equal(errnoName(-111), "ECONNREFUSED");
  assert.equal(errnoName(9999), "9999");
  assert.equal(errnoMessage(-104), "connection reset by peer");
  assert.equal(errnoMessage(9999), "error 9999");
});
