import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultCommonOptions } from "../../../src/socket/common-options.ts";

test("the defaults of Linux: all off, no time limits, one octet is enough to read", () => {
  const options = defaultCommonOptions(1000, 2000);
  const { sendBuffer, receiveBuffer, linger, receiveLowWater, priority, ...rest } = options;
  assert.deepEqual([sendBuffer, receiveBuffer, receiveLowWater, priority], [1000, 2000, 1, 0]);
  assert.deepEqual(linger, { on: false, seconds: 0 });
  const { receiveTimeoutMs, sendTimeoutMs, ...flags } = rest;
  assert.deepEqual([receiveTimeoutMs, sendTimeoutMs], [Infinity, Infinity]);
  for (const [name, value] of Object.entries(flags)) assert.equal(value, false, name);
});
