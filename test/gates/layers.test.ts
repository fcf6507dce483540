import { describe, test } from "node:test";
import { checkLayers } from "../../scripts/check-layers.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { accepts, acceptsTree, finds } from "../support/findings.ts";

const NOUN = "export type Noun = 1;\n";
const use = (from: string): string =>
  `import type { Noun } from "${from}";\nexport type N = Noun;\n`;

describe("layers", () => {
  test("hold in this checkout", () => acceptsTree(checkLayers, CHECKOUT));

  test("let the higher import the lower, and barrels show what is below them", () => {
    accepts(checkLayers, {
      "src/base/noun.ts": NOUN,
      "src/tcp/user.ts": use("../base/noun.ts"),
      "src/platform/node/tap.ts": use("../../base/noun.ts"),
      "src/index.ts": use("./tcp/user.ts"),
      "src/tap.ts": use("./platform/node/tap.ts"),
      "src/cli/main.ts": `${use("../index.ts")}import "commander";\nimport "node:fs";\n`,
    });
  });

  const wrong: readonly [what: string, file: string, text: string, line: number, words: RegExp][] =
    [
      ["an import from above", "src/base/low.ts", use("../stack/noun.ts"), 1, /a layer above/],
      ["an import of a peer", "src/udp/low.ts", use("../tcp/noun.ts"), 1, /are peers/],
      ["platform and sim as peers", "src/sim/low.ts", use("../platform/noun.ts"), 1, /are peers/],
      ["a re-export from above", "src/wire/low.ts", 'export * from "../tcp/noun.ts";', 1, /above/],
      ["a type query", "src/wire/low.ts", 'type A = import("../tcp/noun.ts").Noun;', 1, /above/],
      ["a late import", "src/wire/low.ts", '\nvoid import("../tcp/noun.ts");', 2, /above/],
      ["a barrel from inside", "src/api/low.ts", use("../index.ts"), 1, /imports the barrel/],
      ["a barrel that shows too much", "src/index.ts", use("./platform/noun.ts"), 1, /above/],
      ["Node in portable code", "src/sim/low.ts", 'import "node:fs";', 1, /src\/platform\/node/],
      ["a package in the core", "src/tcp/low.ts", 'import "koffi";', 1, /depends on nothing/],
      ["a folder that is no layer", "src/utils/low.ts", NOUN, 1, /is no layer/],
    ];
  for (const [what, file, text, line, words] of wrong) {
    test(`catch ${what}`, () => {
      const tree = { "src/stack/noun.ts": NOUN, "src/tcp/noun.ts": NOUN, "src/base/noun.ts": NOUN };
      finds(checkLayers, { ...tree, [file]: text }, [`${file}:${line}`, words]);
    });
  }

  test("catch a cycle inside a layer", () => {
    const tree = {
      "src/tcp/a.ts": use("./b.ts"),
      "src/tcp/b.ts": `${NOUN}${use("./c.ts")}`,
      "src/tcp/c.ts": use("./a.ts"),
    };
    finds(checkLayers, tree, ["src/tcp/a.ts:1", /cycle of src\/tcp\/a.ts, .*b.ts, .*c.ts/]);
  });

  test("are not fooled by a comment", () => {
    accepts(checkLayers, { "src/base/low.ts": '// import "../stack/noun.ts";\n' });
  });
});
