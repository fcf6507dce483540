import assert from "node:assert/strict";
import { it } from "node:test";
import { toSeq } from "../../../src/base/seq.ts";
import { RecoveryPhase, RecoveryState } from "../../../src/tcp/recovery-state.ts";

// req: tcp/NR-1
it("begins open, with `recover` at the ISS", () => {
  const recovery = new RecoveryState(toSeq(-7));
  assert.equal(recovery.phase, RecoveryPhase.OPEN);
  assert.equal(recovery.point, -7);
});
