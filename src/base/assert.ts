/**
 * Asserts an invariant of our own. What a caller or the network can cause is
 * an errno or a counted drop; only a defect in Netloom may fail here.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`);
}

/** Makes a `switch` exhaustive: compiles only where no case is left over. */
export function unreachable(value: never): never {
  throw new Error(`broken invariant: unexpected value ${String(value)}`);
}
