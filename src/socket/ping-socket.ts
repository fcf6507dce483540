import { Errno } from "../base/errno.ts";
import type { Stack } from "../stack/stack.ts";
import { AF_INET6 } from "./constants.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import type { SocketKind } from "./socket.ts";
import type { SocketName } from "./socket-address.ts";

/**
 * A ping socket (icmp(7)): SOCK_DGRAM with IPPROTO_ICMP or IPPROTO_ICMPV6. One
 * sends echo requests and receives replies, each with its ICMP header; the port
 * is the identifier, and the stack fills it in.
 */
export class PingSocket extends DatagramSocket {
  constructor(stack: Stack, kind: SocketKind) {
    super(stack, kind, stack.ping.family(kind.family === AF_INET6));
  }

  override remoteName(): SocketName | number {
    const { remoteAddress } = this.flow.endpoint;
    return remoteAddress === null ? -Errno.ENOTCONN : this.nameOf(remoteAddress, 0);
  }

  override connect(name: SocketName, now: number): number {
    return super.connect({ ...name, port: 0 }, now);
  }

  /** ICMP has no ports, so the one in a destination says nothing. */
  protected override checkPeer(name: SocketName): number {
    return super.checkPeer({ ...name, port: 1 });
  }
}
