import type { IpAddress } from "../base/ip-address.ts";
import type { DatagramFlow } from "../stack/datagram-flow.ts";
import type { ListenFlow } from "../stack/listen-flow.ts";
import type { Stack } from "../stack/stack.ts";
import type { TcpFlow } from "../stack/tcp-flow.ts";
import type { TimerInfo } from "../tcp/connection-info.ts";
import { TcpState } from "../tcp/state.ts";

/** One socket, as `netstat -ano` shows it. */
export interface NetstatRow {
  readonly proto: "tcp" | "tcp6" | "udp" | "udp6" | "icmp" | "icmp6";
  /** Octets that wait to be read; of a listener, connections that wait to be accepted. */
  readonly recvQ: number;
  /** Octets written and not acknowledged. */
  readonly sendQ: number;
  /** `10.77.0.2:80`, `:::80`. */
  readonly local: string;
  /** `0.0.0.0:*` without a peer. */
  readonly foreign: string;
  /** `ESTABLISHED`, `LISTEN`, …; of a datagram socket empty, or `ESTABLISHED` while connected. */
  readonly state: string;
  /** `off (0.00/0/0)`: timer, seconds left, retransmissions, probes. */
  readonly timer: string;
}

/** Every socket of `stack` at `now`: listeners first, then connections in all states, UDP and ping. */
export function netstat(stack: Stack, now: number): NetstatRow[] {
  return [
    ...Array.from(stack.tcp.listeners(), listenerRow),
    ...Array.from(stack.tcp.flows(), (flow) => connectionRow(flow, now)).filter(
      ({ state }) => state !== "CLOSE",
    ),
    ...Array.from(stack.udp.flows(), (flow) => datagramRow(flow, "udp")),
    ...Array.from(stack.ping.flows(), (flow) => datagramRow(flow, "icmp")),
  ];
}

/** netstat's own spelling. */
const STATE_NAMES: Readonly<Record<TcpState, string>> = {
  [TcpState.ESTABLISHED]: "ESTABLISHED",
  [TcpState.SYN_SENT]: "SYN_SENT",
  [TcpState.SYN_RECEIVED]: "SYN_RECV",
  [TcpState.FIN_WAIT_1]: "FIN_WAIT1",
  [TcpState.FIN_WAIT_2]: "FIN_WAIT2",
  [TcpState.TIME_WAIT]: "TIME_WAIT",
  [TcpState.CLOSED]: "CLOSE",
  [TcpState.CLOSE_WAIT]: "CLOSE_WAIT",
  [TcpState.LAST_ACK]: "LAST_ACK",
  [TcpState.LISTEN]: "LISTEN",
  [TcpState.CLOSING]: "CLOSING",
};

const NO_TIMER = "off (0.00/0/0)";

function listenerRow({ address, port, listener }: ListenFlow): NetstatRow {
  return {
    proto: address.isV4 ? "tcp" : "tcp6",
    recvQ: listener.completeCount,
    sendQ: 0,
    local: `${address}:${port}`,
    foreign: `${wildcardOf(address)}:*`,
    state: "LISTEN",
    timer: NO_TIMER,
  };
}

function connectionRow(flow: TcpFlow, now: number): NetstatRow {
  const { connection, localAddress, localPort, remoteAddress, remotePort } = flow;
  return {
    proto: localAddress.isV4 ? "tcp" : "tcp6",
    recvQ: connection.readableOctets,
    sendQ: connection.sendQueueOctets,
    local: `${localAddress}:${localPort}`,
    foreign: `${remoteAddress}:${remotePort}`,
    state: STATE_NAMES[connection.state],
    timer: formatTimer(connection.timerInfo(now)),
  };
}

function datagramRow({ endpoint }: DatagramFlow, protocol: "udp" | "icmp"): NetstatRow {
  const { localAddress, localPort, remoteAddress, remotePort, queue } = endpoint;
  const foreign =
    remoteAddress === null ? `${wildcardOf(localAddress)}:*` : `${remoteAddress}:${remotePort}`;
  return {
    proto: localAddress.isV4 ? protocol : `${protocol}6`,
    recvQ: queue.payloadOctets,
    sendQ: 0,
    local: `${localAddress}:${localPort}`,
    foreign,
    state: remoteAddress === null ? "" : "ESTABLISHED",
    timer: NO_TIMER,
  };
}

function wildcardOf(address: IpAddress): string {
  return address.isV4 ? "0.0.0.0" : "::";
}

function formatTimer({ name, remainingMs, retransmits, probes }: TimerInfo): string {
  return `${name} (${(remainingMs / 1000).toFixed(2)}/${retransmits}/${probes})`;
}
