import { describe, test } from "node:test";
import { checkPurity } from "../../scripts/check-purity.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { accepts, acceptsTree, finds } from "../support/findings.ts";

describe("purity", () => {
  test("holds in this checkout", () => acceptsTree(checkPurity, CHECKOUT));

  test("leaves the outer layers their promises and dice, and everyone the index read", () => {
    accepts(checkPurity, {
      "src/api/a.ts": "export async function f(): Promise<void> { await 1; }",
      "src/platform/node/a.ts": "export const dice = Math.random;",
      "src/tcp/a.ts": "export const f = (a: Int8Array): number => (a[1])! + Math.abs(a[0]!);",
      "src/tcp/b.ts": "/** Never await a Promise, never Math.random()! */ export const async = 1;",
    });
  });

  const wrong: readonly [what: string, file: string, text: string, words: RegExp][] = [
    ["dice in the core", "src/tcp/a.ts", "\nMath.random();", /injected/],
    ["dice in the simulator", "src/sim/a.ts", "\nMath.random();", /injected/],
    ["dice by index", "src/ip/a.ts", '\nMath["random"]();', /injected/],
    ["dice by another name", "src/ip/a.ts", "\nconst { random } = Math;", /injected/],
    ["async in the core", "src/tcp/a.ts", "\nasync function f() {}", /never waits/],
    ["a promise type in the core", "src/socket/a.ts", "\nlet p: Promise<void>;", /never waits/],
    ["a promise in the core", "src/link/a.ts", "\nPromise.resolve();", /never waits/],
    ["`!` on a name", "src/api/a.ts", "\nexport const b = a!;", /index read/],
    ["`!` on a call", "test/unit/a.test.ts", "\nmap.get(1)!;", /index read/],
    ["`!` on a field", "src/api/a.ts", "\nclass A { field!: string }", /index read/],
  ];
  for (const [what, file, text, words] of wrong) {
    test(`catches ${what}`, () => finds(checkPurity, { [file]: text }, [`${file}:2`, words]));
  }
});
