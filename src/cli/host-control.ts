import type { Host } from "../api/host.ts";
import type { NetstatRow } from "../api/netstat.ts";
import type { Json } from "../platform/node/control-protocol.ts";
import {
  type ControlCall,
  type ControlMethod,
  ControlServer,
} from "../platform/node/control-server.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import { CommandError } from "./command-error.ts";
import type { FeedFrame, FrameFeed } from "./frame-feed.ts";
import { compileFilter } from "./packet-filter.ts";
import { summarizeFrame } from "./packet-summary.ts";

/** What `netstat` asks a host for. */
export interface NetstatReport {
  readonly name: string;
  readonly pid: number;
  readonly rows: readonly NetstatRow[];
}

/** What `tcpdump` asks a host for. */
export interface TcpdumpParams {
  readonly filter: string;
  /** Link to watch; all of them unless given. */
  readonly link?: string;
}

/** Opens the control socket by which other processes look into `host`. */
export function serveControl(
  path: string,
  host: Host,
  feeds: readonly FrameFeed[],
): Promise<ControlServer> {
  const methods = new Map<string, ControlMethod>([
    ["netstat", () => netstatReport(host) as unknown as Json],
    ["counters", () => counters(host)],
    ["links", () => feeds.map(({ name, medium }) => ({ name, medium }))],
    ["tcpdump", (call) => streamFrames(call, feeds)],
  ]);
  return ControlServer.listen(path, methods);
}

export function netstatReport(host: Host): NetstatReport {
  return { name: host.name, pid: process.pid, rows: host.netstat() };
}

/** The feeds that `link` names: all of them when it is not given, or `any`. */
export function selectFeeds(
  feeds: readonly FrameFeed[],
  link: string | undefined,
): readonly FrameFeed[] {
  if (link === undefined || link === "any") return feeds;
  const chosen = feeds.filter(({ name }) => name === link);
  if (chosen.length > 0) return chosen;
  const names = feeds.map(({ name }) => name).join(", ");
  throw new CommandError(`there is no link ${link}; there is ${names || "none"}`);
}

/** Listens on several feeds for the frames that `filter` wants. Returns what ends it. */
export function listenFiltered(
  feeds: readonly FrameFeed[],
  filter: string,
  listener: (frame: FeedFrame) => void,
): () => void {
  const isWanted = compileFilter(filter);
  const ends = feeds.map((feed) =>
    feed.listen((frame) => {
      const { view, start, end } = frame.packet;
      if (isWanted(summarizeFrame(view, start, end, frame.medium))) listener(frame);
    }),
  );
  return () => {
    for (const end of ends) end();
  };
}

/** A frame on its way to another process. */
export function encodeFrame(frame: FeedFrame): Json {
  const { link, medium, direction, time, packet } = frame;
  const { bytes, start, end } = packet;
  const data = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("base64");
  return { link, medium, direction, time, data };
}

/** The frame that another process sent; null when it is none. */
export function decodeFrame(item: Json): FeedFrame | null {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return null;
  const { link, medium, direction, time, data } = item as { readonly [key: string]: Json };
  if (typeof link !== "string" || typeof data !== "string" || typeof time !== "number") return null;
  if (medium !== "ethernet" && medium !== "ip") return null;
  if (direction !== "in" && direction !== "out") return null;
  const octets = Buffer.from(data, "base64");
  const packet = new PacketBuffer(octets.length);
  packet.bytes.set(octets);
  packet.end = octets.length;
  return { link, medium, direction, time, packet };
}

async function streamFrames(call: ControlCall, feeds: readonly FrameFeed[]): Promise<Json> {
  const params = call.params as Partial<TcpdumpParams> | undefined;
  const chosen = selectFeeds(feeds, params?.link);
  const end = listenFiltered(chosen, params?.filter ?? "", (frame) =>
    call.emit(encodeFrame(frame)),
  );
  await new Promise<void>((resolve) => {
    if (call.signal.aborted) resolve();
    else call.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  end();
  return null;
}

/** Drops by reason. */
function counters(host: Host): Json {
  return { drops: Object.fromEntries(host.stack.counters.drops()) };
}
