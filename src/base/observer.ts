import type { DropReason } from "./drop-reason.ts";
import type { IpAddress } from "./ip-address.ts";

/** What a report about a connection names: enough to find it, nothing it owns. */
export interface ConnectionName {
  /** Unique among the connections of one host, in order of creation. */
  readonly id: number;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
}

/**
 * What the stack reports about itself. The only way out for logs, metrics,
 * capture comments and the live view; none of them reaches into private
 * fields. All methods are optional and called synchronously: they must not
 * call back into the stack.
 */
export interface Observer {
  /** Something arrived or was to be sent, and was not. Also counted in `Counters`. */
  drop?(reason: DropReason, interfaceName: string): void;
  /** A TCP connection changed state; `event` names what caused it. */
  tcpState?(connection: ConnectionName, from: string, to: string, event: string): void;
  /** A segment is sent again. `kind` says by which rule. */
  tcpRetransmit?(connection: ConnectionName, seq: number, octets: number, kind: string): void;
  /** Congestion window or slow-start threshold changed; octets. */
  tcpWindow?(connection: ConnectionName, congestionWindow: number, ssthresh: number): void;
  /** A neighbour changed its reachability state. */
  neighbor?(address: IpAddress, interfaceName: string, from: string, to: string): void;
}
