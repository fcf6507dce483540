import { seqGt } from "../base/seq.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { isAcceptable, isOldTimestamp } from "./acceptability.ts";
import { enterTimeWait, finish } from "./closing.ts";
import { challenge } from "./reset.ts";
import type { Segment } from "./segment.ts";
import type { Tcb } from "./tcb.ts";
import { mayReopen, nextInTimeWait, type TimeWaitAction } from "./time-wait.ts";

/** A segment arrives in TIME-WAIT. Whether a SYN opens anew was asked before, with `isReopening`. */
export function arriveInTimeWait(tcb: Tcb, segment: Segment, now: number): void {
  if (!segment.has(TcpFlag.ACK | TcpFlag.SYN | TcpFlag.RST)) {
    tcb.counters.drop("tcp-no-ack");
    return;
  }
  switch (judge(tcb, segment, now)) {
    case "ignore":
      tcb.counters.drop("tcp-time-wait");
      if (segment.has(TcpFlag.ACK) && seqGt(segment.ack, tcb.sndNxt)) challenge(tcb, now);
      break;
    case "close":
      // BLIND-2 and BLIND-3 hold here too.
      if (segment.seq === tcb.rcvNxt) finish(tcb, "receive RST");
      else challenge(tcb, now);
      break;
    case "restart":
      enterTimeWait(tcb, now);
      challenge(tcb, now);
      break;
    case "reopen":
    case "acknowledge":
      tcb.counters.drop("tcp-time-wait");
      challenge(tcb, now);
      break;
  }
}

/** Whether this SYN may take the place of the connection in TIME-WAIT (MAY-2, RFC 6191, RFC 1122 §4.2.2.13). */
export function isReopening(tcb: Tcb, segment: Segment, now: number): boolean {
  return judge(tcb, segment, now) === "reopen";
}

function judge(tcb: Tcb, segment: Segment, now: number): TimeWaitAction {
  const outdated =
    tcb.hasTimestamps &&
    segment.tsPresent &&
    isOldTimestamp(segment.tsVal, tcb.tsRecent, now - tcb.tsRecentAt);
  const state = { rcvNxt: tcb.rcvNxt, timestamps: tcb.hasTimestamps, tsRecent: tcb.tsRecent };
  const arrived = {
    syn: segment.has(TcpFlag.SYN),
    ack: segment.has(TcpFlag.ACK),
    rst: segment.has(TcpFlag.RST),
    fin: segment.has(TcpFlag.FIN),
    acceptable: isAcceptable(segment.seq, segment.length, tcb.rcvNxt, tcb.rcvWnd),
    outdated,
    length: segment.length,
    reopens: mayReopen(state, segment),
  };
  return nextInTimeWait(arrived, tcb.config.ignoreTimeWaitReset);
}
