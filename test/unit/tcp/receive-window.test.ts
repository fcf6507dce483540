import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, SeededRandom } from "../../../src/base/random.ts";
import {
  advertisedWindow,
  chooseWindowScale,
  mayOpenWindow,
  windowStep,
} from "../../../src/tcp/receive-window.ts";

describe("chooseWindowScale", () => {
  // req: tcp/WS-5, tcp/REC-1
  const rows: [number, number][] = [
    [0, 0],
    [65_535, 0],
    [65_536, 1],
    [131_070, 1],
    [131_071, 2],
    [4 << 20, 7],
    [65_535 * 2 ** 14, 14],
    [2 ** 31, 14],
  ];
  for (const [limit, expected] of rows) {
    it(`is ${expected} for ${limit} octets`, () => {
      assert.equal(chooseWindowScale(limit), expected);
    });
  }
});

describe("windowStep", () => {
  // req: tcp/SWS-5
  it("is half the buffer or a segment, whichever is less, and never 0", () => {
    assert.equal(windowStep(10_000, 1460), 1460);
    assert.equal(windowStep(2000, 1460), 1000);
    assert.equal(windowStep(0, 1460), 1);
  });
});

describe("advertisedWindow", () => {
  // req: tcp/MUST-39, tcp/SWS-5, tcp/SHLD-14, tcp/SEG-28, tcp/MUST-1
  const rows: [number, number, number, number, number, string][] = [
    [10_000, 0, 1460, 0, 10_000, "opens at once when a step is free"],
    [1459, 0, 1460, 0, 0, "stays closed while less than a step is free"],
    [1460, 0, 1460, 0, 1460, "opens by just a step"],
    [10_000, 8541, 1460, 0, 8541, "keeps the edge while it could move by less than a step"],
    [10_000, 8540, 1460, 0, 10_000, "moves it by a step"],
    [5000, 8000, 1460, 0, 8000, "never moves it back, though memory is short"],
    [-300, 0, 1460, 0, 0, "is closed when the buffer is overfull"],
    [-300, 400, 1460, 0, 400, "keeps a promise when the buffer is overfull"],
    [200_000, 0, 1460, 0, 65_535, "is bounded by the field"],
    [200_000, 65_535, 1460, 0, 65_535, "is bounded by the field afterwards"],
    [10_000, 0, 1460, 7, 9984, "is rounded down to the scale when it opens"],
    [10_000, 9900, 1460, 7, 9984, "is rounded up when it keeps the edge and there is room"],
    [9950, 9900, 1460, 7, 9856, "is rounded down when there is none"],
    [4 << 20, 0, 1460, 7, 4 << 20, "is told exactly when the scale suits"],
    [1 << 30, 0, 1460, 14, 0xffff << 14, "reaches what the largest scale can tell"],
    [100, 0, 50, 7, 0, "cannot open by less than a unit"],
  ];
  for (const [free, promised, step, scale, expected, why] of rows) {
    it(why, () => {
      assert.equal(advertisedWindow(free, promised, step, scale), expected);
    });
  }

  // req: tcp/SHLD-14, tcp/WS-6
  it("never promises more than there is, nor takes back more than it rounds, in a long life", () => {
    const seed = 11;
    const random = new SeededRandom(seed);
    const limit = 300_000;
    const scale = chooseWindowScale(limit);
    const step = windowStep(limit, 1460);
    let held = 0;
    let promised = 0;
    for (let turn = 0; turn < 20_000; turn++) {
      const window = advertisedWindow(limit - held, promised, step, scale);
      assert.equal(window % 2 ** scale, 0);
      assert.ok(window <= limit - held, `seed ${seed}, turn ${turn}: more than is free`);
      assert.ok(window > promised - 2 ** scale, `seed ${seed}, turn ${turn}: shrunk`);
      promised = Math.max(promised, window);
      const arrived = randomBelow(random, Math.min(promised, 4000) + 1);
      promised -= arrived;
      held += arrived;
      held -= randomBelow(random, Math.min(held, 4000) + 1);
    }
  });
});

describe("mayOpenWindow", () => {
  // req: tcp/SWS-5
  it("asks for a whole step", () => {
    assert.ok(mayOpenWindow(1460, 0, 1460));
    assert.ok(!mayOpenWindow(1459, 0, 1460));
    assert.ok(!mayOpenWindow(5000, 5000, 1));
    assert.ok(!mayOpenWindow(-1, 0, 1));
  });
});
