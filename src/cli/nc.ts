import { Command } from "commander";
import type { PromiseSockets } from "../api/promise-sockets.ts";
import { SystemError } from "../api/system-error.ts";
import { errnoMessage } from "../base/errno.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  MSG_PEEK,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "../socket/constants.ts";
import type { FullSocketAddress, SocketAddress } from "../socket/socket-address.ts";
import { AttachedHost } from "./attached-host.ts";
import { CommandError } from "./command-error.ts";
import { onInterrupt } from "./interrupt.ts";
import {
  addLinkOptions,
  type HostPlan,
  readNumber,
  readPort,
  requireLink,
} from "./link-options.ts";
import { relayDatagrams, relayStream } from "./nc-relay.ts";
import { readTarget, type Target } from "./target.ts";

const EXAMPLES = `
Examples:
  netloom nc -N 10.77.0.1 7000 --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24 < file
  netloom nc -l 7000 --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24 > file
  netloom nc -vz 10.77.0.1 20-25 --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24`;

interface NcOptions {
  readonly listen: boolean;
  readonly udp: boolean;
  readonly port?: string;
  readonly shutdown: boolean;
  readonly verbose: boolean;
  readonly zero: boolean;
  readonly wait?: string;
  readonly 4?: boolean;
  readonly 6?: boolean;
}

/** The options, read. */
interface NcPlan {
  readonly listen: boolean;
  readonly udp: boolean;
  /** Whom to connect to, or where to listen; null is every address. */
  readonly target: Target | null;
  readonly family: number;
  readonly ports: readonly number[];
  /** 0 is any. */
  readonly sourcePort: number;
  /** -N: EOF of the input closes our half of the connection. */
  readonly shutdown: boolean;
  readonly verbose: boolean;
  /** -z: connect, and no more. */
  readonly zero: boolean;
  /** For the connection, and then for silence; null waits for ever. */
  readonly waitMs: number | null;
}

/** `netloom nc`: standard input and output over TCP or UDP, as OpenBSD's nc. */
export function ncCommand(): Command {
  const command = new Command("nc")
    .description("connect standard input and output to a TCP or UDP port")
    .argument("[HOST]", "an IPv4 or IPv6 address")
    .argument("[PORT]", "a port, or a range such as 20-25")
    .option("-l, --listen", "wait for a connection instead", false)
    .option("-u, --udp", "UDP instead of TCP", false)
    .option("-p, --port <PORT>", "our own port")
    .option("-N, --shutdown", "close our half when standard input ends", false)
    .option("-v, --verbose", "say what happens, on standard error", false)
    .option("-z, --zero", "only try whether the port is open", false)
    .option("-w, --wait <SEC>", "give up a connection, or silence, after this")
    .option("-4", "IPv4 only")
    .option("-6", "IPv6 only");
  const readHost = addLinkOptions(command);
  return command.addHelpText("after", EXAMPLES).action(async (host?: string, port?: string) => {
    const plan = readPlan(host, port, command.opts<NcOptions>());
    const hostPlan = readHost();
    if (plan.target?.isLoopback !== true) requireLink(hostPlan);
    process.exitCode = await nc(plan, hostPlan);
  });
}

function readPlan(
  first: string | undefined,
  second: string | undefined,
  options: NcOptions,
): NcPlan {
  const { listen, udp, shutdown, verbose, zero, wait } = options;
  // `nc -l PORT` and `nc -l -p PORT` name no host.
  const [host, port] =
    listen && second === undefined
      ? [options.port === undefined ? undefined : first, options.port ?? first]
      : [first, second];
  if (port === undefined || (host === undefined && !listen)) {
    throw new CommandError(
      "nc needs HOST and PORT, or -l and PORT; netloom nc --help has examples",
    );
  }
  const target = host === undefined ? null : readTarget(host, options);
  const isV4 = target?.isV4 ?? options[4] === true;
  const waitMs =
    wait === undefined
      ? null
      : 1000 * readNumber("-w", wait, { least: 0, most: 86_400, whole: false });
  return {
    listen,
    udp,
    target,
    family: isV4 ? AF_INET : AF_INET6,
    ports: readPorts(port),
    sourcePort: options.port === undefined ? 0 : readPort("-p", options.port),
    shutdown,
    verbose,
    zero,
    waitMs,
  };
}

