import { Errno } from "../base/errno.ts";
import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, POLLIN, POLLOUT } from "../socket/constants.ts";
import type { OpenDescription } from "../socket/open-description.ts";
import type { Process } from "../socket/process.ts";
import { Socket } from "../socket/socket.ts";
import type { Runtime } from "./runtime.ts";
import { WaitingLine, type WaitOptions } from "./waiting-line.ts";

/** A call that may have to wait. */
export interface Attempt {
  /** Tries: −EAGAIN to wait, else what the call comes to. */
  readonly attempt: () => number;
  /** What it comes to when it must not wait, or no longer; −EAGAIN unless given. */
  readonly expire?: () => number;
  readonly options: WaitOptions;
  /** MSG_* of the call: some of them never wait. */
  readonly flags?: number;
}

/** Flags of calls that the kernel's blocking sockets do not wait for either. */
const NEVER_WAITS = MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE;

/** Makes calls wait that the core answers with −EAGAIN: one line of readers and one of writers for each description. */
export class WaitingRoom {
  readonly #process: Process;
  readonly #runtime: Runtime;
  readonly #readers = new Map<OpenDescription, WaitingLine>();
  readonly #writers = new Map<OpenDescription, WaitingLine>();

  constructor(process: Process, runtime: Runtime) {
    this.#process = process;
    this.#runtime = runtime;
  }

  /** Resolves to a result or a negative errno; rejects when aborted. */
  read(fd: number, call: Attempt): Promise<number> {
    const description = this.#process.description(fd);
    if (description === null) return Promise.resolve(-Errno.EBADF);
    const limit = description instanceof Socket ? description.common.receiveTimeoutMs : FOREVER;
    return this.#wait(fd, description, { lines: this.#readers, interest: POLLIN, limit }, call);
  }

  /** The same for calls that wait for room, or for a connection. */
  write(fd: number, call: Attempt): Promise<number> {
    const description = this.#process.description(fd);
    if (description === null) return Promise.resolve(-Errno.EBADF);
    const limit = description instanceof Socket ? description.common.sendTimeoutMs : FOREVER;
    return this.#wait(fd, description, { lines: this.#writers, interest: POLLOUT, limit }, call);
  }

  async #wait(
    fd: number,
    description: OpenDescription,
    side: { lines: Map<OpenDescription, WaitingLine>; interest: number; limit: number },
    { attempt, expire = wouldWait, options, flags = 0 }: Attempt,
  ): Promise<number> {
    options.signal?.throwIfAborted();
    const mayWait = !description.nonBlocking && (flags & NEVER_WAITS) === 0;
    const { lines } = side;
    // Who comes while others wait must not be served before them.
    if (!mayWait || lines.get(description)?.isEmpty !== false) {
      const result = attempt();
      if (result !== -Errno.EAGAIN) return result;
    }
    const timeoutMs = options.timeoutMs ?? side.limit;
    if (!mayWait || timeoutMs <= 0) return expire();
    const line =
      lines.get(description) ?? new WaitingLine(description, side.interest, this.#runtime);
    lines.set(description, line);
    const isOpen = (): boolean => this.#process.description(fd) === description;
    try {
      return await line.join({ attempt, expire, isOpen }, timeoutMs, options.signal);
    } finally {
      if (line.isEmpty) lines.delete(description);
    }
  }
}

const FOREVER = Number.POSITIVE_INFINITY;

function wouldWait(): number {
  return -Errno.EAGAIN;
}
