import { Command } from "commander";
import { AttachedHost } from "./attached-host.ts";
import { onInterrupt, sleep } from "./interrupt.ts";
import { addLinkOptions, type HostPlan, readNumber, requireLink } from "./link-options.ts";
import { PingSession } from "./ping-session.ts";
import { readTarget, type Target } from "./target.ts";

const EXAMPLES = `
Examples:
  netloom ping 10.77.0.1 -c 3 --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24
  netloom ping fd77::1 -i 0.2 -s 1000 --link tap:nl0,host=fd77::1/64 --address fd77::2/64`;

interface PingOptions {
  readonly count?: string;
  readonly interval: string;
  readonly size: string;
  readonly wait: string;
  readonly ttl?: string;
  readonly quiet: boolean;
  readonly 4?: boolean;
  readonly 6?: boolean;
}

/** The options, read. */
interface PingPlan {
  readonly target: Target;
  readonly count: number;
  readonly intervalMs: number;
  readonly size: number;
  readonly waitMs: number;
  readonly hopLimit: number | null;
  readonly quiet: boolean;
}

/** `netloom ping HOST`: echo requests, with the usual lines. */
export function pingCommand(): Command {
  const command = new Command("ping")
    .description("ask a host for echo replies")
    .argument("<HOST>", "an IPv4 or IPv6 address")
    .option("-c, --count <N>", "stop after N requests")
    .option("-i, --interval <SEC>", "seconds between requests", "1")
    .option("-s, --size <OCTETS>", "octets of payload", "56")
    .option("-W, --wait <SEC>", "how long to wait for the last reply", "10")
    .option("-t, --ttl <N>", "hop limit")
    .option("-q, --quiet", "print only the summary", false)
    .option("-4", "HOST is an IPv4 address")
    .option("-6", "HOST is an IPv6 address");
  const readHost = addLinkOptions(command);
  return command.addHelpText("after", EXAMPLES).action(async (host: string) => {
    const plan = readPlan(host, command.opts<PingOptions>());
    const hostPlan = readHost();
    if (!plan.target.isLoopback) requireLink(hostPlan);
    process.exitCode = await ping(host, plan, hostPlan);
  });
}

function readPlan(host: string, options: PingOptions): PingPlan {
  const seconds = { least: 0, most: 86_400, whole: false };
  const { count, ttl } = options;
  return {
    target: readTarget(host, options),
    count: count === undefined ? Infinity : readNumber("-c", count, { least: 1, most: 1e9 }),
    intervalMs: Math.max(1, 1000 * readNumber("-i", options.interval, seconds)),
    size: readNumber("-s", options.size, { least: 0, most: 65_507 }),
    waitMs: 1000 * readNumber("-W", options.wait, seconds),
    hopLimit: ttl === undefined ? null : readNumber("-t", ttl, { least: 1, most: 255 }),
    quiet: options.quiet,
  };
}

/** 0 when anything came back, else 1. */
async function ping(host: string, plan: PingPlan, hostPlan: HostPlan): Promise<number> {
  const interrupted = onInterrupt();
  const attached = await AttachedHost.open(hostPlan);
  try {
    await attached.ready(interrupted);
    const isV6 = !plan.target.isV4;
    const session = new PingSession(attached.host.sockets, {
      target: plan.target.toString(),
      isV6,
      size: plan.size,
      hopLimit: plan.hopLimit,
      print: (line) => {
        if (!plan.quiet) process.stdout.write(`${line}\n`);
      },
    });
    process.stdout.write(`${headline(plan)}\n`);
    const started = performance.now();
    const receiving = session.receive();
    await sendAll(session, plan, interrupted);
    const elapsed = performance.now() - started;
    session.close();
    await receiving;
    process.stdout.write(session.statistics.summary(host, elapsed));
    return session.statistics.received > 0 ? 0 : 1;
  } finally {
    await attached.close();
  }
}

function headline({ target, size }: PingPlan): string {
  if (!target.isV4) return `PING ${target}(${target}) ${size} data bytes`;
  return `PING ${target} (${target}) ${size}(${size + 28}) bytes of data.`;
}

/** Sends on the beat, so that a late timer does not shift the rest, then waits for what is still out. */
async function sendAll(
  session: PingSession,
  plan: PingPlan,
  interrupted: AbortSignal,
): Promise<void> {
  const started = performance.now();
  for (let sent = 0; sent < plan.count && !interrupted.aborted; sent++) {
    await sleep(started + sent * plan.intervalMs - performance.now(), interrupted);
    if (!interrupted.aborted) await session.send();
  }
  if (plan.count === Infinity || interrupted.aborted || !session.isWaiting) return;
  // Once something has answered, stragglers get twice the longest round trip.
  const { longest } = session.statistics;
  const patience = longest > 0 ? Math.max(2 * longest, LEAST_PATIENCE_MS) : plan.waitMs;
  await answeredWithin(session, Math.min(patience, plan.waitMs), interrupted);
}

const LEAST_PATIENCE_MS = 1000;

async function answeredWithin(
  session: PingSession,
  ms: number,
  interrupted: AbortSignal,
): Promise<void> {
  const answered = new AbortController();
  session.onProgress = () => {
    if (!session.isWaiting) answered.abort();
  };
  await sleep(ms, AbortSignal.any([interrupted, answered.signal]));
}
