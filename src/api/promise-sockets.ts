import type { Process } from "../socket/process.ts";
import type { Runtime } from "./runtime.ts";

/** The system calls of a host, as promises. */
export class PromiseSockets {
  readonly #process: Process;
  readonly #runtime: Runtime;
  readonly #wake: () => void;

  constructor(process: Process, runtime: Runtime, wake: () => void) {
    this.#process = process;
    this.#runtime = runtime;
    this.#wake = wake;
  }
}
