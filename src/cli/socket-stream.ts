import { Duplex } from "node:stream";
import type { PromiseSockets } from "../api/promise-sockets.ts";
import { SystemError } from "../api/system-error.ts";
import { SHUT_WR } from "../socket/constants.ts";

/** Octets that are read into: few at first, so that a connection with little to say holds little. */
const FIRST_SLAB = 4 * 1024;
const LARGEST_SLAB = 256 * 1024;
/** A read with less room than this is not worth its call. */
const LEAST_READ = 2 * 1024;
/** How much may wait in the stream before `write` says stop. */
const HIGH_WATER_MARK = 64 * 1024;

/** Where the other end of a stream is. */
export interface StreamPeer {
  readonly address: string;
  readonly port: number;
}

/**
 * A connected stream socket of a host as a Node stream, with the few extras
 * of `net.Socket` that `node:http` asks for. It owns the descriptor. What is
 * not read holds the peer back, and `write` waits for room in the socket.
 */
export class SocketStream extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #sockets: PromiseSockets;
  readonly #fd: number;
  #isReading = false;
  /** What is read is handed on in pieces of this; the next goes behind them. */
  #slab: Buffer = Buffer.alloc(0);
  #slabUsed = 0;
  #timeout: NodeJS.Timeout | null = null;

  constructor(sockets: PromiseSockets, fd: number, peer: StreamPeer) {
    super({ allowHalfOpen: true, highWaterMark: HIGH_WATER_MARK });
    this.#sockets = sockets;
    this.#fd = fd;
    this.remoteAddress = peer.address;
    this.remotePort = peer.port;
  }

  /** As `net.Socket`: emits "timeout" when nothing has passed for `ms`; 0 ends that. */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.#timeout !== null) clearTimeout(this.#timeout);
    this.#timeout = ms > 0 ? setTimeout(() => this.emit("timeout"), ms).unref() : null;
    if (callback !== undefined) this.once("timeout", callback);
    return this;
  }

  /** As `net.Socket`: sends what is left and then closes both ways. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  override _read(): void {
    if (!this.#isReading) void this.#fill();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    settle(this.#writeAll(chunk), done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    settle(this.#writeEach(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    try {
      this.#sockets.shutdown(this.#fd, SHUT_WR);
      done(null);
    } catch (error) {
      // The peer has reset the connection: there is nobody left to be told.
      done(error instanceof SystemError && error.code === "ENOTCONN" ? null : asError(error));
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#timeout !== null) clearTimeout(this.#timeout);
    try {
      this.#sockets.close(this.#fd);
    } catch {
      // Closed with its host.
    }
    done(error);
  }

  async #fill(): Promise<void> {
    this.#isReading = true;
    try {
      let wantsMore = true;
      while (wantsMore && !this.destroyed) wantsMore = this.push(await this.#readChunk());
    } catch (error) {
      if (!this.destroyed) this.destroy(asError(error));
    } finally {
      this.#isReading = false;
    }
  }

  /** The next octets, in a piece of the slab; null at the end. */
  async #readChunk(): Promise<Buffer | null> {
    if (this.#slab.length - this.#slabUsed < LEAST_READ) this.#renewSlab();
    const from = this.#slabUsed;
    const size = await this.#sockets.read(this.#fd, this.#slab.subarray(from));
    this.#timeout?.refresh();
    this.#slabUsed += size;
    return size === 0 ? null : this.#slab.subarray(from, from + size);
  }

  /** Twice as much as before, so that many octets come in few pieces. */
  #renewSlab(): void {
    const size = Math.min(Math.max(this.#slab.length * 2, FIRST_SLAB), LARGEST_SLAB);
    this.#slab = Buffer.allocUnsafeSlow(size);
    this.#slabUsed = 0;
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      at += await this.#sockets.write(this.#fd, chunk.subarray(at));
      this.#timeout?.refresh();
    }
  }

  /** All pieces in one call if there is room: a head and its body then leave together. */
  async #writeEach(pieces: readonly Uint8Array[]): Promise<void> {
    const most = pieces.slice(0, MAX_PIECES);
    let taken = await this.#sockets.writev(this.#fd, most);
    this.#timeout?.refresh();
    for (const piece of pieces) {
      if (taken >= piece.length) taken -= piece.length;
      else {
        await this.#writeAll(piece.subarray(taken));
        taken = 0;
      }
    }
  }
}

/** IOV_MAX. */
const MAX_PIECES = 1024;

type Done = (error?: Error | null) => void;

function settle(work: Promise<void>, done: Done): void {
  work.then(
    () => done(),
    (error: unknown) => done(asError(error)),
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
