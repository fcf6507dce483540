import { Command } from "commander";
import { ControlClient } from "../platform/node/control-client.ts";
import { FrameFormatter } from "../wire/pretty.ts";
import { AttachedHost } from "./attached-host.ts";
import type { FeedFrame } from "./frame-feed.ts";
import { decodeFrame, listenFiltered, selectFeeds, type TcpdumpParams } from "./host-control.ts";
import { aborted, onInterrupt } from "./interrupt.ts";
import { addLinkOptions, type HostPlan, readNumber, requireHost } from "./link-options.ts";
import { compileFilter } from "./packet-filter.ts";
import { PcapFile } from "./pcap-file.ts";

const EXAMPLES = `
The filter knows [src|dst] host, net, port, portrange, the protocols ip, ip6, arp, tcp, udp, icmp, icmp6,
and, or, not and parentheses.

Examples:
  netloom tcpdump -n --control /tmp/netloom.sock tcp port 80
  netloom tcpdump -c 10 -w dump.pcapng --control /tmp/netloom.sock 'host 10.77.0.1 and not arp'
  netloom tcpdump -ne --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24`;

interface TcpdumpOptions {
  readonly interface?: string;
  readonly count?: string;
  readonly write?: string;
  readonly verbose?: number;
  readonly ethernet: boolean;
  readonly absolute: boolean;
}

/** `netloom tcpdump`: the frames of a host as they pass. */
export function tcpdumpCommand(): Command {
  const command = new Command("tcpdump")
    .description("show the frames of a host that runs with --control PATH, or of one of its own")
    .argument("[FILTER...]", "which frames; all unless given")
    .option("-n", "numbers for names: addresses and ports always are")
    .option("-i, --interface <LINK>", "only this link")
    .option("-c, --count <N>", "end after N frames")
    .option("-w, --write <FILE>", "write pcapng instead of text; - is standard output")
    .option("-v, --verbose", "tell more; twice, even more", (_value, level: number) => level + 1, 0)
    .option("-e, --ethernet", "the link-layer header too", false)
    .option("-S, --absolute", "sequence numbers as they stand on the wire", false);
  const readPlan = addLinkOptions(command);
  return command.addHelpText("after", EXAMPLES).action(async (words: string[]) => {
    const filter = words.join(" ");
    compileFilter(filter);
    const options = command.opts<TcpdumpOptions>();
    const count =
      options.count === undefined
        ? Infinity
        : readNumber("-c", options.count, { least: 1, most: 1e9 });
    await dump(readPlan(), options, filter, count);
  });
}

async function dump(
  plan: HostPlan,
  options: TcpdumpOptions,
  filter: string,
  count: number,
): Promise<void> {
  const enough = new AbortController();
  const over = AbortSignal.any([onInterrupt(), enough.signal]);
  if (plan.control === undefined) requireHost(plan);
  const output = new FrameOutput(options);
  let dropped = 0;
  const handle = (frame: FeedFrame, lost = 0): void => {
    dropped += lost;
    if (output.frames < count) output.print(frame);
    if (output.frames >= count) enough.abort();
  };
  const params = {
    filter,
    ...(options.interface === undefined ? {} : { link: options.interface }),
  };
  try {
    if (plan.control !== undefined && plan.links.length === 0) {
      await watchOther(plan.control, params, handle, over);
    } else {
      await watchOwn(plan, params, handle, over);
    }
    process.stderr.write(`${output.frames} packets captured\n${dropped} packets dropped\n`);
  } finally {
    output.close();
  }
}

/** Where frames go: text on standard output, or a pcapng file. */
class FrameOutput {
  frames = 0;
  readonly #formatter: FrameFormatter;
  readonly #file: PcapFile | null;

  constructor({ write, verbose, absolute, ethernet }: TcpdumpOptions) {
    this.#file = write === undefined ? null : new PcapFile(write);
    this.#formatter = new FrameFormatter({
      verbose: verbose ?? 0,
      absoluteSequence: absolute,
      linkHeader: ethernet,
    });
  }

  print(frame: FeedFrame): void {
    this.frames++;
    if (this.#file !== null) {
      this.#file.sinkFor({ name: frame.link, medium: frame.medium })(frame);
      return;
    }
    const { view, start, end } = frame.packet;
    const text = this.#formatter.format(view, start, end, frame.medium);
    process.stdout.write(`${formatClock(frame.time)} ${text}\n`);
  }

  close(): void {
    this.#file?.close();
  }
}

type FrameHandler = (frame: FeedFrame, lost?: number) => void;

async function watchOther(
  path: string,
  params: TcpdumpParams,
  handle: FrameHandler,
  over: AbortSignal,
): Promise<void> {
  const client = await ControlClient.connect(path);
  try {
    process.stderr.write(`listening on the links of the host at ${path}\n`);
    const onItem = (item: Parameters<typeof decodeFrame>[0], lost: number): void => {
      const frame = decodeFrame(item);
      if (frame !== null) handle(frame, lost);
    };
    await client.request("tcpdump", { ...params }, { onItem, signal: over });
  } finally {
    client.close();
  }
}

async function watchOwn(
  plan: HostPlan,
  params: TcpdumpParams,
  handle: FrameHandler,
  over: AbortSignal,
): Promise<void> {
  const attached = await AttachedHost.open(plan);
  try {
    const feeds = selectFeeds(attached.feeds, params.link);
    const end = listenFiltered(feeds, params.filter, handle);
    process.stderr.write(`listening on ${feeds.map(({ name }) => name).join(", ")}\n`);
    await attached.ready(over);
    await aborted(over);
    end();
  } finally {
    await attached.close();
  }
}

/** `12:34:56.789012`, local time, as tcpdump. */
export function formatClock(time: number): string {
  const at = new Date(time);
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()];
  const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  const micros = Math.floor((time - Math.floor(time / 1000) * 1000) * 1000);
  return `${clock}.${String(micros).padStart(6, "0")}`;
}
