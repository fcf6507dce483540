/**
 * One suite, two kernels, from the command line:
 * `node --import tsx test/two-kernels/main.ts [--rows] [--only linux|netloom] [WORD]…`.
 *
 * A line for each program that fails, or that one kernel cannot run yet; with
 * `--rows` each requirement with the programs that prove it. WORDs choose the
 * programs whose name or file contains one.
 */
import { parseArgs } from "node:util";
import { linuxKernel, netloomKernel, whyNoLinux } from "./kernels.ts";
import type { Program } from "./program.ts";
import { type Kernel, loadPrograms, rowsOf, runProgram, type Verdict } from "./suite.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

const KINDS = ["passed", "failed", "different", "not there yet"] as const;

type Verdicts = ReadonlyMap<Program, Verdict>;

const cleanUps: (() => Promise<void>)[] = [];
const chosen = (await loadPrograms()).filter(
  ({ name, file }) =>
    positionals.length === 0 || positionals.some((word) => `${file} ${name}`.includes(word)),
);
const results = new Map<Kernel["name"], Verdicts>();
for (const kernel of await kernels()) results.set(kernel.name, await judge(kernel));
if (values.rows) printRows();
const failed = printTotals();
for (const cleanUp of cleanUps) await cleanUp();
process.exit(failed > 0 ? 1 : 0);

async function kernels(): Promise<Kernel[]> {
  const wanted = (name: string): boolean => (values.only ?? name) === name;
  const found: Kernel[] = [];
  const reason = whyNoLinux();
  if (wanted("linux") && reason !== null) console.log(`linux skipped: ${reason}`);
  if (wanted("linux") && reason === null) {
    found.push(await linuxKernel({ after: (hook) => cleanUps.push(hook) }));
  }
  if (wanted("netloom")) found.push(netloomKernel());
  return found;
}

async function judge(kernel: Kernel): Promise<Verdicts> {
  const verdicts = new Map<Program, Verdict>();
  for (const program of chosen) {
    const verdict = await runProgram(program, kernel);
    verdicts.set(program, verdict);
    if (verdict.kind !== "passed") console.log(`${kernel.name}: ${describe(program, verdict)}`);
  }
  return verdicts;
}

function describe(program: Program, verdict: Verdict): string {
  switch (verdict.kind) {
    case "failed":
      return `FAILED ${program.name}: ${verdict.error.message.split("\n").join(" ")}${whereIn(verdict.error, program)}`;
    case "not there yet":
      return `not there yet (${verdict.what}): ${program.name}`;
    case "different":
      return `differs (${verdict.difference.reason}): ${program.name}: ${verdict.difference.netloom}`;
    case "passed":
      return `passed ${program.name}`;
  }
}

/** The line of the program at which it failed. */
function whereIn(error: Error, program: Program): string {
  const line = error.stack?.split("\n").find((text) => text.includes(program.file));
  return ` (${/([^/]+:\d+):\d+\)?$/.exec(line ?? "")?.[1] ?? program.file.split("/").at(-1)})`;
}

function printRows(): void {
  const byRow = new Map<string, Program[]>();
  for (const program of chosen) {
    for (const row of rowsOf(program)) byRow.set(row, [...(byRow.get(row) ?? []), program]);
  }
  const width = Math.max(...[...byRow.keys()].map((row) => row.length));
  for (const [row, proofs] of byRow) {
    const verdicts = [...results].map(([name, of]) => `${name} ${summary(proofs, of)}`);
    console.log(
      `${row.padEnd(width)}  ${String(proofs.length).padStart(3)}  ${verdicts.join("; ")}`,
    );
  }
}

function summary(proofs: readonly Program[], verdicts: Verdicts): string {
  const kinds = KINDS.map((kind) => {
    const count = proofs.filter((program) => verdicts.get(program)?.kind === kind).length;
    return count === 0 ? "" : `${count} ${kind}`;
  });
  return kinds.filter((text) => text !== "").join(", ");
}

function printTotals(): number {
  const all = [...results.values()].flatMap((verdicts) => [...verdicts.values()]);
  for (const [name, verdicts] of results) console.log(`${name}: ${summary(chosen, verdicts)}`);
  const count = (kind: Verdict["kind"]): number => all.filter((one) => one.kind === kind).length;
  console.log(`${count("passed")} passed, ${count("failed")} failed`);
  return count("failed");
}
