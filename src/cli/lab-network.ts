import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { Host } from "../api/host.ts";
import { webRuntime } from "../api/runtime.ts";
import { MacAddress } from "../base/mac-address.ts";
import { FaultInjector } from "../link/fault-injector.ts";
import { EthernetSwitch } from "../link/switch.ts";
import { AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY } from "../socket/constants.ts";
import { acceptForEver, listenOnAll } from "./accept-loop.ts";
import { FrameFeed } from "./frame-feed.ts";
import { SocketStream } from "./socket-stream.ts";

/** One host of the lab with its card. */
export interface LabHost {
  readonly name: "a" | "b";
  readonly mac: string;
  readonly v4: string;
  readonly v6: string;
  readonly host: Host;
  readonly feed: FrameFeed;
}

/** The way from one host to the other; long enough to tell cause from effect. */
const LATENCY_MS = 10;
const PORT = 80;

/** What a page was worth. */
export interface FetchedPage {
  readonly status: number;
  readonly octets: number;
}

/** Two hosts on a virtual switch in this process; b serves a page. */
export class LabNetwork {
  readonly a: LabHost;
  readonly b: LabHost;
  readonly #server: Server = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html");
    response.setHeader("Content-Length", PAGE.length);
    response.end(PAGE);
  });

  /** The cards are in, but not a frame has passed: that needs the event loop. */
  constructor() {
    const hub = new EthernetSwitch();
    this.a = makeHost(hub, "a", 1);
    this.b = makeHost(hub, "b", 2);
  }

  /** Waits until all addresses can be used, then has b listen. */
  async start(): Promise<void> {
    await Promise.all([this.a.host.ready(), this.b.host.ready()]);
    const { sockets } = this.b.host;
    void acceptForEver(sockets, listenOnAll(sockets, PORT), this.#server);
  }

  /**
   * a fetches the page of b, and then closes the connection: first its own
   * half, the rest once b has closed the other.
   */
  async fetch(family: "v4" | "v6"): Promise<FetchedPage> {
    const { sockets } = this.a.host;
    const address = this.b[family];
    const socketFamily = family === "v4" ? AF_INET : AF_INET6;
    const fd = sockets.socket(socketFamily, SOCK_STREAM, 0);
    sockets.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    await sockets.connect(fd, { family: socketFamily, address, port: PORT });
    const stream = new SocketStream(sockets, fd, { address, port: PORT });
    const page = await get(stream, family === "v4" ? address : `[${address}]`);
    stream.end();
    stream.resume();
    await once(stream, "close");
    return page;
  }

  async close(): Promise<void> {
    this.#server.close();
    await Promise.all([this.a.host.close(), this.b.host.close()]);
  }
}

function makeHost(hub: EthernetSwitch, name: "a" | "b", number: number): LabHost {
  const v4 = `10.77.0.${number}`;
  const v6 = `fd77::${number}`;
  const mac = new MacAddress(LOCALLY_ADMINISTERED, number);
  const runtime = webRuntime();
  const port = hub.port({ name: `${name}0`, mac });
  const rules = { transmit: { delayMs: LATENCY_MS } };
  const feed = new FrameFeed(new FaultInjector(port, rules, runtime.random));
  const host = new Host({ name, runtime });
  host.addInterface(feed.device, {
    addresses: [`${v4}/24`, `${v6}/64`],
    conflictDetection: "off",
    linkLocal: false,
  });
  return { name, mac: mac.toString(), v4, v6, host, feed };
}

async function get(stream: SocketStream, host: string): Promise<FetchedPage> {
  const asking = request({
    createConnection: () => stream,
    headers: { Host: host, Connection: "keep-alive" },
  });
  asking.end();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const body = await buffer(response);
  return { status: response.statusCode ?? 0, octets: body.length };
}

const LOCALLY_ADMINISTERED = 0x0200;

const POEM = [
  "The segments come, the segments go,",
  "each with a number in its row;",
  "what one has lost the other keeps",
  "and sends again before it sleeps.",
];

/** More than one segment's worth, so that there is a row of them to see. */
const PAGE: Buffer = Buffer.from(
  `<!doctype html>\n<title>b</title>\n<h1>Hello from b</h1>\n${`<p>${POEM.join("\n")}</p>\n`.repeat(20)}`,
);
