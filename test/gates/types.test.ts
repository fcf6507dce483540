import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import ts from "typescript";
import { CORE } from "../../scripts/lib/layers.ts";
import { CHECKOUT, runTool } from "../support/checkout.ts";
import { withTree } from "../support/fixture-tree.ts";

const TSC = "typescript/bin/tsc";

/** What the compiler says about one file of the core under this checkout's configuration. */
function compile(text: string): { status: number | null; output: string } {
  const configs = Object.fromEntries(
    ["tsconfig.base.json", "tsconfig.core.json"].map((name) => [
      name,
      readFileSync(join(CHECKOUT, name), "utf8"),
    ]),
  );
  return withTree({ ...configs, "src/tcp/a.ts": text }, (root) =>
    runTool(TSC, ["-p", "tsconfig.core.json"], root),
  );
}

describe("types", () => {
  const projects = ["core", "web", "build"].map((name) => `tsconfig.${name}.json`);
  for (const project of ["tsconfig.json", ...projects]) {
    test(`hold in this checkout (${project})`, () => {
      const { status, output } = runTool(TSC, ["-p", project, "--noEmit"]);
      if (status !== 0) throw new Error(output);
    });
  }

  test("see every layer of the core without Node and without the DOM", () => {
    const path = join(CHECKOUT, "tsconfig.core.json");
    const { config } = ts.readConfigFile(path, ts.sys.readFile);
    assert.deepEqual(
      config.include,
      CORE.map((layer) => `src/${layer}`),
    );
    assert.deepEqual([config.compilerOptions.lib, config.compilerOptions.types], [["ES2023"], []]);
  });

  test("hide the host from the core", () => {
    const hosts = ["setTimeout", "queueMicrotask", "console", "performance", "crypto", "process"];
    const { output } = compile(
      hosts.map((name) => `export const ${name}_: unknown = ${name};`).join("\n"),
    );
    for (const name of hosts) assert.match(output, new RegExp(`Cannot find name '${name}'`));
  });

  test("do not trust an index", () => {
    const { output } = compile("export const f = (a: number[]): number => a[0];");
    assert.match(output, /'number \| undefined' is not assignable/);
  });
});
