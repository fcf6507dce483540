/** The programs as tests of `node:test`, one kernel to a file. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Kernel, loadPrograms, rowsOf, runProgram, type Verdict } from "./suite.ts";

/** A program that is known to differ, or that lacks a call, is a "todo": never one that passed. */
export async function registerSuite(kernel: Kernel): Promise<void> {
  const programs = await loadPrograms();
  describe(kernel.name, () => {
    const counts = new Map<Verdict["kind"], number>();
    for (const program of programs) {
      test(program.name, async (context) => {
        const verdict = await runProgram(program, kernel);
        counts.set(verdict.kind, (counts.get(verdict.kind) ?? 0) + 1);
        if (verdict.kind === "failed") throw verdict.error;
        if (verdict.kind === "not there yet") context.todo(`not there yet: ${verdict.what}`);
        if (verdict.kind === "different") context.todo(`differs: ${verdict.difference.reason}`);
      });
    }
    test("each program names what it proves and has its verdict", (context) => {
      const nameless = programs.filter((program) => rowsOf(program).length === 0);
      assert.deepEqual(nameless, []);
      const judged = [...counts.values()].reduce((sum, count) => sum + count, 0);
      assert.equal(judged, programs.length);
      for (const [kind, count] of counts) context.diagnostic(`${kernel.name}: ${count} ${kind}`);
    });
  });
}

/** One line instead of the suite; where CI=true nothing is skipped. */
export function skipSuite(name: string, reason: string): void {
  if (process.env.CI === "true") throw new Error(`test/two-kernels on ${name}: ${reason}`);
  test(`${name}: ${reason}`, { skip: reason }, () => {});
}
