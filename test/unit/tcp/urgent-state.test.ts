import assert from "node:assert/strict";
import { it } from "node:test";
import { Mark, UrgentState } from "../../../src/tcp/urgent-state.ts";

it("begins with nothing urgent in either direction", () => {
  const urgent = new UrgentState();
  assert.equal(urgent.isSending, false);
  assert.equal(urgent.mark, Mark.NONE);
});
