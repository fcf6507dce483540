import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CHECKOUT, runTool } from "../support/checkout.ts";
import { withTree } from "../support/fixture-tree.ts";

const BIOME = "@biomejs/biome/bin/biome";

/** What the linter says about `files` under this checkout's rules. */
function lint(files: Record<string, string>, reporter: string): string {
  const config = readFileSync(join(CHECKOUT, "biome.json"), "utf8");
  const options = ["--vcs-enabled=false", "--max-diagnostics=none", `--reporter=${reporter}`];
  return withTree(
    { ...files, "biome.json": config },
    (root) => runTool(BIOME, ["lint", ...options, "."], root).output,
  );
}

describe("format and lint", () => {
  test("hold in this checkout", () => {
    const options = [
      "--reporter=concise",
      "--error-on-warnings",
      "--diagnostic-level=warn",
      "--max-diagnostics=none",
    ];
    const { status, output } = runTool(BIOME, ["check", ...options, "."]);
    if (status !== 0) throw new Error(`${output}\nnpm run fix repairs the format`);
  });

  const banned: readonly [file: string, text: string, words: string][] = [
    ["src/tcp/date.ts", "export const now = Date.now();", "variable Date"],
    ["src/sim/performance.ts", "export const now = performance.now();", "variable performance"],
    ["src/tcp/timeout.ts", "setTimeout(() => {}, 1);", "variable setTimeout"],
    ["src/api/interval.ts", "setInterval(() => {}, 1);", "variable setInterval"],
    ["src/ip/immediate.ts", "setImmediate(() => {});", "variable setImmediate"],
    ["src/udp/microtask.ts", "queueMicrotask(() => {});", "variable queueMicrotask"],
    ["src/stack/crypto.ts", "export const id = crypto.randomUUID();", "variable crypto"],
    ["src/link/process.ts", "export const at = process.cwd();", "variable process"],
    ["src/wire/buffer.ts", "export const b = Buffer.alloc(1);", "variable Buffer"],
    ["src/socket/console.ts", "console.log(1);", "variable console"],
    ["src/api/detour.ts", "export const g = globalThis;", "variable globalThis"],
    ["src/api/runtime.ts", "export const now = Date.now();", "variable Date"],
    ["src/cli/default.ts", "export default 1;", "lint/style/noDefaultExport"],
    ["src/cli/any.ts", "export const a = 1 as any;", "lint/suspicious/noExplicitAny"],
    ["src/cli/enum.ts", "export enum A { B }", "lint/style/noEnum"],
  ];
  const output = lint(Object.fromEntries(banned.map(([file, text]) => [file, text])), "concise");
  for (const [file, text, words] of banned) {
    test(`catch \`${text}\` in ${file}`, () => {
      const lines = output.split("\n").filter((line) => line.includes(`${file}:`));
      assert.ok(
        lines.some((line) => line.includes(words)),
        output,
      );
    });
  }

  test("say what to use instead", () => {
    assert.match(lint({ "src/tcp/a.ts": "export const a = Date.now();" }, "default"), /take `now`/);
  });

  test("let the promise layer's runtime wait, and the platform do anything", () => {
    const waits = "setTimeout(() => {}, performance.now());\n";
    const printed = lint(
      {
        "src/api/runtime.ts": waits,
        "src/platform/node/a.ts": `${waits}console.log(Date.now());\n`,
        "src/tcp/a.ts": "export function process(console: string): string { return console; }\n",
      },
      "concise",
    );
    assert.doesNotMatch(printed, /lint\//);
  });
});
