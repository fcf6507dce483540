import type { Stack } from "../stack/stack.ts";
import { DescriptorTable } from "./descriptor-table.ts";

/** The system calls of one descriptor world. Non-blocking: a result ≥ 0 or a negative errno. */
export class Process {
  readonly stack: Stack;
  readonly descriptors: DescriptorTable = new DescriptorTable();

  constructor(stack: Stack) {
    this.stack = stack;
  }

  /** Closes every descriptor, as the end of a process does (CLOSE-11). */
  exit(now: number): void {
    for (const [fd, description] of [...this.descriptors.entries()]) {
      this.descriptors.remove(fd);
      description.close(now);
    }
  }
}
