import { statSync } from "node:fs";
import type { Server } from "node:http";
import { Command } from "commander";
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
import { AttachedHost } from "./attached-host.ts";
import { CommandError } from "./command-error.ts";
import { createFileServer, type RequestLine } from "./http-file-server.ts";
import { aborted, onInterrupt, sleep } from "./interrupt.ts";
import { addLinkOptions, type HostPlan, readPort, requireLink } from "./link-options.ts";
import { SocketStream } from "./socket-stream.ts";

const EXAMPLES = `
Examples:
  netloom serve public --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24
  netloom serve . --port 8080 --upload --verbose --pcap web.pcapng \\
      --link tap:nl0,host=fd77::1/64 --address fd77::2/64
  curl http://10.77.0.2/`;

interface ServeOptions {
  readonly port: string;
  readonly upload: boolean;
  readonly verbose: boolean;
}

/** `netloom serve DIR`: a static HTTP server on the stack. */
export function serveCommand(): Command {
  const command = new Command("serve")
    .description("serve the files of a folder over HTTP")
    .argument("<DIR>", "the folder")
    .option("-p, --port <PORT>", "TCP port", "80")
    .option("--upload", "let PUT make and replace files", false)
    .option("-v, --verbose", "print a line per request", false);
  const readPlan = addLinkOptions(command);
  return command.addHelpText("after", EXAMPLES).action(async (folder: string) => {
    const options = command.opts<ServeOptions>();
    const port = readPort("--port", options.port);
    requireFolder(folder);
    const plan = readPlan();
    requireLink(plan);
    await serve(folder, port, options, plan);
  });
}

async function serve(
  folder: string,
  port: number,
  options: ServeOptions,
  plan: HostPlan,
): Promise<void> {
  const interrupted = onInterrupt();
  const attached = await AttachedHost.open(plan);
  const server = createFileServer({
    root: folder,
    upload: options.upload,
    ...(options.verbose ? { onRequest: printRequest } : {}),
  });
  try {
    await attached.ready(interrupted);
    if (interrupted.aborted) return;
    const { sockets } = attached.host;
    const listening = listenOnAll(sockets, port);
    void acceptForEver(sockets, listening, server);
    process.stdout.write(`serving ${folder} at ${formatUrls(plan, port)}\n`);
    await aborted(interrupted);
  } finally {
    server.close();
    await attached.close();
  }
}

function requireFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new CommandError(`there is no folder ${folder}; name one that is there`);
}

/** A socket that takes IPv4 and IPv6 connections alike. */
function listenOnAll(sockets: PromiseSockets, port: number): number {
  const fd = sockets.socket(AF_INET6, SOCK_STREAM, 0);
  sockets.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  sockets.bind(fd, { family: AF_INET6, address: "::", port });
  sockets.listen(fd);
  return fd;
}

/** A descriptor for each connection the stack allows; beyond that they wait in the accept queue. */
async function acceptForEver(sockets: PromiseSockets, fd: number, server: Server): Promise<void> {
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

function formatUrls(plan: HostPlan, port: number): string {
  const suffix = port === 80 ? "/" : `:${port}/`;
  return plan.links
    .flatMap(({ addresses }) => addresses)
    .map((cidr) => cidr.split("/", 1)[0] ?? "")
    .map((address) => (address.includes(":") ? `[${address}]` : address))
    .map((address) => `http://${address}${suffix}`)
    .join(" ");
}

function printRequest(line: RequestLine): void {
  const { client, method, url, status, isWhole, milliseconds } = line;
  const note = isWhole ? "" : " (cut off)";
  process.stdout.write(
    `${client} ${method} ${url} ${status} ${milliseconds.toFixed(1)} ms${note}\n`,
  );
}