function readPorts(text: string): readonly number[] {
  const [from = "", to = from, ...rest] = text.split("-");
  const low = readPort("port", from);
  const high = readPort("port", to);
  if (rest.length > 0 || low > high) {
    throw new CommandError(`port ${text} is no range; give one such as 20-25`);
  }
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

async function nc(plan: NcPlan, hostPlan: HostPlan): Promise<number> {
  const interrupted = onInterrupt();
  const attached = await AttachedHost.open(hostPlan);
  try {
    await attached.ready(interrupted);
    const { sockets } = attached.host;
    const run = plan.listen ? listen : connect;
    return interrupted.aborted ? 0 : await run(sockets, plan, interrupted);
  } catch (error) {
    if (interrupted.aborted) return 0;
    throw error;
  } finally {
    process.stdin.destroy();
    await attached.close();
  }
}

/** Tries each port; relays over the first that answers, or with -z reports on all. */
async function connect(
  sockets: PromiseSockets,
  plan: NcPlan,
  interrupted: AbortSignal,
): Promise<number> {
  let status = 1;
  for (const port of plan.ports) {
    const fd = await connectTo(sockets, plan, port, interrupted);
    if (fd === null) continue;
    status = 0;
    const name = plan.udp ? "udp" : "tcp";
    if (plan.verbose) say(`Connection to ${plan.target} ${port} port [${name}/*] succeeded!`);
    if (plan.zero) sockets.close(fd);
    else return relay(sockets, fd, plan, interrupted);
  }
  return status;
}

/** A connected descriptor; null, and a line on standard error, when the network says no. */
async function connectTo(
  sockets: PromiseSockets,
  plan: NcPlan,
  port: number,
  signal: AbortSignal,
): Promise<number | null> {
  const { family, sourcePort, target, udp, waitMs } = plan;
  const fd = sockets.socket(family, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  try {
    if (sourcePort !== 0) {
      sockets.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
      sockets.bind(fd, { family, port: sourcePort });
    }
    const address = { family, address: `${target}`, port };
    await sockets.connect(fd, address, {
      signal,
      ...(waitMs === null ? {} : { timeoutMs: waitMs }),
    });
    return fd;
  } catch (error) {
    sockets.close(fd);
    if (!(error instanceof SystemError) || error.syscall !== "connect") throw error;
    const why = error.code === "EINPROGRESS" ? "connection timed out" : errnoMessage(error.errno);
    const name = udp ? "udp" : "tcp";
    process.stderr.write(`nc: connect to ${target} port ${port} (${name}) failed: ${why}\n`);
    return null;
  }
}

/** Takes one connection, or the first datagram's sender, and relays. */
async function listen(
  sockets: PromiseSockets,
  plan: NcPlan,
  interrupted: AbortSignal,
): Promise<number> {
  const [port = 0] = plan.ports;
  const { family, udp, verbose } = plan;
  const fd = sockets.socket(family, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  sockets.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  const own: SocketAddress =
    plan.target === null ? { family, port } : { family, address: `${plan.target}`, port };
  sockets.bind(fd, own);
  if (!udp) sockets.listen(fd, 1);
  if (verbose) {
    const { address, port: bound } = sockets.getsockname(fd);
    say(`Listening on ${address} ${bound}`);
  }
  const [connection, peer] = udp
    ? await firstSender(sockets, fd, interrupted)
    : await firstConnection(sockets, fd, interrupted);
  if (verbose) say(`Connection received on ${peer.address} ${peer.port}`);
  return relay(sockets, connection, plan, interrupted);
}

async function firstConnection(
  sockets: PromiseSockets,
  fd: number,
  signal: AbortSignal,
): Promise<[fd: number, peer: FullSocketAddress]> {
  const accepted = await sockets.accept(fd, { signal });
  // Without -k one connection is all there is: others are refused.
  sockets.close(fd);
  return [accepted.fd, accepted.address];
}

/** Looks at the first datagram without taking it, and from then on talks with its sender alone. */
async function firstSender(
  sockets: PromiseSockets,
  fd: number,
  signal: AbortSignal,
): Promise<[fd: number, peer: FullSocketAddress]> {
  const { address } = await sockets.recvfrom(fd, new Uint8Array(1), MSG_PEEK, { signal });
  if (address === null) throw new CommandError("a datagram came from nowhere", 1);
  await sockets.connect(fd, address);
  return [fd, address];
}

async function relay(
  sockets: PromiseSockets,
  fd: number,
  plan: NcPlan,
  interrupted: AbortSignal,
): Promise<number> {
  const settings = {
    endsWithPeer: plan.listen,
    shutdown: plan.shutdown,
    silenceMs: plan.waitMs,
    interrupted,
  };
  try {
    if (plan.udp) await relayDatagrams(sockets, fd, settings);
    else {
      sockets.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
      await relayStream(sockets, fd, settings);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    process.stderr.write(`nc: ${error.syscall}: ${errnoMessage(error.errno)}\n`);
    return 1;
  }
}

function say(line: string): void {
  process.stderr.write(`${line.replaceAll("::ffff:", "")}\n`);
}
