import type { Seq } from "../base/seq.ts";
import { TCP_MAX_HEADER_LENGTH } from "../wire/tcp-header.ts";
import type { Tcb } from "./tcb.ts";
import { isUrgentAhead } from "./urgent.ts";

/**
 * Most payload octets of one packet that starts at `seq`: as many whole
 * segments of `mss` as an IP length field can tell, where the link can split
 * them; else one. Nor while urgent data is ahead: the pointer is relative to
 * each segment, and splitting copies it.
 */
export function superSegmentOctets(tcb: Tcb, mss: number, seq: Seq): number {
  const { path } = tcb;
  if (!path.segmentationOffload || isUrgentAhead(tcb, seq)) return mss;
  const most = MAX_IP_PACKET - path.ipHeaderLength - TCP_MAX_HEADER_LENGTH;
  return Math.max(most - (most % mss), mss);
}

const MAX_IP_PACKET = 65_535;
