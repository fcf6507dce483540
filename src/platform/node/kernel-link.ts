/** The kernel's side of a TAP or TUN device: its MTU, state, queue and addresses. */
import { Errno, errnoMessage, errnoName } from "../../base/errno.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import { IpPrefix } from "../../base/ip-prefix.ts";
import { DeviceError } from "./device-error.ts";
import {
  type Attribute,
  integerValue,
  type RouteReply,
  type RouteSocket,
  stringValue,
} from "./rtnetlink.ts";

/** An address and its prefix length as `parseCidr` gives it: of the 128-bit form. */
export interface Cidr {
  readonly address: IpAddress;
  readonly length: number;
}

interface KernelLinkState {
  readonly index: number;
  readonly mtu: number;
  readonly isUp: boolean;
}

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const NLM_F_REPLACE = 0x100;
const NLM_F_CREATE = 0x400;

/** `struct ifinfomsg`: family, pad, type, index, flags, change mask. */
const IFINFOMSG_LENGTH = 16;
const IFINFOMSG_INDEX = 4;
const IFINFOMSG_FLAGS = 8;
const IFINFOMSG_CHANGE = 12;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const IFF_UP = 1;

/** `struct ifaddrmsg`: family, prefix length, flags, scope, index. */
const IFADDRMSG_LENGTH = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
/** No duplicate address detection: the other end of the wire is our own host. */
const IFA_F_NODAD = 0x02;
const AF_INET = 2;
const AF_INET6 = 10;
const V4_PREFIX_OFFSET = 96;
/** RFC 8200 §5. */
const IPV6_MIN_MTU = 1280;

/** One interface of the kernel, addressed by index. Every method throws `DeviceError` when the kernel refuses. */
export class KernelLink {
  readonly #socket: RouteSocket;
  readonly #name: string;
  readonly #index: number;
  readonly #wasUp: boolean;
  #mtu: number;

  constructor(socket: RouteSocket, name: string) {
    this.#socket = socket;
    this.#name = name;
    const { index, mtu, isUp } = this.#read();
    this.#index = index;
    this.#mtu = mtu;
    this.#wasUp = isUp;
  }

  get mtu(): number {
    return this.#mtu;
  }

  setMtu(mtu: number): void {
    if (mtu === this.#mtu) return;
    const reply = this.#change([{ type: IFLA_MTU, value: integerValue(mtu) }]);
    check(reply, `set the MTU of ${this.#name} to ${mtu}`);
    this.#mtu = mtu;
  }

  /** Packets the kernel queues towards us before it drops; its own default is 1000. */
  setQueueLength(packets: number): void {
    const reply = this.#change([{ type: IFLA_TXQLEN, value: integerValue(packets) }]);
    check(reply, `set the queue length of ${this.#name} to ${packets}`);
  }

  setUp(): void {
    // What is so already needs no right to make it so.
    if (this.#wasUp) return;
    check(this.#change([], IFF_UP), `bring ${this.#name} up`);
  }

  /** Gives the kernel an address on this interface. One that is there already is fine. */
  addAddress(cidr: Cidr): void {
    const { address, length } = cidr;
    if (!address.isV4 && this.#mtu < IPV6_MIN_MTU) {
      throw new DeviceError(
        "EINVAL",
        `IPv6 needs an MTU of at least ${IPV6_MIN_MTU}; ${this.#name} has ${this.#mtu}`,
      );
    }
    const prefixLength = address.isV4 ? length - V4_PREFIX_OFFSET : length;
    const body = new Uint8Array(IFADDRMSG_LENGTH);
    body[0] = address.isV4 ? AF_INET : AF_INET6;
    body[1] = prefixLength;
    body[2] = address.isV4 ? 0 : IFA_F_NODAD;
    new DataView(body.buffer).setUint32(4, this.#index, true);
    const octets = addressOctets(address);
    const attributes: Attribute[] = [
      { type: IFA_LOCAL, value: octets },
      { type: IFA_ADDRESS, value: octets },
    ];
    if (address.isV4 && prefixLength < 31) {
      const broadcast = new IpPrefix(address, length).last;
      attributes.push({ type: IFA_BROADCAST, value: addressOctets(broadcast) });
    }
    const message = { type: RTM_NEWADDR, body, attributes };
    const reply = this.#socket.order(message, NLM_F_CREATE | NLM_F_REPLACE);
    check(reply, `give ${this.#name} the address ${address}/${prefixLength}`);
  }

  #read(): KernelLinkState {
    const body = new Uint8Array(IFINFOMSG_LENGTH);
    const attributes = [{ type: IFLA_IFNAME, value: stringValue(this.#name) }];
    const reply = this.#socket.query({ type: RTM_GETLINK, body, attributes });
    check(reply, `find the interface ${this.#name}`);
    const answer = reply.message;
    const mtu = answer?.attributes.find(({ type }) => type === IFLA_MTU)?.value;
    if (!answer || !mtu) throw new DeviceError("EIO", `the kernel does not describe ${this.#name}`);
    return {
      index: viewOf(answer.body).getInt32(IFINFOMSG_INDEX, true),
      mtu: viewOf(mtu).getUint32(0, true),
      isUp: (viewOf(answer.body).getUint32(IFINFOMSG_FLAGS, true) & IFF_UP) !== 0,
    };
  }

  #change(attributes: readonly Attribute[], raisedFlags = 0): RouteReply {
    const body = new Uint8Array(IFINFOMSG_LENGTH);
    const view = viewOf(body);
    view.setInt32(IFINFOMSG_INDEX, this.#index, true);
    view.setUint32(IFINFOMSG_FLAGS, raisedFlags, true);
    view.setUint32(IFINFOMSG_CHANGE, raisedFlags, true);
    return this.#socket.order({ type: RTM_NEWLINK, body, attributes });
  }
}

function check({ errno, reason }: RouteReply, what: string): void {
  if (errno === 0) return;
  // With a sentence of its own, the kernel means something else by EACCES.
  const isForbidden = errno === Errno.EPERM || reason === errnoMessage(Errno.EACCES);
  const remedy = isForbidden ? " (it needs root or CAP_NET_ADMIN)" : "";
  throw new DeviceError(errnoName(errno), `cannot ${what}: ${lowerFirst(reason)}${remedy}`);
}

/** The kernel's sentences begin with a capital, ours do not; abbreviations stay. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function addressOctets(address: IpAddress): Uint8Array {
  const octets = new Uint8Array(address.isV4 ? 4 : 16);
  const view = viewOf(octets);
  if (address.isV4) address.writeV4(view, 0);
  else address.writeV6(view, 0);
  return octets;
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}
