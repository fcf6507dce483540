import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import parseRange from "range-parser";

/** Octets `start` to `end` of a file, both included, as HTTP counts. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** More ranges than this in one request are not worth serving (RFC 9110 §14.2 lets a server ignore them). */
const MAX_RANGES = 32;

/**
 * The ranges of a `Range` header that asks for several, overlaps joined; null
 * when it asks for one, for nothing that is there, or for too much: those are
 * answered as if one or none had been asked for.
 */
export function severalRanges(
  header: string | undefined,
  size: number,
): readonly ByteRange[] | null {
  if (header === undefined || header.split(",").length > MAX_RANGES) return null;
  const ranges = parseRange(size, header, { combine: true });
  if (!Array.isArray(ranges) || ranges.type !== "bytes" || ranges.length < 2) return null;
  return [...ranges];
}

/** The body `multipart/byteranges` (RFC 9110 §14.6) of some ranges of a file. */
export class MultipartRanges {
  readonly contentType: string;
  /** Octets of the whole body. */
  readonly length: number;
  readonly #path: string;
  readonly #parts: readonly { readonly head: string; readonly range: ByteRange }[];
  readonly #tail: string;

  constructor(path: string, size: number, type: string, ranges: readonly ByteRange[]) {
    const boundary = randomBytes(12).toString("hex");
    this.contentType = `multipart/byteranges; boundary=${boundary}`;
    this.#path = path;
    this.#parts = ranges.map((range) => ({
      range,
      head:
        `\r\n--${boundary}\r\nContent-Type: ${type}\r\n` +
        `Content-Range: bytes ${range.start}-${range.end}/${size}\r\n\r\n`,
    }));
    this.#tail = `\r\n--${boundary}--\r\n`;
    const parts = this.#parts.map(({ head, range }) => head.length + range.end - range.start + 1);
    this.length = parts.reduce((sum, length) => sum + length, this.#tail.length);
  }

  /** The body as a stream. */
  stream(): Readable {
    return Readable.from(this.#pieces(), { objectMode: false });
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    for (const { head, range } of this.#parts) {
      yield Buffer.from(head, "latin1");
      yield* createReadStream(this.#path, range) as AsyncIterable<Uint8Array>;
    }
    yield Buffer.from(this.#tail, "latin1");
  }
}
