import { Errno } from "../base/errno.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { type RandomSource, randomBelow } from "../base/random.ts";

/** Ports from which the stack picks when the caller names none, ends included (RFC 6056 §3.2; Linux's range). */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export const EPHEMERAL_PORTS: PortRange = { from: 32_768, to: 60_999 };

/** What a socket asks for when it binds. */
export interface PortSpec {
  /** 1 … 65,535, or 0 for any free one. */
  readonly port: number;
  /** `ANY4`, `ANY6` or one address. */
  readonly address: IpAddress;
  /** IPV6_V6ONLY: `ANY6` then leaves IPv4 alone. */
  readonly v6Only: boolean;
  /** SO_BINDTODEVICE or the zone of a link-local address; 0 is every interface. */
  readonly interfaceIndex: number;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
}

/**
 * A local port that is taken. It is shared by counting: who reserved it holds
 * it once, everyone else who needs it (an accepted connection, one in
 * TIME-WAIT) calls `retain`, and each hold ends with one `release`.
 */
export class Reservation {
  readonly port: number;
  readonly address: IpAddress;
  readonly v6Only: boolean;
  readonly interfaceIndex: number;
  /** SO_REUSEADDR and SO_REUSEPORT of the owner; they may change while it is bound. */
  reuseAddress: boolean;
  reusePort: boolean;
  /** The owner listens: SO_REUSEADDR alone no longer lets anyone in (REUSE-3). */
  listening = false;
  /** Owned by the allocator. */
  holders = 1;

  constructor(spec: PortSpec, port: number) {
    this.port = port;
    this.address = spec.address;
    this.v6Only = spec.v6Only;
    this.interfaceIndex = spec.interfaceIndex;
    this.reuseAddress = spec.reuseAddress;
    this.reusePort = spec.reusePort;
  }
}

/**
 * The local ports of one transport protocol of one host, with Linux's rules
 * for who may share one (socket(7); inet_csk_bind_conflict).
 */
export class PortAllocator {
  readonly #random: RandomSource;
  readonly #range: PortRange;
  readonly #byPort = new Map<number, Reservation[]>();

  constructor(secureRandom: RandomSource, range: PortRange = EPHEMERAL_PORTS) {
    this.#random = secureRandom;
    this.#range = range;
  }

  /**
   * `bind(2)`: takes the port asked for, or a random free one for port 0.
   * −EADDRINUSE when somebody has it and may not share it, or no port is free.
   */
  reserve(spec: PortSpec): Reservation | number {
    if (spec.port !== 0) {
      return this.#hasConflict(spec, spec.port, true)
        ? -Errno.EADDRINUSE
        : this.#add(spec, spec.port);
    }
    // A port of one's own first; a shared one only when all are taken.
    for (const mayShare of [false, true]) {
      const port = this.#search((candidate) => !this.#hasConflict(spec, candidate, mayShare));
      if (port !== 0) return this.#add(spec, port);
    }
    return -Errno.EADDRINUSE;
  }

  /**
   * The local port of an outgoing connection: random, and shared with other
   * outgoing connections as long as `isTaken` says that the pair of endpoints
   * is still free (RFC 6056 §3.1, BIND-7). −EADDRNOTAVAIL when there is none.
   */
  reserveForConnect(spec: PortSpec, isTaken: (port: number) => boolean): Reservation | number {
    const isFree = (port: number): boolean => !this.#isBound(spec, port) && !isTaken(port);
    const port = this.#search(isFree);
    return port === 0 ? -Errno.EADDRNOTAVAIL : this.#add(spec, port, true);
  }

  /** Whether the owner may start to listen: nobody it shares the port with does so already (LIST-5). */
  mayListen(reservation: Reservation): boolean {
    const others = this.#byPort.get(reservation.port) ?? [];
    return !others.some(
      (other) =>
        other !== reservation && overlaps(other, reservation) && !mayShare(other, reservation),
    );
  }

  /** Adds a hold. */
  retain(reservation: Reservation): void {
    reservation.holders++;
  }

  /** Ends a hold; with the last one the port is free. */
  release(reservation: Reservation): void {
    reservation.holders--;
    if (reservation.holders > 0) return;
    const sharers = this.#byPort.get(reservation.port) ?? [];
    const index = sharers.indexOf(reservation);
    if (index >= 0) sharers.splice(index, 1);
    if (sharers.length === 0) this.#byPort.delete(reservation.port);
  }

  #add(spec: PortSpec, port: number, forConnect = false): Reservation {
    const reservation = forConnect
      ? new ConnectReservation(spec, port)
      : new Reservation(spec, port);
    const sharers = this.#byPort.get(port);
    if (sharers === undefined) this.#byPort.set(port, [reservation]);
    else sharers.push(reservation);
    return reservation;
  }

  #hasConflict(spec: PortSpec, port: number, sharingAllowed: boolean): boolean {
    const sharers = this.#byPort.get(port);
    if (sharers === undefined) return false;
    return sharers.some(
      (other) => overlaps(other, spec) && !(sharingAllowed && mayShare(other, spec)),
    );
  }

  /** Whether somebody holds the port by bind(), as opposed to by an outgoing connection. */
  #isBound(spec: PortSpec, port: number): boolean {
    const sharers = this.#byPort.get(port);
    if (sharers === undefined) return false;
    return sharers.some((other) => !(other instanceof ConnectReservation) && overlaps(other, spec));
  }

  /** A port of the range for which `suits` holds, from a random one upwards (RFC 6056 §3.3.1); 0 when none. */
  #search(suits: (port: number) => boolean): number {
    const { from, to } = this.#range;
    const count = to - from + 1;
    const first = randomBelow(this.#random, count);
    for (let step = 0; step < count; step++) {
      const port = from + ((first + step) % count);
      if (suits(port)) return port;
    }
    return 0;
  }
}

/** Taken by an outgoing connection alone, hence open to others with another peer. */
class ConnectReservation extends Reservation {}

type Claim = Omit<PortSpec, "port">;

/** Whether a packet could be meant for both (REUSE-6, REUSE-7, BIND-9, BIND-10). */
function overlaps(one: Claim, other: Claim): boolean {
  const sameInterface =
    one.interfaceIndex === 0 ||
    other.interfaceIndex === 0 ||
    one.interfaceIndex === other.interfaceIndex;
  return sameInterface && (covers(one, other) || covers(other, one));
}

function covers(one: Claim, other: Claim): boolean {
  if (one.address.equals(other.address)) return true;
  if (!one.address.isUnspecified) return false;
  if (one.address.isV4 === other.address.isV4) return true;
  return !one.address.isV4 && !one.v6Only;
}

/** REUSE-1 … REUSE-5: both agree by SO_REUSEPORT, or by SO_REUSEADDR while the first does not listen. */
function mayShare(holder: Reservation, claim: Claim): boolean {
  if (holder.reusePort && claim.reusePort) return true;
  return holder.reuseAddress && claim.reuseAddress && !holder.listening;
}
