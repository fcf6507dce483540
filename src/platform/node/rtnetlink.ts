/**
 * The kernel's interface configuration, rtnetlink(7), over a socket that is
 * open for a few messages only. Requests are answered before `send` returns, so
 * nothing here waits.
 */
import { closeSync } from "node:fs";
import { errnoMessage, errnoName } from "../../base/errno.ts";
import { DeviceError } from "./device-error.ts";
import type { Libc } from "./libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const MSG_DONTWAIT = 0x40;

const HEADER_LENGTH = 16;
const NLMSG_ERROR = 2;
const NLM_F_REQUEST = 0x001;
const NLM_F_ACK = 0x004;
/** In an acknowledgement: attributes follow. */
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
/** After the header of an error: its number, then the header of the request. */
const ERROR_LENGTH = 4 + HEADER_LENGTH;

export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** One message without its header: a fixed structure and attributes after it. */
export interface RouteMessage {
  readonly type: number;
  readonly body: Uint8Array;
  readonly attributes: readonly Attribute[];
}

/** What the kernel answered: a message, or an error (0 is success) and often a sentence. */
export interface RouteReply {
  /** Positive errno; 0 when the request was granted. */
  readonly errno: number;
  /** The kernel's own explanation, or strerror's. */
  readonly reason: string;
  readonly message: RouteMessage | null;
}

export class RouteSocket {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #buffer = new Uint8Array(32_768);
  #sequence = 0;

  /** @throws DeviceError when the kernel gives no socket. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE);
    if (this.#fd < 0) {
      const errno = libc.errno();
      throw new DeviceError(
        errnoName(errno),
        `cannot open a netlink socket: ${errnoMessage(errno)}`,
      );
    }
    // Both only make errors clearer, so an old kernel may refuse them.
    const on = integerValue(1);
    libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, on, on.length);
    libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_EXT_ACK, on, on.length);
  }

  /** Sends a question and reads the first message of the answer, whose body is as long as the question's. */
  query(request: RouteMessage): RouteReply {
    return this.#exchange(request, NLM_F_REQUEST);
  }

  /** Sends an order with additional NLM_F_* flags, and reads the acknowledgement. */
  order(request: RouteMessage, flags = 0): RouteReply {
    return this.#exchange(request, NLM_F_REQUEST | NLM_F_ACK | flags);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #exchange(request: RouteMessage, flags: number): RouteReply {
    const libc = this.#libc;
    const sequence = ++this.#sequence;
    const octets = encode(request, flags, sequence);
    if (libc.send(this.#fd, octets, octets.length, 0) < 0) return failure(libc.errno());
    for (;;) {
      const length = libc.recv(this.#fd, this.#buffer, this.#buffer.length, MSG_DONTWAIT);
      if (length < 0) return failure(libc.errno());
      const reply = decode(this.#buffer.subarray(0, length), sequence, request.body.length);
      if (reply !== null) return reply;
    }
  }
}

/** The value of an integer attribute: 32 bits in the machine's order. */
export function integerValue(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, value, true);
  return octets;
}

/** The value of a string attribute, with the zero at its end. */
export function stringValue(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}

function encode(request: RouteMessage, flags: number, sequence: number): Uint8Array {
  const { type, body, attributes } = request;
  const length = attributes.reduce(
    (sum, { value }) => sum + align(4 + value.length),
    HEADER_LENGTH + align(body.length),
  );
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  octets.set(body, HEADER_LENGTH);
  let at = HEADER_LENGTH + align(body.length);
  for (const { type: attribute, value } of attributes) {
    view.setUint16(at, 4 + value.length, true);
    view.setUint16(at + 2, attribute, true);
    octets.set(value, at + 4);
    at += align(4 + value.length);
  }
  return octets;
}

/** The first message in `octets` that answers `sequence`; null when none does. */
function decode(octets: Uint8Array, sequence: number, bodyLength: number): RouteReply | null {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  for (let at = 0; at + HEADER_LENGTH <= octets.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_LENGTH || at + length > octets.length) return null;
    if (view.getUint32(at + 8, true) === sequence) {
      const message = octets.subarray(at, at + length);
      const type = view.getUint16(at + 4, true);
      if (type === NLMSG_ERROR) return decodeError(message, view.getUint16(at + 6, true));
      const body = message.subarray(HEADER_LENGTH, HEADER_LENGTH + bodyLength);
      const attributes = decodeAttributes(message.subarray(HEADER_LENGTH + align(bodyLength)));
      return { errno: 0, reason: "", message: { type, body, attributes } };
    }
    at += align(length);
  }
  return null;
}

function decodeError(message: Uint8Array, flags: number): RouteReply {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const errno = -view.getInt32(HEADER_LENGTH, true);
  const hasText = (flags & NLM_F_ACK_TLVS) !== 0;
  const attributes = hasText
    ? decodeAttributes(message.subarray(HEADER_LENGTH + ERROR_LENGTH))
    : [];
  const text = attributes.find(({ type }) => type === NLMSGERR_ATTR_MSG);
  const reason = text ? Buffer.from(text.value.subarray(0, -1)).toString() : errnoMessage(errno);
  return { errno, reason, message: null };
}

function decodeAttributes(octets: Uint8Array): Attribute[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const attributes: Attribute[] = [];
  for (let at = 0; at + 4 <= octets.length; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > octets.length) break;
    const value = octets.subarray(at + 4, at + length);
    attributes.push({ type: view.getUint16(at + 2, true), value });
    at += align(length);
  }
  return attributes;
}

function failure(errno: number): RouteReply {
  return { errno, reason: errnoMessage(errno), message: null };
}

/** Everything in netlink begins at a multiple of four. */
function align(length: number): number {
  return (length + 3) & ~3;
}
