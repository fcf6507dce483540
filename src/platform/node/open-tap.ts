/** Opens TAP and TUN devices of Linux. */
import { closeSync } from "node:fs";
import { parseCidr } from "../../base/ip-prefix.ts";
import { MacAddress } from "../../base/mac-address.ts";
import type { RandomSource } from "../../base/random.ts";
import { ETHERNET_HEADER_LENGTH } from "../../wire/ethernet.ts";
import { DeviceError } from "./device-error.ts";
import { type Cidr, KernelLink } from "./kernel-link.ts";
import { type Libc, loadLibc } from "./libc.ts";
import { RouteSocket } from "./rtnetlink.ts";
import { TapDevice } from "./tap-device.ts";
import { attachTun, type TunAttachment, type TunKind } from "./tun-control.ts";

export interface TunOptions {
  /** Octets, 68 … 65,535 (TAP: 65,521); set on the kernel's interface too. Default: what that has. */
  readonly mtu?: number;
  /**
   * Addresses for the kernel's side, as `10.77.0.1/24` or `fd77::1/64`. It is
   * brought up with them; an interface made by us is brought up in any case.
   */
  readonly hostAddresses?: readonly string[];
  /** Ask the kernel for segmentation and checksum offload; default true. What it gives is in `device.offload`. */
  readonly offload?: boolean;
}

export interface TapOptions extends TunOptions {
  /** Our own card's address; by default random, unicast and locally administered. */
  readonly macAddress?: MacAddress;
  /** Where a random address comes from; default `crypto.getRandomValues`. */
  readonly secureRandom?: RandomSource;
}

/**
 * Opens the TAP device `name` (1 to 15 octets; `%d` in it stands for a number
 * of the kernel's choice). An interface that does not exist is made, and
 * disappears with `close()`; a persistent one is used and left as it is.
 *
 * @throws DeviceError EINVAL (name, address, MTU, or an interface that is no TAP
 * device), EPERM or EACCES, EBUSY, ENOENT (no /dev/net/tun), ENOSYS (no Linux,
 * no koffi). Nothing is left behind then.
 */
export async function openTap(name: string, options: TapOptions = {}): Promise<TapDevice> {
  const macAddress = options.macAddress ?? randomMacAddress(options.secureRandom ?? SECURE_RANDOM);
  return open("tap", name, options, macAddress);
}

/** The same for a TUN device, which carries bare IP packets and has no MAC address. */
export async function openTun(name: string, options: TunOptions = {}): Promise<TapDevice> {
  return open("tun", name, options, null);
}

async function open(
  kind: TunKind,
  name: string,
  options: TunOptions,
  macAddress: MacAddress | null,
): Promise<TapDevice> {
  const hostAddresses = (options.hostAddresses ?? []).map(readHostAddress);
  checkMtu(kind, options.mtu);
  if (process.platform !== "linux") {
    const message = `${kind.toUpperCase()} devices need Linux; this is ${process.platform}`;
    throw new DeviceError("ENOSYS", message);
  }
  const libc = await loadLibc();
  const attachment = attachTun(libc, kind, name, options.offload ?? true);
  const release = (): void => closeSync(attachment.fd);
  try {
    const mtu = configure(libc, attachment, options.mtu, hostAddresses);
    return new TapDevice({ libc, attachment, mtu, macAddress }, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Brings the kernel's side into shape; returns its MTU. */
function configure(
  libc: Libc,
  attachment: TunAttachment,
  mtu: number | undefined,
  hostAddresses: readonly Cidr[],
): number {
  const socket = new RouteSocket(libc);
  try {
    const link = new KernelLink(socket, attachment.name);
    if (mtu !== undefined) link.setMtu(mtu);
    if (!attachment.isPersistent) link.setQueueLength(QUEUE_PACKETS);
    if (!attachment.isPersistent || hostAddresses.length > 0) link.setUp();
    for (const address of hostAddresses) link.addAddress(address);
    return link.mtu;
  } finally {
    socket.close();
  }
}

function readHostAddress(text: string): Cidr {
  const cidr = parseCidr(text);
  const example = "such as 10.77.0.1/24 or fd77::1/64";
  if (cidr === null) {
    const problem = "is no address with a prefix length";
    throw new DeviceError("EINVAL", `${JSON.stringify(text)} ${problem}, ${example}`);
  }
  const { address } = cidr;
  if (address.isUnspecified || address.isMulticast || address.isLoopback) {
    throw new DeviceError("EINVAL", `${text} is no address for an interface, ${example}`);
  }
  return cidr;
}

function checkMtu(kind: TunKind, mtu: number | undefined): void {
  const most = kind === "tap" ? MAX_MTU - ETHERNET_HEADER_LENGTH : MAX_MTU;
  if (mtu === undefined || (Number.isInteger(mtu) && mtu >= MIN_MTU && mtu <= most)) return;
  throw new DeviceError("EINVAL", `MTU ${mtu} is not possible; it must be ${MIN_MTU} to ${most}`);
}

function randomMacAddress(random: RandomSource): MacAddress {
  const high = (random.int32() & ~GROUP_BIT) | LOCAL_BIT;
  return new MacAddress(high, random.int32());
}

const SECURE_RANDOM: RandomSource = {
  int32: () => crypto.getRandomValues(new Int32Array(1))[0]!,
};

const MIN_MTU = 68;
const MAX_MTU = 65_535;
/**
 * With the usual 1000, a window of a few megabytes overruns the queue, and
 * bulk TCP collapses to a tenth (0.40 against 4.4 Gbit/s).
 */
const QUEUE_PACKETS = 10_000;
/** In the first octet of a MAC address: multicast; not assigned by a manufacturer. */
const GROUP_BIT = 0x0100;
const LOCAL_BIT = 0x0200;
