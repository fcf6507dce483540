/**
 * Where Netloom does not do what Linux does, and why. A program named here is
 * expected to fail on Netloom; when it passes, its row must go.
 */
export interface Difference {
  readonly program: string;
  /** What Netloom does instead. */
  readonly netloom: string;
  /** "defect" until somebody repairs it, else why it stays. */
  readonly reason: string;
}

export const DIFFERENCES: readonly Difference[] = [];
