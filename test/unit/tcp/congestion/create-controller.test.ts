import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CONGESTION_CONTROLS,
  createController,
  findController,
} from "../../../../src/tcp/congestion/create-controller.ts";

describe("findController", () => {
  // req: tcp/MAY-18
  it("knows every name it lists", () => {
    for (const name of CONGESTION_CONTROLS) {
      assert.equal(findController(name, 1460, 10)?.name, name);
    }
  });

  it("has nothing for other names", () => {
    for (const name of ["", "bbr", "Cubic", "constructor"]) {
      assert.equal(findController(name, 1460, 10), null);
    }
  });
});

describe("createController", () => {
  it("takes CUBIC when it does not know the name", () => {
    assert.equal(createController("bbr", 1460, 10).name, "cubic");
    assert.equal(createController("reno", 1460, 10).name, "reno");
  });
});
