import { IpAddress } from "../base/ip-address.ts";
import { ETHERNET_HEADER_LENGTH } from "../wire/ethernet.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { ipVersion, ipv4HeaderLength } from "../wire/ipv4.ts";
import { IPV6_HEADER_LENGTH } from "../wire/ipv6.ts";
import { FrameFormatter } from "../wire/pretty.ts";
import { TcpFlag, tcpFlags, tcpHeaderLength } from "../wire/tcp-header.ts";
import type { FeedFrame } from "./frame-feed.ts";
import type { LabHost, LabNetwork } from "./lab-network.ts";
import { summarizeFrame } from "./packet-summary.ts";

export type HostName = "a" | "b";

/** What a frame is to the story. */
export type FrameRole =
  | "setup"
  | "resolution"
  | "handshake"
  | "request"
  | "response"
  | "release"
  | "other";

/**
 * One frame from one host to the other, with the TCP states of both: of the
 * sender as the frame left, of the receiver once the frame had its effect, as
 * in the figures of RFC 9293.
 */
export interface StoryLine {
  /** Milliseconds since the story began. */
  readonly time: number;
  readonly from: HostName;
  /** The frame in tcpdump's notation. */
  readonly text: string;
  readonly role: FrameRole;
  readonly states: Record<HostName, string>;
}

interface OpenLine extends StoryLine {
  hasArrived: boolean;
}

/**
 * Watches the two hosts through what any program may use, `Host.observe` and
 * a capture on each card, and tells each frame once it has arrived.
 */
export class Story {
  readonly #tell: (line: StoryLine) => void;
  readonly #formatter = new FrameFormatter();
  readonly #states: Record<HostName, string> = { a: "CLOSED", b: "CLOSED" };
  /** Frames told of by their sender, in the order they left. */
  #lines: OpenLine[] = [];
  /** Those still under way, by sender. The switch keeps their order. */
  readonly #underWay: Record<HostName, OpenLine[]> = { a: [], b: [] };
  /** The frame each host is working on. */
  readonly #working: Record<HostName, OpenLine | null> = { a: null, b: null };
  readonly #started = performance.timeOrigin + performance.now();
  #isFlushPending = false;

  constructor(network: LabNetwork, tell: (line: StoryLine) => void) {
    this.#tell = tell;
    for (const labHost of [network.a, network.b]) this.#watch(labHost);
  }

  /** The state both sides are in before a connection: a knows of none, b listens. */
  beginExchange(): void {
    this.#states.a = "CLOSED";
    this.#states.b = "LISTEN";
  }

  /** Of the newest connection. */
  stateOf(host: HostName): string {
    return this.#states[host];
  }

  /** Whether every frame that left has arrived and been told. */
  get isQuiet(): boolean {
    return this.#lines.length === 0;
  }

  #watch({ name, host, feed }: LabHost): void {
    host.observe({
      tcpState: (_connection, _from, to, event) => this.#handleState(name, to, event),
    });
    feed.listen((frame) => {
      if (frame.direction === "out") this.#handleDeparture(name, frame);
      else this.#handleArrival(name);
    });
  }

  #handleState(name: HostName, to: string, event: string): void {
    this.#states[name] = to;
    const line = this.#working[name];
    // Other events are the program's doing, or the clock's, and no effect of the frame.
    if (line !== null && event.startsWith("receive")) line.states[name] = to;
  }

  #handleDeparture(name: HostName, frame: FeedFrame): void {
    const { view, start, end } = frame.packet;
    const line: OpenLine = {
      time: frame.time - this.#started,
      from: name,
      text: this.#formatter.format(view, start, end, frame.medium),
      role: roleOf(name, frame),
      states: { ...this.#states },
      hasArrived: false,
    };
    this.#working[name] = null;
    this.#lines.push(line);
    this.#underWay[name].push(line);
  }

  #handleArrival(name: HostName): void {
    const line = this.#underWay[name === "a" ? "b" : "a"].shift();
    if (line === undefined) return;
    line.states[name] = this.#states[name];
    line.hasArrived = true;
    this.#working[name] = line;
    // The stack takes the frame in as soon as we return; then the line is complete.
    if (this.#isFlushPending) return;
    this.#isFlushPending = true;
    setImmediate(() => this.#flush());
  }

  /** Tells what has arrived, in the order it left. */
  #flush(): void {
    this.#isFlushPending = false;
    const pending = this.#lines.findIndex((line) => !line.hasArrived);
    const count = pending < 0 ? this.#lines.length : pending;
    for (const line of this.#lines.splice(0, count)) this.#tell(line);
  }
}

function roleOf(name: HostName, frame: FeedFrame): FrameRole {
  const { view, start, end } = frame.packet;
  const { protocol, source, destination } = summarizeFrame(view, start, end, frame.medium);
  if (protocol === IpProtocol.TCP) return tcpRole(name, view, start, end);
  // An address that is being tried has no source yet; one that is had is told to all.
  const isSetup = source?.isUnspecified || destination?.equals(IpAddress.ALL_NODES);
  return isSetup ? "setup" : "resolution";
}

function tcpRole(name: HostName, view: DataView, start: number, end: number): FrameRole {
  const networkAt = start + ETHERNET_HEADER_LENGTH;
  const isV6 = ipVersion(view, networkAt) === 6;
  const tcpAt = networkAt + (isV6 ? IPV6_HEADER_LENGTH : ipv4HeaderLength(view, networkAt));
  const flags = tcpFlags(view, tcpAt);
  if ((flags & TcpFlag.SYN) !== 0) return "handshake";
  if ((flags & TcpFlag.FIN) !== 0) return "release";
  const hasText = end > tcpAt + tcpHeaderLength(view, tcpAt);
  if (!hasText) return "other";
  return name === "a" ? "request" : "response";
}
