import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as invariant, unreachable } from "../../../src/base/assert.ts";

test("a broken invariant throws and names itself, a kept one does nothing", () => {
  invariant(true, "kept");
  assert.throws(() => invariant(false, "sndUna <= sndNxt"), /broken invariant: sndUna <= sndNxt/);
  assert.throws(() => unreachable("surprise" as never), /unexpected value surprise/);
});
