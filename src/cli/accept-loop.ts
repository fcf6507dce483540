import type { Server } from "node:http";
import type { PromiseSockets } from "../api/promise-sockets.ts";
import { SystemError } from "../api/system-error.ts";
import {
  AF_INET6,
  IPPROTO_TCP,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "../socket/constants.ts";
import { sleep } from "./interrupt.ts";
import { SocketStream } from "./socket-stream.ts";

/** A socket that takes IPv4 and IPv6 connections alike. */
export function listenOnAll(sockets: PromiseSockets, port: number): number {
  const fd = sockets.socket(AF_INET6, SOCK_STREAM, 0);
  sockets.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  sockets.bind(fd, { family: AF_INET6, address: "::", port });
  sockets.listen(fd);
  return fd;
}

/**
 * Hands every connection to an HTTP server, until `fd` is closed. Beyond what
 * the descriptor table holds they wait in the accept queue.
 */
export async function acceptForEver(
  sockets: PromiseSockets,
  fd: number,
  server: Server,
): Promise<void> {
  for (;;) {
    try {
      const { fd: connection, address } = await sockets.accept(fd);
      sockets.setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, 1);
      server.emit("connection", new SocketStream(sockets, connection, address));
    } catch (error) {
      if (error instanceof SystemError && error.code === "EBADF") return;
      // Out of descriptors, or a connection that was gone before it was taken.
      await sleep(ACCEPT_PAUSE_MS);
    }
  }
}

const ACCEPT_PAUSE_MS = 50;
