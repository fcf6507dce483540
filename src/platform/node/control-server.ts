import { lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import {
  type ControlAnswer,
  type ControlRequest,
  type Json,
  LineSplitter,
  MAX_REQUEST_LENGTH,
  parseRequest,
} from "./control-protocol.ts";
import { DeviceError } from "./device-error.ts";

/** One request being answered. */
export interface ControlCall {
  readonly params: Json | undefined;
  /** Aborted when the client cancels or is gone. */
  readonly signal: AbortSignal;
  /** Streams one item; it is dropped, and counted, when the client is too slow. */
  emit(item: Json): void;
}

/** Answers a request: the result, or a promise of it. A rejection's message is the client's answer. */
export type ControlMethod = (call: ControlCall) => Json | Promise<Json>;

/**
 * The socket by which other programs of the same user look into a host.
 * Bounded: a few clients, a few requests of each, and a buffer for each that
 * drops when it is full.
 */
export class ControlServer {
  readonly #server: Server;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /**
   * Listens at `path`, readable for this user alone. A socket left behind by
   * a host that is gone is replaced.
   *
   * @throws DeviceError EADDRINUSE when another host answers there or the file
   * is no socket; ENOENT, EACCES and others from the file system.
   */
  static async listen(
    path: string,
    methods: ReadonlyMap<string, ControlMethod>,
  ): Promise<ControlServer> {
    if (await isLeftBehind(path)) rmSync(path, { force: true });
    const server = createServer();
    const control = new ControlServer(server, path);
    server.maxConnections = MAX_CLIENTS;
    server.on("connection", (socket) => control.#serve(socket, methods));
    await bind(server, path);
    process.on("exit", control.#removeSocket);
    return control;
  }

  /** Ends every client and removes the socket. Idempotent. */
  async close(): Promise<void> {
    process.off("exit", this.#removeSocket);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket, methods: ReadonlyMap<string, ControlMethod>): void {
    this.#sockets.add(socket);
    const client = new Client(socket, methods);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      client.end();
    });
  }

  /** For a process that ends without `close`. */
  readonly #removeSocket = (): void => rmSync(this.#path, { force: true });
}

const MAX_CLIENTS = 32;
const MAX_CALLS = 16;
/** Octets of answers that may wait for a slow client before items are dropped. */
const MAX_BUFFERED = 4 * 1024 * 1024;

class Client {
  readonly #socket: Socket;
  readonly #methods: ReadonlyMap<string, ControlMethod>;
  readonly #calls = new Map<number, AbortController>();
  readonly #lines = new LineSplitter(MAX_REQUEST_LENGTH);

  constructor(socket: Socket, methods: ReadonlyMap<string, ControlMethod>) {
    this.#socket = socket;
    this.#methods = methods;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#handleText(text));
    // The close event, which follows, does the work.
    socket.on("error", () => {});
  }

  /** Tells every running call that nobody waits for it. */
  end(): void {
    for (const call of this.#calls.values()) call.abort();
    this.#calls.clear();
  }

  #handleText(text: string): void {
    const lines = this.#lines.push(text);
    if (lines === null) {
      this.#socket.destroy();
      return;
    }
    for (const line of lines) {
      const request = parseRequest(line);
      if (request === null) this.#socket.destroy();
      else if (request.method === "cancel") this.#calls.get(request.id)?.abort();
      else void this.#answer(request);
    }
  }

  async #answer({ id, method, params }: ControlRequest): Promise<void> {
    const run = this.#methods.get(method);
    if (run === undefined) return this.#send({ id, error: `no such method: ${method}` });
    if (this.#calls.has(id)) return this.#send({ id, error: `request ${id} is running already` });
    if (this.#calls.size >= MAX_CALLS)
      return this.#send({ id, error: "too many requests at once" });
    const controller = new AbortController();
    this.#calls.set(id, controller);
    let dropped = 0;
    const emit = (item: Json): void => {
      if (this.#socket.writableLength > MAX_BUFFERED) {
        dropped++;
        return;
      }
      this.#send(dropped === 0 ? { id, item } : { id, item, dropped });
      dropped = 0;
    };
    try {
      const result = await run({ params, signal: controller.signal, emit });
      this.#send({ id, result, dropped });
    } catch (error) {
      this.#send({ id, error: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#calls.delete(id);
    }
  }

  #send(answer: ControlAnswer): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(answer)}\n`);
  }
}

/** Whether a socket lies at `path` that nobody answers. */
async function isLeftBehind(path: string): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isSocket()) {
    throw new DeviceError(
      "EADDRINUSE",
      `${path} is there already and is no socket; give another path`,
    );
  }
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      const message = `another host answers at ${path}; end it or give another path`;
      reject(new DeviceError("EADDRINUSE", message));
    });
    probe.on("error", () => resolve(true));
  });
}

/** Nobody but this user may ever connect, so the mode is right from the first moment. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const message = `cannot listen at ${path}: ${error.code}; give a path in a folder of yours`;
      reject(new DeviceError(error.code ?? "EIO", message, { cause: error }));
    });
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => resolve());
    } finally {
      process.umask(mask);
    }
  });
}
