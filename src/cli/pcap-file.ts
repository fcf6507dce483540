import { closeSync, openSync, writeSync } from "node:fs";
import { PcapngWriter } from "../link/pcapng-writer.ts";
import { CommandError, hasCode } from "./command-error.ts";
import type { FeedFrame, FrameFeed } from "./frame-feed.ts";

/** Octets gathered before they are written. */
const BUFFER_OCTETS = 256 * 1024;
/** A reader that follows the file sees a frame this much later at most. */
const FLUSH_MS = 100;
const STDOUT = 1;

/** A pcapng file that grows as frames pass. */
export class PcapFile {
  readonly #fd: number;
  readonly #path: string;
  readonly #writer: PcapngWriter;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_OCTETS);
  readonly #interfaces = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #used = 0;
  #failed = false;
  #closed = false;

  /** `-` is the standard output. @throws CommandError when the file cannot be made. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = path === "-" ? STDOUT : open(path);
    this.#writer = new PcapngWriter({ write: (bytes) => this.#append(bytes) });
    this.#timer = setInterval(() => this.#flush(), FLUSH_MS).unref();
    // A process that ends in a hurry still leaves a whole file.
    process.on("exit", this.#onExit);
  }

  /** Names a link in the file; the result writes its frames. */
  sinkFor(feed: Pick<FrameFeed, "name" | "medium">): (frame: FeedFrame) => void {
    const { name, medium } = feed;
    const known = this.#interfaces.get(name);
    const id = known ?? this.#writer.addInterface({ name, medium });
    this.#interfaces.set(name, id);
    return ({ packet, direction, time }) =>
      this.#writer.packet(id, packet, { now: time, direction });
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    process.off("exit", this.#onExit);
    this.#flush();
    if (this.#fd !== STDOUT) closeSync(this.#fd);
  }

  readonly #onExit = (): void => this.#flush();

  #append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_OCTETS) this.#flush();
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** A full disk ends the capture, not the host. */
  #flush(): void {
    const octets = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    if (this.#failed) return;
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(this.#fd, octets, at);
    } catch (error) {
      this.#failed = true;
      const why = hasCode(error) ? error.code : String(error);
      process.stderr.write(`netloom: ${this.#path} is not written any more: ${why}\n`);
    }
  }
}

function open(path: string): number {
  try {
    return openSync(path, "w");
  } catch (error) {
    const why = hasCode(error) ? error.code : String(error);
    throw new CommandError(`cannot write ${path}: ${why}; name a file in a folder that is there`);
  }
}
