import type { IpAddress } from "../base/ip-address.ts";
import type { DatagramError } from "../stack/datagram-flow.ts";
import { DatagramInfo } from "../udp/datagram-queue.ts";
import { AF_UNSPEC } from "./constants.ts";
import type { SocketName } from "./socket-address.ts";

/**
 * What `recvfrom(2)` and `recvmsg(2)` tell besides the octets. A record of the
 * caller's that is used again and again; valid until the next call with it.
 */
export class Received {
  /** `msg_flags`: MSG_TRUNC, MSG_ERRQUEUE, … */
  flags = 0;
  /** AF_UNSPEC when the socket does not say who sent it (RECV-15). */
  family: number = AF_UNSPEC;
  port = 0;
  /** Interface of a link-local sender, else 0. */
  scopeId = 0;
  /** Of a datagram: source, destination, interface, hop limit, traffic class (UDP-20, UDP-25). */
  readonly info: DatagramInfo = new DatagramInfo();
  /** With MSG_ERRQUEUE: the error. */
  error: DatagramError | null = null;

  /** Who sent it, if `family` says that it is known. */
  get address(): IpAddress {
    return this.info.source;
  }

  /** It came from there. */
  setName({ family, address, port, scopeId }: SocketName): void {
    this.family = family;
    this.info.source = address;
    this.port = port;
    this.scopeId = scopeId;
  }

  /** Nothing is known. */
  reset(): void {
    this.flags = 0;
    this.family = AF_UNSPEC;
    this.port = 0;
    this.scopeId = 0;
    this.error = null;
  }
}
