import type { PromiseSockets } from "../api/promise-sockets.ts";
import { SystemError } from "../api/system-error.ts";
import { errnoMessage } from "../base/errno.ts";
import {
  AF_INET,
  AF_INET6,
  IP_RECVERR,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPV6_RECVERR,
  IPV6_UNICAST_HOPS,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  SOCK_DGRAM,
  SOL_IP,
  SOL_IPV6,
} from "../socket/constants.ts";
import { ICMP_HEADER_LENGTH, Icmpv4Type, Icmpv6Type, icmpSequence } from "../wire/icmp.ts";
import { describeIcmpError, formatTrip, PingStatistics } from "./ping-text.ts";

export interface PingSettings {
  readonly target: string;
  readonly isV6: boolean;
  /** Octets behind the ICMP header. */
  readonly size: number;
  readonly hopLimit: number | null;
  /** Told of each reply and error. */
  readonly print: (line: string) => void;
}

/** Sequence numbers have 16 bits. */
const SEQUENCES = 0x10000;
const NOT_SENT = -1;

/** One ping socket and what becomes of its requests. */
export class PingSession {
  readonly statistics: PingStatistics = new PingStatistics();
  readonly #settings: PingSettings;
  readonly #sockets: PromiseSockets;
  readonly #fd: number;
  readonly #request: Uint8Array;
  /** When each sequence number was sent; `NOT_SENT` again once it was answered. */
  readonly #sentAt = new Float64Array(SEQUENCES).fill(NOT_SENT);
  readonly #answered = new Uint8Array(SEQUENCES);
  /** Called when a reply or an error has come. */
  onProgress: (() => void) | null = null;

  constructor(sockets: PromiseSockets, settings: PingSettings) {
    this.#sockets = sockets;
    this.#settings = settings;
    const { isV6, hopLimit, size } = settings;
    this.#fd = isV6
      ? sockets.socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6)
      : sockets.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    const level = isV6 ? SOL_IPV6 : SOL_IP;
    sockets.setsockopt(this.#fd, level, isV6 ? IPV6_RECVERR : IP_RECVERR, 1);
    if (hopLimit !== null) {
      sockets.setsockopt(this.#fd, level, isV6 ? IPV6_UNICAST_HOPS : IP_TTL, hopLimit);
    }
    this.#request = new Uint8Array(ICMP_HEADER_LENGTH + size);
    for (let i = 0; i < size; i++) this.#request[ICMP_HEADER_LENGTH + i] = i & 0xff;
    this.#request[0] = isV6 ? Icmpv6Type.ECHO_REQUEST : Icmpv4Type.ECHO_REQUEST;
  }

  /** Requests that nothing has been heard of yet. */
  get isWaiting(): boolean {
    const { sent, received, errors } = this.statistics;
    return received + errors < sent;
  }

  /** Sends the next request. What the network refuses at once is printed, and counted as an error. */
  async send(): Promise<void> {
    const sequence = ++this.statistics.sent % SEQUENCES;
    const view = new DataView(this.#request.buffer);
    view.setUint16(SEQUENCE, sequence);
    this.#answered[sequence] = 0;
    this.#sentAt[sequence] = performance.now();
    try {
      await this.#sendOnce();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // The error may be about an earlier request; it is taken, and this one goes out now.
      if (await this.#takeErrors()) await this.#sendOnce().catch(() => this.#countRefusal(error));
      else this.#countRefusal(error);
    }
  }

  /** Takes in replies and errors until the socket is closed. */
  async receive(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      try {
        const { size, address, hopLimit } = await this.#sockets.recvfrom(this.#fd, buffer);
        this.#handleReply(new DataView(buffer.buffer), size, {
          from: address?.address ?? "?",
          hopLimit: hopLimit ?? 0,
        });
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        if (error.code === "EBADF") return;
        await this.#takeErrors();
      }
    }
  }

  close(): void {
    this.#sockets.close(this.#fd);
  }

  async #sendOnce(): Promise<void> {
    const { target, isV6 } = this.#settings;
    const address = { family: isV6 ? AF_INET6 : AF_INET, address: target };
    await this.#sockets.sendto(this.#fd, this.#request, 0, address);
  }

  #countRefusal(error: SystemError): void {
    this.statistics.errors++;
    this.#settings.print(`ping: sendto: ${errnoMessage(error.errno)}`);
    this.onProgress?.();
  }

  #handleReply(view: DataView, size: number, { from, hopLimit }: ReplyOrigin): void {
    if (size < ICMP_HEADER_LENGTH) return;
    const sequence = icmpSequence(view, 0);
    const sentAt = this.#sentAt[sequence] as number;
    if (sentAt === NOT_SENT) return;
    const trip = performance.now() - sentAt;
    const isDuplicate = this.#answered[sequence] === 1;
    this.#answered[sequence] = 1;
    if (isDuplicate) this.statistics.duplicates++;
    else this.statistics.addReply(trip);
    const text = `${size} bytes from ${from}: icmp_seq=${sequence} ttl=${hopLimit}`;
    this.#settings.print(`${text} time=${formatTrip(trip)} ms${isDuplicate ? " (DUP!)" : ""}`);
    this.onProgress?.();
  }

  /** Prints the errors that wait in the socket's queue; whether there were any. */
  async #takeErrors(): Promise<boolean> {
    const buffer = new Uint8Array(2048);
    for (let taken = 0; ; taken++) {
      try {
        const flags = MSG_ERRQUEUE | MSG_DONTWAIT;
        const { size, error } = await this.#sockets.recvfrom(this.#fd, buffer, flags);
        if (error === undefined) continue;
        const view = new DataView(buffer.buffer);
        const sequence = size >= ICMP_HEADER_LENGTH ? icmpSequence(view, 0) : 0;
        this.statistics.errors++;
        const text = describeIcmpError(error);
        this.#settings.print(`From ${error.offender} icmp_seq=${sequence} ${text}`);
        this.onProgress?.();
      } catch {
        return taken > 0;
      }
    }
  }
}

interface ReplyOrigin {
  readonly from: string;
  readonly hopLimit: number;
}

/** Position of the sequence number in an echo request. */
const SEQUENCE = 6;
