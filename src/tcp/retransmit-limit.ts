import type { TcpConfig } from "./config.ts";

/**
 * R2 as a time (MUST-20, SHLD-11): how long `retries` retransmissions last when
 * each waits twice as long as the one before, from the smallest timeout to the
 * largest. A time, as in Linux, and not a count: on a path with a long timeout
 * a count would be patient for hours.
 */
export function giveUpAfterMs(
  config: Pick<TcpConfig, "minRtoMs" | "maxRtoMs">,
  retries: number,
): number {
  const { minRtoMs, maxRtoMs } = config;
  const doublings = Math.floor(Math.log2(maxRtoMs / minRtoMs));
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * minRtoMs;
  return (2 ** (doublings + 1) - 1) * minRtoMs + (retries - doublings) * maxRtoMs;
}
