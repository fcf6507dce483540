import type { CongestionController } from "./controller.ts";
import { Cubic } from "./cubic.ts";
import { NewReno } from "./new-reno.ts";

/** Names `createController` knows, as TCP_CONGESTION and Linux's sysctl write them. */
export const CONGESTION_CONTROLS: readonly string[] = ["cubic", "reno"];

/**
 * The controller called `name`, with the initial window of `initialWindowSegments`
 * segments of `mss` octets; null when there is none of that name.
 */
export function findController(
  name: string,
  mss: number,
  initialWindowSegments: number,
): CongestionController | null {
  switch (name) {
    case "cubic":
      return new Cubic(mss, initialWindowSegments);
    case "reno":
      return new NewReno(mss, initialWindowSegments);
    default:
      return null;
  }
}

/** As `findController`, with CUBIC in place of an unknown name: settings are checked where they are made. */
export function createController(
  name: string,
  mss: number,
  initialWindowSegments: number,
): CongestionController {
  return findController(name, mss, initialWindowSegments) ?? new Cubic(mss, initialWindowSegments);
}
