import { describe, test } from "node:test";
import { checkMirror } from "../../scripts/check-mirror.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { accepts, acceptsTree, finds } from "../support/findings.ts";

const CODE = "export const one = 1;\n";

describe("the mirror of sources and tests", () => {
  test("holds in this checkout", () => acceptsTree(checkMirror, CHECKOUT));

  test("asks no test of types, barrels and what only a real kernel can prove", () => {
    accepts(checkMirror, {
      "src/tcp/congestion/cubic.ts": CODE,
      "test/unit/tcp/congestion/cubic.test.ts": "",
      "test/unit/tcp/builders.ts": CODE,
      "src/link/device.ts": 'import type { A } from "./a.ts";\nexport interface Device { a: A }\n',
      "src/index.ts": 'export { one } from "./tcp/one.ts";\n',
      "src/platform/node/tap.ts": CODE,
    });
  });

  test("catches a source without a test", () => {
    finds(checkMirror, { "src/tcp/rto.ts": CODE }, [
      "src/tcp/rto.ts:1",
      /write test\/unit\/tcp\/rto\.test\.ts/,
    ]);
  });

  test("catches a test whose source has gone", () => {
    const tree = { "test/unit/tcp/rto.test.ts": "" };
    finds(checkMirror, tree, ["test/unit/tcp/rto.test.ts:1", /src\/tcp\/rto\.ts does not exist/]);
  });
});
