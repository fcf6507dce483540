import { errnoName } from "../base/errno.ts";

/** Which peer or address a failed call was about. */
export interface ErrorTarget {
  readonly address?: string;
  readonly port?: number;
}

/**
 * A system call that failed. Shaped as Node's own errors, except that `errno`
 * is Linux's positive number on every platform.
 */
export class SystemError extends Error {
  override readonly name: string = "SystemError";
  /** `ECONNREFUSED`, … */
  readonly code: string;
  readonly errno: number;
  /** The call: `connect`, `bind`, … */
  readonly syscall: string;
  /** Absent, not undefined, where there is none: errors are printed with their own properties. */
  declare readonly address?: string;
  declare readonly port?: number;

  /** `errno` positive. */
  constructor(errno: number, syscall: string, target: ErrorTarget = {}) {
    const code = errnoName(errno);
    super([syscall, code, formatTarget(target)].filter((part) => part !== "").join(" "));
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    if (target.address !== undefined) this.address = target.address;
    if (target.port !== undefined) this.port = target.port;
  }
}

/** `10.77.0.1:80`, `fd77::1:80` as Node writes it; the address alone, or nothing. */
function formatTarget({ address, port }: ErrorTarget): string {
  if (address === undefined) return "";
  return port === undefined ? address : `${address}:${port}`;
}
