import { Errno } from "../base/errno.ts";
import type { OpenDescription } from "./open-description.ts";

/** Descriptors 0 to 2 belong to the standard streams of whoever uses the host. */
export const FIRST_DESCRIPTOR = 3;
/** RLIMIT_NOFILE, unless the process asks for another. */
export const DEFAULT_DESCRIPTOR_LIMIT = 65_536;

/** The descriptors of one process: small integers that name open descriptions. */
export class DescriptorTable {
  readonly #limit: number;
  readonly #slots: (OpenDescription | null)[] = [];
  /** FD_CLOEXEC, which belongs to the descriptor and not to what it names (MISC-2). */
  readonly #flags: number[] = [];
  /** No slot below is free. */
  #lowest = FIRST_DESCRIPTOR;
  #count = 0;

  constructor(limit: number = DEFAULT_DESCRIPTOR_LIMIT) {
    this.#limit = limit;
    for (let fd = 0; fd < FIRST_DESCRIPTOR; fd++) {
      this.#slots.push(null);
      this.#flags.push(0);
    }
  }

  /** How many descriptors are open. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= this.#limit - FIRST_DESCRIPTOR;
  }

  /** Gives `description` the lowest free descriptor (GEN-2), or −EMFILE. */
  add(description: OpenDescription): number {
    if (this.isFull) return -Errno.EMFILE;
    let fd = this.#lowest;
    while (this.get(fd) !== null) fd++;
    this.#slots[fd] = description;
    this.#flags[fd] = 0;
    this.#lowest = fd + 1;
    this.#count++;
    return fd;
  }

  get(fd: number): OpenDescription | null {
    return this.#slots[fd] ?? null;
  }

  flags(fd: number): number {
    return this.#flags[fd] ?? 0;
  }

  /** Needs an open descriptor. */
  setFlags(fd: number, flags: number): void {
    this.#flags[fd] = flags;
  }

  /** Frees `fd` and returns what it named; null when it named nothing. */
  remove(fd: number): OpenDescription | null {
    const description = this.get(fd);
    if (description === null) return null;
    this.#slots[fd] = null;
    this.#lowest = Math.min(this.#lowest, fd);
    this.#count--;
    return description;
  }

  /** Every open descriptor, lowest first. */
  *entries(): Generator<[number, OpenDescription]> {
    for (const [fd, description] of this.#slots.entries()) {
      if (description !== null) yield [fd, description];
    }
  }
}
