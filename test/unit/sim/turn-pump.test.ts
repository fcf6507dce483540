import assert from "node:assert/strict";
import { test } from "node:test";
import { pumpTurns } from "../../../src/sim/turn-pump.ts";

test("every reaction to a promise, however long the chain, has run before the next step", async () => {
  let steps = 0;
  let reactions = 0;
  await pumpTurns(() => {
    assert.equal(reactions, steps * 50);
    if (++steps > 100) return false;
    void (async () => {
      for (let i = 0; i < 50; i++) {
        await null;
        if (i % 10 === 0) await new Promise<void>((resolve) => process.nextTick(resolve));
        reactions++;
      }
    })();
    return true;
  });
  assert.equal(steps, 101);
});

test("an error in a step ends the pump and reaches who waits", async () => {
  let steps = 0;
  const pump = pumpTurns(() => {
    if (++steps === 3) throw new Error("the third");
    return true;
  });
  await assert.rejects(pump, /the third/);
  await new Promise(setImmediate);
  assert.equal(steps, 3);
});
