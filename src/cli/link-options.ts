import { type Command, Option } from "commander";
import { IpAddress } from "../base/ip-address.ts";
import { parseCidr } from "../base/ip-prefix.ts";
import { MacAddress } from "../base/mac-address.ts";
import { type LinkSpec, LinkSpecError, parseLinkSpec } from "../platform/node/link-spec.ts";
import { CommandError } from "./command-error.ts";

/** One network card of the host and how it is set up. */
export interface LinkPlan {
  readonly spec: LinkSpec;
  /** With prefix length. */
  readonly addresses: readonly string[];
  /** Addresses are formed from what routers advertise. */
  readonly slaac: boolean;
  readonly gateways: readonly string[];
  readonly mac?: string;
  readonly mtu?: number;
}

/** What the options say about the host, read and checked but not yet opened. */
export interface HostPlan {
  readonly name: string;
  readonly links: readonly LinkPlan[];
  readonly pcap?: string;
  readonly control?: string;
}

/** What `--address` and its kin say, in the order given. */
interface Draft {
  spec: LinkSpec | null;
  readonly addresses: string[];
  readonly gateways: string[];
  slaac: boolean;
  mac: string | null;
  mtu: number | null;
}

const HEADING = "Link options (a host of its own on a network):";

/**
 * Adds the options that attach a host to a network, the same for every
 * command, and returns what reads them once the command line is parsed. The
 * options that follow a `--link` are that link's.
 */
export function addLinkOptions(command: Command): () => HostPlan {
  const drafts: Draft[] = [];
  const current = (): Draft => drafts.at(-1) ?? addDraft(drafts);
  const add = (flags: string, description: string, read: (value: string) => void): void => {
    const option = new Option(flags, description).argParser((value) => {
      read(value);
      return value;
    });
    command.addOption(option.helpGroup(HEADING));
  };
  add(
    "--link <SPEC>",
    "tap:NAME[,host=CIDR]… or tun:NAME…, a network card; repeatable",
    (value) => {
      const spec = readLink(value);
      const draft = drafts.at(-1);
      if (draft === undefined || draft.spec !== null) addDraft(drafts).spec = spec;
      else draft.spec = spec;
    },
  );
  add("--address <CIDR>", "its IPv4 or IPv6 address, or slaac; repeatable", (value) =>
    readAddress(current(), value),
  );
  add("--gateway <IP>", "a default gateway; repeatable", (value) => {
    current().gateways.push(readIp("--gateway", value));
  });
  add("--dns <IP>", "a resolver for names; not available yet", () => {
    throw new CommandError("--dns is not available yet; give addresses instead of names");
  });
  add("--mac <MAC>", "its Ethernet address; random unless given", (value) => {
    current().mac = readMac(value);
  });
  add("--mtu <N>", "longest IP packet in octets", (value) => {
    current().mtu = readMtu(value);
  });
  command.addOption(new Option("--name <NAME>", "the host's name").helpGroup(HEADING));
  command.addOption(new Option("--pcap <FILE>", "write every frame as pcapng").helpGroup(HEADING));
  addControlOption(command, "a Unix socket where netstat and tcpdump reach this host");
  return () => {
    const { name, pcap, control } = command.opts<Record<"name" | "pcap" | "control", string>>();
    return {
      name: name ?? "netloom",
      links: drafts.map(finish),
      ...(pcap === undefined ? {} : { pcap }),
      ...(control === undefined ? {} : { control }),
    };
  };
}

/** For the commands that look into a host: the same name, read from the other end. */
export function addControlOption(command: Command, description: string): void {
  command.addOption(new Option("--control <PATH>", description).helpGroup(HEADING));
}

/** @throws CommandError unless the plan has a link. */
export function requireLink(plan: HostPlan): void {
  if (plan.links.length > 0) return;
  throw new CommandError(
    "a network is needed: give --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24",
  );
}

/** @throws CommandError unless the plan has a link; for commands that may look into another host instead. */
export function requireHost(plan: HostPlan): void {
  if (plan.links.length > 0) return;
  throw new CommandError(
    "a host is needed: give --control PATH of one that runs, or --link and --address for one of its own",
  );
}

/** A port of TCP or UDP, 1 … 65,535, or from 0 where that means any. */
export function readPort(what: string, value: string, least = 1): number {
  const port = /^[0-9]{1,5}$/.test(value) ? Number(value) : -1;
  if (port >= least && port <= 65_535) return port;
  throw new CommandError(`${what} ${value} is no port; it must be a number from ${least} to 65535`);
}

/** A decimal number in `[least, most]`. */
export function readNumber(
  option: string,
  value: string,
  range: { readonly least: number; readonly most: number; readonly whole?: boolean },
): number {
  const number = /^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(value) ? Number(value) : Number.NaN;
  const fits = number >= range.least && number <= range.most;
  if (fits && (range.whole === false || Number.isInteger(number))) return number;
  const kind = range.whole === false ? "a number" : "a whole number";
  throw new CommandError(`${option} ${value} must be ${kind} from ${range.least} to ${range.most}`);
}

function addDraft(drafts: Draft[]): Draft {
  const draft: Draft = {
    spec: null,
    addresses: [],
    gateways: [],
    slaac: false,
    mac: null,
    mtu: null,
  };
  drafts.push(draft);
  return draft;
}

function finish({ spec, addresses, gateways, slaac, mac, mtu }: Draft): LinkPlan {
  if (spec === null) {
    throw new CommandError(
      "--address, --gateway, --mac and --mtu need a --link, such as --link tap:nl0",
    );
  }
  const plan = { spec, addresses, gateways, slaac };
  return { ...plan, ...(mac === null ? {} : { mac }), ...(mtu === null ? {} : { mtu }) };
}

function readLink(value: string): LinkSpec {
  try {
    return parseLinkSpec(value);
  } catch (error) {
    if (error instanceof LinkSpecError) throw new CommandError(`--link: ${error.message}`);
    throw error;
  }
}

function readAddress(draft: Draft, value: string): void {
  if (value === "slaac") {
    draft.slaac = true;
    return;
  }
  if (value === "dhcp") {
    throw new CommandError(
      "--address dhcp is not available yet; give an address such as 10.77.0.2/24",
    );
  }
  if (parseCidr(value) === null) {
    throw new CommandError(
      `--address ${value} is not an address with its prefix length, such as 10.77.0.2/24 or fd77::2/64`,
    );
  }
  draft.addresses.push(value);
}

function readIp(option: string, value: string): string {
  if (IpAddress.parse(value) !== null) return value;
  throw new CommandError(`${option} ${value} is not an IP address, such as 10.77.0.1 or fd77::1`);
}

function readMac(value: string): string {
  const mac = MacAddress.parse(value);
  if (mac !== null && !mac.isMulticast) return value;
  throw new CommandError(`--mac ${value} is not a unicast MAC address, such as 02:00:00:00:00:01`);
}

function readMtu(value: string): number {
  return readNumber("--mtu", value, { least: 68, most: 65_535 });
}
