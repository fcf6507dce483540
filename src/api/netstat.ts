import type { Stack } from "../stack/stack.ts";

/** One socket, as `netstat -ano` shows it. */
export interface NetstatRow {
  readonly proto: "tcp" | "tcp6" | "udp" | "udp6" | "icmp" | "icmp6";
  readonly recvQ: number;
  readonly sendQ: number;
  /** `10.77.0.2:80`, `0.0.0.0:*`. */
  readonly local: string;
  readonly foreign: string;
  /** `ESTABLISHED`, `LISTEN`, …; empty for datagram sockets. */
  readonly state: string;
  /** As `netstat -o`: `off (0.00/0/0)`. */
  readonly timer: string;
}

/** Every socket of `stack` at `now`. */
export function netstat(stack: Stack, now: number): NetstatRow[] {
  void stack;
  void now;
  return [];
}
