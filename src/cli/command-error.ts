/**
 * What ends a command with a message of one line. `status` is the exit status:
 * 2 for bad usage, 1 for what the network refused.
 */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly status: 1 | 2;

  constructor(message: string, status: 1 | 2 = 2) {
    super(message);
    this.status = status;
  }
}

/** Whether `error` is a system error of some kind, with `code` such as `ENOENT`. */
export function hasCode(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
