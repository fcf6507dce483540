import { describe, test } from "node:test";
import { checkCeilings } from "../../scripts/check-ceilings.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { accepts, acceptsTree, finds } from "../support/findings.ts";

const lines = (count: number): string => "// A line.\n".repeat(count);
const functionOf = (count: number): string =>
  `/** Not part\n * of it. */\nexport function long(): void {\n${lines(count - 2)}}\n`;

describe("ceilings", () => {
  test("hold in this checkout", () => acceptsTree(checkCeilings, CHECKOUT));

  test("allow 400 lines a file and 70 a function", () => {
    accepts(checkCeilings, {
      "src/tcp/file.ts": lines(400),
      "src/tcp/function.ts": functionOf(70),
      "test/unit/function.test.ts": functionOf(71),
    });
  });

  test("catch a long source file", () => {
    finds(checkCeilings, { "src/tcp/a.ts": lines(401) }, ["src/tcp/a.ts:401", /401 lines/]);
  });

  test("catch a long test file", () => {
    finds(checkCeilings, { "test/a.test.ts": lines(401) }, ["test/a.test.ts:401", /a table/]);
  });

  test("catch a long function and name it", () => {
    const tree = { "src/tcp/a.ts": functionOf(71) };
    finds(checkCeilings, tree, ["src/tcp/a.ts:3", /^long: 71 lines, ceiling 70/]);
  });

  test("catch a long method", () => {
    const tree = { "src/tcp/a.ts": `class A {\n  m() {\n${lines(70)}  }\n}\n` };
    finds(checkCeilings, tree, ["src/tcp/a.ts:2", /^m: 72 lines/]);
  });
});
