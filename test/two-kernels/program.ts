/** The programs of the suite: they register themselves when their file is loaded. */
import type { Bench } from "./bench.ts";
import type { Sys } from "./sys.ts";

/** What a program gets: the calls, and sockets in the states that it starts from. */
export interface Desk {
  readonly sys: Sys;
  readonly bench: Bench;
}

export interface Program {
  readonly name: string;
  readonly run: (desk: Desk) => Promise<void>;
  /** Where it was registered: path and line. */
  readonly file: string;
  readonly line: number;
}

const registered: Program[] = [];

/**
 * Registers a program under a name of its own. A comment above the call says
 * which requirements it proves, as every test does; a loop around the call may
 * carry it for all. `by` is a function that registers for its own caller.
 */
export function program(
  name: string,
  run: Program["run"],
  by: (...args: never) => void = program,
): void {
  if (registered.some((other) => other.name === name)) throw new Error(`two programs "${name}"`);
  registered.push({ name, run, ...callSiteOf(by) });
}

export function programs(): readonly Program[] {
  return registered;
}

/** Where `callee` was called, from the stack trace. */
function callSiteOf(callee: (...args: never) => void): { file: string; line: number } {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  const frame = trace.stack?.split("\n")[1] ?? "";
  const [, file = "", line = "0"] = /(?:file:\/\/)?(\/[^:()]+):(\d+):\d+/.exec(frame) ?? [];
  return { file, line: Number(line) };
}
