import { connect, type Socket } from "node:net";
import { type ControlAnswer, type Json, LineSplitter, parseJson } from "./control-protocol.ts";
import { DeviceError } from "./device-error.ts";

/** An item of a stream, and how many were lost just before it. */
export type ItemHandler = (item: Json, dropped: number) => void;

interface Pending {
  readonly onItem: ItemHandler;
  resolve(result: Json): void;
  reject(error: Error): void;
}

/** Asks a running host through its control socket. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #pending = new Map<number, Pending>();
  readonly #lines = new LineSplitter();
  #nextId = 1;

  private constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#handleText(text));
    socket.on("error", () => {});
    socket.on("close", () => this.#handleClose());
  }

  /** @throws DeviceError ENOENT, ECONNREFUSED, EACCES when no host answers at `path`. */
  static connect(path: string): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once("connect", () => {
        socket.removeAllListeners("error");
        resolve(new ControlClient(socket, path));
      });
      socket.once("error", (error: NodeJS.ErrnoException) => {
        const message = `no host answers at ${path} (${error.code}); start one with --control ${path}`;
        reject(new DeviceError(error.code ?? "EIO", message, { cause: error }));
      });
    });
  }

  /**
   * Asks for one result. A method that streams hands its items to `onItem`
   * and goes on until `signal` is aborted.
   */
  request(
    method: string,
    params?: Json,
    options: { readonly onItem?: ItemHandler; readonly signal?: AbortSignal } = {},
  ): Promise<Json> {
    const id = this.#nextId++;
    const { signal } = options;
    const cancel = (): void => this.#send({ id, method: "cancel" });
    const answer = new Promise<Json>((resolve, reject) => {
      this.#pending.set(id, { onItem: options.onItem ?? (() => {}), resolve, reject });
    });
    this.#send(params === undefined ? { id, method } : { id, method, params });
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    return answer.finally(() => signal?.removeEventListener("abort", cancel));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(message: Json): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #handleText(text: string): void {
    for (const line of this.#lines.push(text) ?? []) {
      const answer = parseJson(line) as ControlAnswer | undefined;
      const pending = this.#pending.get(answer?.id ?? 0);
      if (answer === undefined || pending === undefined) continue;
      if (answer.item !== undefined) {
        pending.onItem(answer.item, answer.dropped ?? 0);
        continue;
      }
      this.#pending.delete(answer.id);
      if (answer.error === undefined) pending.resolve(answer.result ?? null);
      else pending.reject(new DeviceError("EPROTO", answer.error));
    }
  }

  #handleClose(): void {
    const error = new DeviceError("ECONNRESET", `the host at ${this.#path} has ended`);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
