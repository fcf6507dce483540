/** The parts of the IP layer put together by hand, on links that keep what they are told to send. */
import { Counters } from "../../src/base/counters.ts";
import { IpPrefix } from "../../src/base/ip-prefix.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { DEFAULT_IP_CONFIG, type IpConfig } from "../../src/ip/config.ts";
import { IcmpErrors } from "../../src/ip/icmp-error.ts";
import { type ErrorSink, IcmpErrorInput } from "../../src/ip/icmp-error-input.ts";
import { Identification } from "../../src/ip/identification.ts";
import type { IpInterface } from "../../src/ip/interface.ts";
import { IpOutput } from "../../src/ip/ip-output.ts";
import { LoopQueue } from "../../src/ip/loop-queue.ts";
import { PathFinder } from "../../src/ip/path-finder.ts";
import { PathMtuCache } from "../../src/ip/path-mtu.ts";
import { RouteTable } from "../../src/ip/route-table.ts";
import type { IpError } from "../../src/ip/upper.ts";
import { Ipv4 } from "../../src/ip/v4.ts";
import { Ipv6 } from "../../src/ip/v6.ts";
import { V4, V6 } from "./network-host.ts";
import { TestLink, testInterface } from "./network-ip.ts";

/** Keeps the errors that concern somebody. */
export class HeardErrors implements ErrorSink {
  readonly errors: IpError[] = [];
  believes = true;

  isPlausible(): boolean {
    return this.believes;
  }

  deliver(error: IpError): void {
    this.errors.push(error);
  }
}

export interface IpParts {
  readonly config: IpConfig;
  readonly counters: Counters;
  readonly lo: IpInterface;
  readonly eth: IpInterface;
  /** Of `eth`. */
  readonly link: TestLink;
  readonly interfaces: IpInterface[];
  readonly routes: RouteTable;
  readonly pathMtus: PathMtuCache;
  readonly finder: PathFinder;
  readonly loop: LoopQueue;
  readonly output: IpOutput;
  readonly errors: IcmpErrors;
  readonly heard: HeardErrors;
  readonly errorInput: IcmpErrorInput;
}

/** A loopback and one card with the addresses of `V4` and `V6`, their subnets on the link, the rest by the gateways. */
export function ipParts(options: { config?: Partial<IpConfig>; mtu?: number } = {}): IpParts {
  const config = { ...DEFAULT_IP_CONFIG, ...options.config };
  const counters = new Counters();
  const secureRandom = new SeededRandom(1001);
  const link = new TestLink();
  const lo = testInterface({
    index: 1,
    name: "lo",
    mtu: 65_536,
    isLoopback: true,
    addresses: ["127.0.0.1/8", "::1/128"],
  });
  const addresses = [`${V4.ours}/24`, `${V6.ours}/64`, "fe80::1/64"];
  const eth = testInterface({ index: 2, mtu: options.mtu ?? 1500, addresses, link });
  const interfaces = [lo, eth];
  const routes = new RouteTable();
  for (const { prefix } of eth.addresses) {
    routes.add({ prefix, gateway: null, iface: eth, origin: "connected" });
  }
  for (const { gateway } of [V4, V6]) {
    const prefix = new IpPrefix(gateway, gateway.isV4 ? 96 : 0);
    routes.add({ prefix, gateway, iface: eth, origin: "static" });
  }
  const pathMtus = new PathMtuCache(config);
  const finder = new PathFinder({ interfaces, routes, pathMtus, random: secureRandom });
  const loop = new LoopQueue(counters);
  const identification = new Identification(secureRandom);
  const [v4, v6] = [new Ipv4(), new Ipv6()];
  const output = new IpOutput({ v4, v6, config, identification, loop });
  const errors = new IcmpErrors({ config, counters, finder, output, secureRandom });
  const heard = new HeardErrors();
  const errorInput = new IcmpErrorInput({ config, counters, finder, sink: heard });
  return {
    config,
    counters,
    lo,
    eth,
    link,
    interfaces,
    routes,
    pathMtus,
    finder,
    loop,
    output,
    errors,
    heard,
    errorInput,
  };
}

/** Every reason for which something was dropped, with how often. */
export function dropsOf({ counters }: Pick<IpParts, "counters">): Record<string, number> {
  return Object.fromEntries(counters.drops());
}
