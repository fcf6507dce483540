/** Reads what `--link` names: a device and the conditions on its wire. Pure. */
import { parseCidr } from "../../base/ip-prefix.ts";

/** A device and how to open it. */
export interface LinkSpec {
  readonly kind: "tap" | "tun";
  /** The interface's name; whether the kernel likes it is said when it is opened. */
  readonly name: string;
  /** Well-formed, each with a prefix length. */
  readonly hostAddresses: readonly string[];
  readonly offload: boolean;
  /** Octets, 68 … 65,535. */
  readonly mtu?: number;
  /** Absent when nothing is to go wrong. */
  readonly faults?: LinkFaults;
}

/** What is to happen to frames on the way. */
export interface LinkFaults {
  /** Shares of all frames, 0 … 1. */
  readonly loss: number;
  readonly reorder: number;
  readonly duplicate: number;
  readonly corrupt: number;
  /** Every frame is this late, and up to `jitterMs` later. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Greater than 0; absent: as fast as it goes. */
  readonly rateBitsPerSecond?: number;
  /** Frames that may wait or be under way, at least 1. */
  readonly queuePackets?: number;
  /** Makes chance repeatable; 0 … 2³²−1. */
  readonly seed?: number;
}

/** A text that is no link. The message is one line that says what would be right. */
export class LinkSpecError extends Error {
  override readonly name: string = "LinkSpecError";
}

const FORMS =
  "tap:NAME or tun:NAME, each with ,host=CIDR ,mtu=N ,offload=off ,loss=2% ,delay=20ms ,jitter=5ms " +
  ",reorder=5% ,duplicate=1% ,corrupt=0.5% ,rate=100mbit ,queue=N ,seed=N";
const LATER_KINDS: ReadonlySet<string> = new Set(["qemu", "switch", "ws", "wss"]);

/**
 * `tap:nl0,host=10.77.0.1/24,loss=2%` as a record. Options come in any order;
 * `host` may be repeated, the others may not.
 *
 * @throws LinkSpecError
 */
export function parseLinkSpec(text: string): LinkSpec {
  const [, kind = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  if (LATER_KINDS.has(kind)) {
    throw new LinkSpecError(
      `links of the kind ${kind}: are not available yet; available: tap:NAME, tun:NAME`,
    );
  }
  if (kind !== "tap" && kind !== "tun") {
    throw new LinkSpecError(`unknown link ${JSON.stringify(text)}; it must be ${FORMS}`);
  }
  const [name = "", ...options] = rest.split(",");
  if (name === "") {
    const example = `${kind}:nl0`;
    throw new LinkSpecError(`link ${JSON.stringify(text)} lacks a name, as in ${example}`);
  }
  return recordOf(kind, name, readOptions(options));
}

/** Every option with its value, the hosts apart because they repeat. */
interface Options {
  readonly hostAddresses: readonly string[];
  readonly values: ReadonlyMap<string, number>;
}

function readOptions(options: readonly string[]): Options {
  const hostAddresses: string[] = [];
  const values = new Map<string, number>();
  for (const option of options) {
    const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(option) ?? [];
    if (key === "host") {
      hostAddresses.push(readCidr(value));
      continue;
    }
    const read = READERS.get(key);
    if (read === undefined) {
      throw new LinkSpecError(`unknown link option ${JSON.stringify(option)}; it must be ${FORMS}`);
    }
    if (values.has(key)) throw new LinkSpecError(`link option ${key} is given twice; give it once`);
    values.set(key, read(key, value));
  }
  return { hostAddresses, values };
}

function recordOf(kind: "tap" | "tun", name: string, { hostAddresses, values }: Options): LinkSpec {
  const mtu = values.get("mtu");
  const hasFaults = [...values.keys()].some((key) => key !== "mtu" && key !== "offload");
  return {
    kind,
    name,
    hostAddresses,
    offload: values.get("offload") !== 0,
    ...(mtu === undefined ? {} : { mtu }),
    ...(hasFaults ? { faults: faultsOf(values) } : {}),
  };
}

function faultsOf(values: ReadonlyMap<string, number>): LinkFaults {
  const rate = values.get("rate");
  const queue = values.get("queue");
  const seed = values.get("seed");
  return {
    loss: values.get("loss") ?? 0,
    reorder: values.get("reorder") ?? 0,
    duplicate: values.get("duplicate") ?? 0,
    corrupt: values.get("corrupt") ?? 0,
    delayMs: values.get("delay") ?? 0,
    jitterMs: values.get("jitter") ?? 0,
    ...(rate === undefined ? {} : { rateBitsPerSecond: rate }),
    ...(queue === undefined ? {} : { queuePackets: queue }),
    ...(seed === undefined ? {} : { seed }),
  };
}

type Reader = (key: string, value: string) => number;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["mtu", integerFrom(68, 65_535)],
  ["offload", readSwitch],
  ["loss", readShare],
  ["reorder", readShare],
  ["duplicate", readShare],
  ["corrupt", readShare],
  ["delay", readDuration],
  ["jitter", readDuration],
  ["rate", readRate],
  ["queue", integerFrom(1, 1_000_000)],
  ["seed", integerFrom(0, 0xffffffff)],
]);

const DURATION_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };
/** Decimal, as tc(8) has them. */
const RATE_BITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };
const MAX_DURATION_MS = 60_000;

function readCidr(value: string): string {
  if (parseCidr(value) !== null) return value;
  throw badValue("host", value, "an address with a prefix length, as in host=10.77.0.1/24");
}

function integerFrom(least: number, most: number): Reader {
  return (key, value) => {
    const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : -1;
    if (number >= least && number <= most) return number;
    throw badValue(key, value, `a whole number from ${least} to ${most}`);
  };
}

function readSwitch(key: string, value: string): number {
  if (value === "on") return 1;
  if (value === "off") return 0;
  throw badValue(key, value, "on or off");
}

function readShare(key: string, value: string): number {
  const number = quantity(value, { "%": 1 });
  if (number !== undefined && number <= 100) return number / 100;
  throw badValue(key, value, `a share from 0% to 100%, as in ${key}=2%`);
}

function readDuration(key: string, value: string): number {
  const number = quantity(value, DURATION_MS);
  if (number !== undefined && number <= MAX_DURATION_MS) return number;
  throw badValue(key, value, `a time of up to 60 s with its unit us, ms or s, as in ${key}=20ms`);
}

function readRate(key: string, value: string): number {
  const number = quantity(value, RATE_BITS);
  if (number !== undefined && number > 0) return number;
  throw badValue(
    key,
    value,
    `a rate above 0 with its unit bit, kbit, mbit or gbit, as in ${key}=100mbit`,
  );
}

/** A decimal number times its unit; undefined when either is not right. */
function quantity(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits = "", unit = ""] = /^([0-9]{1,9}(?:\.[0-9]{1,9})?)([a-z%]+)$/.exec(value) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return factor === undefined ? undefined : Number(digits) * factor;
}

function badValue(key: string, value: string, wanted: string): LinkSpecError {
  return new LinkSpecError(`link option ${key}=${value} is wrong; it must be ${wanted}`);
}
