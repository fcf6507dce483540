/** Two hosts on a cable in this process: one serves HTTP, the other is its client. */
import { once } from "node:events";
import { type IncomingMessage, type OutgoingHttpHeaders, request, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { Host } from "../../src/api/host.ts";
import { acceptForEver, listenOnAll } from "../../src/cli/accept-loop.ts";
import { SocketStream } from "../../src/cli/socket-stream.ts";
import { cable } from "../../src/link/cable.ts";
import { AF_INET, SOCK_STREAM } from "../../src/socket/constants.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
}

export class InMemoryWeb {
  readonly client: Host;
  readonly server: Host;
  readonly #http: Server;

  constructor(http: Server) {
    const [a, b] = cable();
    this.client = makeHost("client", a, "10.0.0.1/24");
    this.server = makeHost("server", b, "10.0.0.2/24");
    this.#http = http;
    const { sockets } = this.server;
    void acceptForEver(sockets, listenOnAll(sockets, 80), http);
  }

  /** A new connection to the server. */
  async connect(): Promise<SocketStream> {
    const { sockets } = this.client;
    const fd = sockets.socket(AF_INET, SOCK_STREAM);
    const peer = { family: AF_INET, address: "10.0.0.2", port: 80 };
    await sockets.connect(fd, peer);
    return new SocketStream(sockets, fd, peer);
  }

  /** Asks for `path` on a connection of its own. */
  async ask(path: string, { method = "GET", headers = {}, body }: Asking = {}): Promise<Answer> {
    const stream = await this.connect();
    const asking = request({ createConnection: () => stream, path, method, headers });
    asking.end(body);
    const [response] = (await once(asking, "response")) as [IncomingMessage];
    const answer = {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await buffer(response),
    };
    stream.destroy();
    return answer;
  }

  async close(): Promise<void> {
    this.#http.close();
    await Promise.all([this.client.close(0), this.server.close(0)]);
  }
}

function makeHost(name: string, device: ReturnType<typeof cable>[0], address: string): Host {
  const host = new Host({ name });
  const quiet = { linkLocal: false, conflictDetection: "off" as const };
  host.addInterface(device, { addresses: [address], ...quiet });
  return host;
}
