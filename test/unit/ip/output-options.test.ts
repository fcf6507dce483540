import assert from "node:assert/strict";
import { it } from "node:test";
import { OutputOptions } from "../../../src/ip/output-options.ts";

it("output options begin as what most packets want", () => {
  assert.deepEqual(
    { ...new OutputOptions(6) },
    {
      protocol: 6,
      hopLimit: 0,
      trafficClass: 0,
      dontFragment: false,
      fragmentEnRoute: false,
      multicastLoop: true,
      flowLabel: -1,
    },
  );
});
