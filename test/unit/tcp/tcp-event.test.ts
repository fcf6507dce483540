import assert from "node:assert/strict";
import { it } from "node:test";
import { TcpEvent } from "../../../src/tcp/tcp-event.ts";

it("has a bit for each", () => {
  const bits = Object.values(TcpEvent);
  assert.ok(bits.every((bit) => (bit & (bit - 1)) === 0));
  assert.equal(new Set(bits).size, bits.length);
});
