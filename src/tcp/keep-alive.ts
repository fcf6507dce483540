/**
 * Asking whether a silent peer is still there (RFC 9293 §3.8.4), with Linux's
 * three settings. Off unless the application wants it (MUST-25); asked only
 * while nothing is outstanding (MUST-26), which the caller sees to.
 */
export interface KeepAliveConfig {
  /** Silence before the first probe, ms (TCP_KEEPIDLE; two hours by default, MUST-28). */
  keepAliveIdleMs: number;
  /** Between probes, ms (TCP_KEEPINTVL). */
  keepAliveIntervalMs: number;
  /** Unanswered probes before the peer is taken for dead (TCP_KEEPCNT; more than one, MUST-29). */
  keepAliveProbes: number;
  /** TCP_USER_TIMEOUT, ms; when not 0 it decides instead of the number of probes (RFC 5482 §4.2, Linux). */
  userTimeoutMs: number;
}

export interface KeepAliveState {
  /** When the peer was last heard, ms. */
  lastHeardAt: number;
  /** Probes sent since then. */
  probesSent: number;
  /** When the last of them was sent, ms. */
  lastProbeAt: number;
}

export type KeepAliveAction = "wait" | "probe" | "give-up";

/** When `nextKeepAlive` will next have something to do, ms. */
export function keepAliveDeadline(config: KeepAliveConfig, state: KeepAliveState): number {
  return state.probesSent === 0
    ? state.lastHeardAt + config.keepAliveIdleMs
    : state.lastProbeAt + config.keepAliveIntervalMs;
}

/** What to do at `now`. After `probe` the caller counts it in the state; after any segment from the peer it starts over. */
export function nextKeepAlive(
  config: KeepAliveConfig,
  state: KeepAliveState,
  now: number,
): KeepAliveAction {
  if (now < keepAliveDeadline(config, state)) return "wait";
  if (state.probesSent === 0) return "probe";
  const hopeless =
    config.userTimeoutMs > 0
      ? now - state.lastHeardAt >= config.userTimeoutMs
      : state.probesSent >= config.keepAliveProbes;
  return hopeless ? "give-up" : "probe";
}
