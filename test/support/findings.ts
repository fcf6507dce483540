/** How a gate's test looks at what the gate found. */
import assert from "node:assert/strict";
import type { Finding } from "../../scripts/lib/source-tree.ts";
import { withTree } from "./fixture-tree.ts";

type Check = (root: string) => Finding[];

/** Asserts that `check` finds exactly one thing in `files`: at this place, with these words. */
export function finds(
  check: Check,
  files: Record<string, string>,
  [place, words]: readonly [place: string, words: RegExp],
): void {
  const found = withTree(files, check);
  assert.deepEqual(
    found.map(({ file, line }) => `${file}:${line}`),
    [place],
  );
  assert.match(found[0]?.message ?? "", words);
}

/** Asserts that `check` has nothing to say about `files`. */
export function accepts(check: Check, files: Record<string, string>): void {
  assert.deepEqual(withTree(files, check), []);
}

/** Asserts that `check` has nothing to say about the checkout, listing what it says otherwise. */
export function acceptsTree(check: Check, root: string): void {
  const lines = check(root).map(({ file, line, message }) => `${file}:${line}: ${message}`);
  // A plain error, because an assertion would print the list three times over.
  if (lines.length > 0) throw new Error(lines.join("\n"));
}
