import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isPersistHopeless, persistDeadline } from "../../../src/tcp/persist.ts";

describe("persistDeadline", () => {
  // req: tcp/SHLD-29, tcp/SHLD-30
  it("is one RTO first, then doubles up to the bound", () => {
    const waits = [0, 1, 2, 3, 8, 9, 10].map(
      (probes) => persistDeadline(5000, 240, probes, 120_000) - 5000,
    );
    assert.deepEqual(waits, [240, 480, 960, 1920, 61_440, 120_000, 120_000]);
  });

  // req: tcp/MUST-37
  it("is finite after any number of probes", () => {
    assert.equal(persistDeadline(0, 240, 1_000_000, 120_000), 120_000);
  });
});

describe("isPersistHopeless", () => {
  // req: tcp/MUST-37, tcp/ZWP-4, tcp/MUST-21
  const rows: [number, number, number, boolean, string][] = [
    [0, 0, 1e9, false, "a peer that answers, however long the window is closed"],
    [14, 0, 1e9, false, "fewer unanswered probes than R2"],
    [15, 0, 0, true, "as many as R2"],
    [1, 30_000, 29_999, false, "silence shorter than the user timeout"],
    [1, 30_000, 30_000, true, "silence as long as the user timeout"],
    [0, 30_000, 1e9, false, "a user timeout while every probe was answered"],
    [100, 3_600_000, 1000, false, "many probes within a long user timeout"],
  ];
  for (const [unanswered, userTimeoutMs, silentMs, expected, why] of rows) {
    it(`is ${expected} for ${why}`, () => {
      assert.equal(
        isPersistHopeless(unanswered, 15, userTimeoutMs, 1000, 1000 + silentMs),
        expected,
      );
    });
  }
});
