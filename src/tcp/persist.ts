/**
 * Probing a window that is closed (RFC 9293 §3.8.6.1). A lost window update
 * would otherwise stop the connection for good (ZWP-3). Pure: what waits and
 * when is the connection's to keep.
 */

/**
 * When the next probe is due: one RTO after the window closed or the last
 * probe left (SHLD-29), twice as long after each one (SHLD-30), `maxRtoMs` at
 * most. `rtoMs` is the timeout without back-off, `probes` how many have been
 * sent. There is no last one: as long as the peer answers, the connection
 * lives (MUST-37).
 */
export function persistDeadline(
  since: number,
  rtoMs: number,
  probes: number,
  maxRtoMs: number,
): number {
  return since + Math.min(rtoMs * 2 ** Math.min(probes, MAX_DOUBLINGS), maxRtoMs);
}

/**
 * Whether to give up: only when the peer no longer answers at all. `unanswered`
 * probes in a row are compared with R2's `retries`; an explicit user timeout
 * (0 is none) takes its place and counts from `silentSince` (RFC 6429 §4, Linux).
 */
export function isPersistHopeless(
  unanswered: number,
  retries: number,
  userTimeoutMs: number,
  silentSince: number,
  now: number,
): boolean {
  if (userTimeoutMs > 0) return unanswered > 0 && now - silentSince >= userTimeoutMs;
  return unanswered >= retries;
}

const MAX_DOUBLINGS = 31;
