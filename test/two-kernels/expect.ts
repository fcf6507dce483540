/** Assertions that speak of results and errno by name. */
import assert from "node:assert/strict";
import { Errno, type ErrnoName, errnoName } from "../../src/index.ts";

type Result = number | Promise<number>;

/** The call succeeds; gives its result. */
export async function ok(call: Result): Promise<number> {
  const result = await call;
  if (result < 0) assert.fail(`${nameOf(result)}, should succeed`);
  return result;
}

/** The call fails with exactly this error. */
export async function fails(call: Result, error: ErrnoName): Promise<void> {
  const result = await call;
  if (result !== -Errno[error]) assert.fail(`${nameOf(result)}, should be ${error}`);
}

/** The call comes to exactly this result. */
export async function gives(call: Result, expected: number): Promise<void> {
  const result = await call;
  if (result !== expected) assert.fail(`${nameOf(result)}, should be ${expected}`);
}

/** Which of several results (0, or an error by name) the calls gave, in order. */
export function named(result: number): string {
  return nameOf(result);
}

/** The bits of poll(2) that a mask has. */
export function maskNames(mask: number): string {
  const names = POLL_NAMES.filter(([bit]) => (mask & bit) !== 0).map(([, name]) => name);
  return names.join("|") || "-";
}

const POLL_NAMES = [
  [0x1, "IN"],
  [0x2, "PRI"],
  [0x4, "OUT"],
  [0x8, "ERR"],
  [0x10, "HUP"],
  [0x20, "NVAL"],
  [0x2000, "RDHUP"],
] as const;

function nameOf(result: number): string {
  return result < 0 ? errnoName(result) : String(result);
}
