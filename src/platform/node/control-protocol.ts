/**
 * The control socket's language: one JSON object a line, over a Unix socket.
 *
 * ```
 * → {"id":1,"method":"netstat"}
 * ← {"id":1,"result":[…]}
 * → {"id":2,"method":"tcpdump","params":{"filter":"tcp port 80"}}
 * ← {"id":2,"item":{…}}                     any number of these
 * ← {"id":2,"item":{…},"dropped":3}         three items before this one were lost
 * → {"id":2,"method":"cancel"}              ends the stream
 * ← {"id":2,"result":null,"dropped":0}
 * ← {"id":2,"error":"no such method"}       instead of a result
 * ```
 */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export interface ControlRequest {
  readonly id: number;
  readonly method: string;
  readonly params?: Json;
}

export interface ControlAnswer {
  readonly id: number;
  /** One of a stream; more may follow. */
  readonly item?: Json;
  /** The last word on a request. */
  readonly result?: Json;
  readonly error?: string;
  /** Items of this stream lost since the last one that came through, because the client was slow. */
  readonly dropped?: number;
}

/** Longest line a server reads; a client that sends a longer one is cut off. */
export const MAX_REQUEST_LENGTH: number = 64 * 1024;

/** A request that is one, or null. */
export function parseRequest(line: string): ControlRequest | null {
  const value = parseJson(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { id, method, params } = value as { id?: Json; method?: Json; params?: Json };
  if (typeof id !== "number" || typeof method !== "string") return null;
  return params === undefined ? { id, method } : { id, method, params };
}

/** Undefined when `text` is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Cuts a stream of text into lines. */
export class LineSplitter {
  readonly #limit: number;
  #rest = "";

  /** `limit`: characters a line may have. */
  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  /** The lines that `text` completes; null when one is longer than allowed. */
  push(text: string): string[] | null {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    const isTooLong = (line: string): boolean => line.length > this.#limit;
    return isTooLong(this.#rest) || lines.some(isTooLong) ? null : lines;
  }
}
