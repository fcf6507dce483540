import { once } from "node:events";
import { finished } from "node:stream/promises";
import type { PromiseSockets } from "../api/promise-sockets.ts";
import { raceAbort } from "./interrupt.ts";
import { SocketStream } from "./socket-stream.ts";

export interface RelaySettings {
  /** When the peer's half ends, so does the relay, whatever our input has left. */
  readonly endsWithPeer: boolean;
  /** The end of our input closes our half. */
  readonly shutdown: boolean;
  /** The relay ends after this much silence both ways; null never. */
  readonly silenceMs: number | null;
  readonly interrupted: AbortSignal;
}

/**
 * Copies standard input to a connection and the connection to standard
 * output, at the pace of whoever takes it. Over when both have ended.
 */
export async function relayStream(
  sockets: PromiseSockets,
  fd: number,
  settings: RelaySettings,
): Promise<void> {
  const stream = new SocketStream(sockets, fd, sockets.getpeername(fd));
  const silent = new Promise<void>((resolve) => {
    if (settings.silenceMs !== null) stream.setTimeout(settings.silenceMs, () => resolve());
  });
  // Errors reach us through the copies.
  stream.on("error", () => {});
  const incoming = copyToOutput(stream);
  const outgoing = copyInput(stream).then(() => {
    if (settings.shutdown) stream.end();
  });
  const both = settings.endsWithPeer ? incoming : Promise.all([incoming, outgoing]);
  // One of them failing is the end; the other must not be left unheard.
  outgoing.catch(() => {});
  try {
    await raceAbort(Promise.race([both, silent, failure(outgoing)]), settings.interrupted);
    if (!stream.destroyed && !stream.errored) {
      stream.end();
      await finished(stream, { readable: false, signal: settings.interrupted }).catch(() => {});
    }
  } finally {
    stream.destroy();
  }
}

/**
 * The same over a connected datagram socket: each piece of input is a
 * datagram. There is no end of the peer's half: it lasts until the signal, or
 * the silence.
 */
export async function relayDatagrams(
  sockets: PromiseSockets,
  fd: number,
  settings: RelaySettings,
): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, settings.interrupted]);
  const silence = settings.silenceMs === null ? {} : { timeoutMs: settings.silenceMs };
  const incoming = (async (): Promise<void> => {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const size = await sockets.recv(fd, buffer, 0, { signal, ...silence });
      await writeOutput(buffer.slice(0, size));
    }
  })();
  const outgoing = (async (): Promise<void> => {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length; at += DATAGRAM_OCTETS) {
        await sockets.write(fd, chunk.subarray(at, at + DATAGRAM_OCTETS), { signal });
      }
    }
  })();
  try {
    await Promise.race([incoming, failure(outgoing)]);
  } catch (error) {
    // What ends the wait is no error: the signal, or the silence (EAGAIN).
    if (!signal.aborted && !isTimeout(error)) throw error;
  } finally {
    ended.abort();
    incoming.catch(() => {});
    sockets.close(fd);
  }
}

/** As OpenBSD's nc: no more than this of the input in one datagram. */
const DATAGRAM_OCTETS = 16_384;

async function copyInput(stream: SocketStream): Promise<void> {
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    if (stream.destroyed) return;
    if (!stream.write(chunk)) await Promise.race([once(stream, "drain"), once(stream, "close")]);
  }
}

async function copyToOutput(stream: SocketStream): Promise<void> {
  // The end of their half must not close ours, which an iterator otherwise does.
  const chunks: AsyncIterable<Uint8Array> = stream.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) await writeOutput(chunk);
}

async function writeOutput(chunk: Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
}

/** Rejects when `work` does, and never resolves. */
function failure(work: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    work.catch(reject);
  });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
