/** Runs the programs on one kernel and says what became of each. */
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { filesUnder } from "../../scripts/lib/files.ts";
import { citedIn } from "../../scripts/lib/requirements.ts";
import { Bench } from "./bench.ts";
import { DIFFERENCES, type Difference } from "./differences.ts";
import { type Program, programs } from "./program.ts";
import { NotThereYet, type Sys } from "./sys.ts";

export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly error: Error }
  /** The kernel lacks what the program needs. */
  | { readonly kind: "not there yet"; readonly what: string }
  /** It failed, as the table of differences says. */
  | { readonly kind: "different"; readonly difference: Difference };

/** One of the two. */
export interface Kernel {
  readonly name: "linux" | "netloom";
  /** A world of descriptors of its own for one program. */
  open(): Promise<Sys>;
}

/** Loads every program, in the order of the files' names. */
export async function loadPrograms(): Promise<readonly Program[]> {
  const folder = fileURLToPath(new URL("cases", import.meta.url));
  for (const file of filesUnder(folder, ".ts")) await import(pathToFileURL(file).href);
  const names = new Set(programs().map(({ name }) => name));
  const stale = DIFFERENCES.filter(({ program }) => !names.has(program));
  if (stale.length > 0) throw new Error(`no program "${stale[0]?.program}" in differences.ts`);
  return programs();
}

export async function runProgram(program: Program, kernel: Kernel): Promise<Verdict> {
  const sys = await kernel.open();
  const error = await attempt(program, sys);
  await sys.dispose();
  if (error instanceof NotThereYet) return { kind: "not there yet", what: error.message };
  const difference = differenceOf(program, kernel);
  if (difference === undefined) {
    return error === null ? { kind: "passed" } : { kind: "failed", error };
  }
  if (error !== null) return { kind: "different", difference };
  const needless = new Error("passes: its row in differences.ts is no longer needed");
  return { kind: "failed", error: needless };
}

/** The rows of the requirement lists that a program proves: those of the last citation above it. */
export function rowsOf(program: Program): readonly string[] {
  const lines = linesOf(program.file);
  let at = program.line - 1;
  while (at >= 0 && citedIn(lines[at] ?? "").length === 0) {
    if (at < program.line - 1 && /^\s*(?:program|register)\(/.test(lines[at] ?? "")) return [];
    at--;
  }
  const rows: string[] = [];
  for (; at >= 0; at--) {
    const cited = citedIn(lines[at] ?? "");
    if (cited.length === 0) break;
    rows.push(...cited);
  }
  return rows;
}

const sources = new Map<string, readonly string[]>();

function linesOf(file: string): readonly string[] {
  const known = sources.get(file) ?? readFileSync(file, "utf8").split("\n");
  sources.set(file, known);
  return known;
}

function differenceOf(program: Program, kernel: Kernel): Difference | undefined {
  if (kernel.name === "linux") return undefined;
  return DIFFERENCES.find((difference) => difference.program === program.name);
}

async function attempt(program: Program, sys: Sys): Promise<Error | null> {
  try {
    await program.run({ sys, bench: new Bench(sys) });
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
