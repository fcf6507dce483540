import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CHECKOUT } from "../support/checkout.ts";
import { withTree } from "../support/fixture-tree.ts";

interface Verdict {
  status: number | null;
  output: string;
  lastLine: string | undefined;
}

/** Runs this checkout's test command in a checkout whose tests are `files`. */
function runTests(
  files: Record<string, string>,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Verdict {
  return withTree(files, (root) => {
    for (const name of ["scripts", "package.json", "package-lock.json"])
      cpSync(join(CHECKOUT, name), join(root, name), { recursive: true });
    symlinkSync(join(CHECKOUT, "node_modules"), join(root, "node_modules"));
    // This very process is a test's child; the runs it starts must not think so of themselves.
    const { NODE_TEST_CONTEXT: _, CI: __, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, "scripts/test.mjs"), ...args],
      { env: { ...env, ...environment }, encoding: "utf8" },
    );
    const lastLine = stdout.trimEnd().split("\n").at(-1);
    return { status, output: stdout + stderr, lastLine };
  });
}

const PASS = 'import { test } from "node:test";\ntest("fine", (): void => {});\n';
const FAIL = 'import { test } from "node:test";\ntest("bad", () => { throw new Error("boo"); });\n';
const SKIP = 'import { test } from "node:test";\ntest("later", { skip: "why" }, () => {});\n';

describe("the test command", () => {
  test("counts over all folders and fails when a test fails", () => {
    const files = { "test/unit/tcp/a.test.ts": PASS, "test/unit/ip/b.test.ts": SKIP };
    const { status, output, lastLine } = runTests({ ...files, "test/sim/c.test.ts": FAIL });
    assert.equal(lastLine, "1 passed, 1 failed, 1 skipped", output);
    assert.equal(status, 1);
    assert.match(output, /failing tests:[\s\S]*c\.test\.ts:2[\s\S]*boo/);
  });

  test("runs the chosen folder and the files whose path matches", () => {
    const files = { "test/unit/a.test.ts": PASS, "test/unit/b.test.ts": FAIL };
    const args = ["--only", "unit", "unit/a"];
    const { status, lastLine } = runTests({ ...files, "test/sim/a.test.ts": FAIL }, args);
    assert.equal(lastLine, "1 passed, 0 failed");
    assert.equal(status, 0);
  });

  test("fails when nothing ran", () => {
    const { status, lastLine } = runTests({ "test/unit/a.test.ts": PASS }, ["nosuch"]);
    assert.equal(lastLine, "0 passed, 0 failed");
    assert.equal(status, 1);
  });

  test("names the one file that does not load, and runs its neighbours", () => {
    const files = { "test/unit/a.test.ts": 'import "./nosuch.ts";\n', "test/unit/b.test.ts": PASS };
    const { output, lastLine } = runTests(files);
    assert.equal(lastLine, "1 passed, 1 failed", output);
    assert.match(output, /✖ .*unit\/a\.test\.ts/);
  });

  test("sees a process that dies after its tests passed", () => {
    const dies = `${PASS}setTimeout(() => process.exit(3), 20);\n`;
    assert.equal(runTests({ "test/sim/a.test.ts": dies }).lastLine, "1 passed, 1 failed");
  });

  test("skips interop in one line when a tool is missing, and fails in CI", () => {
    const files = { "test/interop/a.test.ts": PASS, "test/unit/a.test.ts": PASS };
    const here = runTests(files, [], { PATH: "/nonexistent" });
    assert.equal(here.lastLine, "1 passed, 0 failed, 1 skipped");
    assert.match(here.output, /^test\/interop skipped: needs .*tshark/m);
    const inCi = runTests(files, [], { PATH: "/nonexistent", CI: "true" });
    assert.equal(inCi.lastLine, "1 passed, 1 failed");
  });
});
