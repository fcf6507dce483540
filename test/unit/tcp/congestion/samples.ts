import type { AckSample } from "../../../../src/tcp/congestion/controller.ts";

export const MSS = 1000;

/** An ACK of one segment on a path of 100 ms; name what differs. */
export function ackSample(differences: Partial<AckSample> = {}): AckSample {
  return {
    now: 0,
    ackedOctets: MSS,
    flightBefore: 10 * MSS,
    rttMs: 100,
    srttMs: 100,
    mss: MSS,
    ...differences,
  };
}
