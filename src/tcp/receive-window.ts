import { MAX_WINDOW_SCALE } from "./handshake-options.ts";

/**
 * The window to advertise (RFC 9293 §3.8.6). All values are octets counted
 * from RCV.NXT, so the right edge is RCV.NXT plus the value.
 *
 * - `free`: what the receive buffer can still take, negative when overfull;
 * - `promised`: what the last advertisement still allows, RCV.ADV − RCV.NXT;
 * - `step`: the least by which the edge may move (`windowStep`);
 * - `scale`: our window scale, 0 on a SYN.
 *
 * The result is a multiple of 2^scale that fits the field. The right edge
 * never moves left (SHLD-14) by more than rounding, and then only because
 * memory is short; the octets rounded off stay acceptable (RFC 7323 §2.4).
 */
export function advertisedWindow(
  free: number,
  promised: number,
  step: number,
  scale: number,
): number {
  const unit = 2 ** scale;
  const largest = 0xffff * unit;
  if (mayOpenWindow(free, promised, step)) {
    const opened = Math.min(floorTo(free, unit), largest);
    if (opened > promised) return opened;
  }
  const kept = Math.min(floorTo(promised + unit - 1, unit), largest);
  return kept <= free ? kept : floorTo(Math.min(promised, largest), unit);
}

/** Whether the right edge may move (SWS-5); after a read, whether a window update is worth a segment. */
export function mayOpenWindow(free: number, promised: number, step: number): boolean {
  return free - promised >= step;
}

/** The step of SWS-5: half the buffer or a full segment, whichever is less. */
export function windowStep(bufferLimit: number, mss: number): number {
  return Math.max(1, Math.min(bufferLimit / 2, mss));
}

/** The smallest shift count with which the field can tell a window of `limit` octets (RFC 7323 §2.3). */
export function chooseWindowScale(limit: number): number {
  let scale = 0;
  while (scale < MAX_WINDOW_SCALE && 0xffff * 2 ** scale < limit) scale++;
  return scale;
}

function floorTo(octets: number, unit: number): number {
  return Math.max(0, Math.floor(octets / unit) * unit);
}
