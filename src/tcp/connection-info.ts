import { pipe } from "./loss-recovery.ts";
import type { RecoveryPhase } from "./recovery-state.ts";
import type { TcpState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { Timer } from "./timer-table.ts";

/** A connection at one moment, for TCP_INFO, `ss` and the live view. Sizes in octets, times in ms. */
export interface TcpInfo {
  state: TcpState;
  congestionControl: string;
  recovery: RecoveryPhase;
  hasTimestamps: boolean;
  hasSack: boolean;
  hasScaling: boolean;
  sndScale: number;
  rcvScale: number;
  rtoMs: number;
  srttMs: number;
  rttvarMs: number;
  minRttMs: number;
  /** Eff.snd.MSS, and what the peer's segments seem to be. */
  sndMss: number;
  rcvMss: number;
  congestionWindow: number;
  ssthresh: number;
  sndWnd: number;
  rcvWnd: number;
  flightOctets: number;
  /** Those believed to be in the network. */
  pipeOctets: number;
  sackedOctets: number;
  lostOctets: number;
  retransmittedOctets: number;
  unsentOctets: number;
  readableOctets: number;
  /** Timeouts in a row, back-offs, unanswered probes. */
  timeouts: number;
  backOffs: number;
  probes: number;
  pathMtu: number;
  lastDataSentAt: number;
  lastHeardAt: number;
}

export function infoOf(tcb: Tcb): TcpInfo {
  const { congestion, rtt, sent } = tcb;
  return {
    state: tcb.state,
    congestionControl: congestion.name,
    recovery: tcb.recovery.phase,
    hasTimestamps: tcb.hasTimestamps,
    hasSack: tcb.hasSack,
    hasScaling: tcb.hasScaling,
    sndScale: tcb.sndScale,
    rcvScale: tcb.rcvScale,
    rtoMs: rtt.rto,
    srttMs: rtt.srtt,
    rttvarMs: rtt.rttvar,
    minRttMs: rtt.minRtt,
    sndMss: tcb.mss,
    rcvMss: tcb.rcvMss,
    congestionWindow: congestion.window,
    ssthresh: congestion.ssthresh,
    sndWnd: tcb.sndWnd,
    rcvWnd: tcb.rcvWnd,
    flightOctets: tcb.flightOctets,
    pipeOctets: pipe(tcb),
    sackedOctets: sent.sackedOctets,
    lostOctets: sent.lostOctets,
    retransmittedOctets: sent.retransmittedOctets,
    unsentOctets: tcb.unsentOctets,
    readableOctets: tcb.receiveBuffer.readable,
    timeouts: tcb.timeouts,
    backOffs: rtt.backOffCount,
    probes: tcb.probesUnanswered,
    pathMtu: tcb.path.mtu,
    lastDataSentAt: tcb.lastDataSentAt,
    lastHeardAt: tcb.keepAlive.lastHeardAt,
  };
}

/** The timer that `netstat -o` shows. */
export interface TimerInfo {
  name: "off" | "on" | "keepalive" | "timewait" | "probe";
  remainingMs: number;
  retransmits: number;
  probes: number;
}

/** `keepAliveAt` is when a keep-alive is due, Infinity for never. */
export function timerInfoOf(tcb: Tcb, keepAliveAt: number, now: number): TimerInfo {
  const { timers } = tcb;
  const retransmits = tcb.timeouts;
  const describe = (name: TimerInfo["name"], at: number, probes: number): TimerInfo => ({
    name,
    remainingMs: Math.max(at - now, 0),
    retransmits,
    probes,
  });
  if (timers.isArmed(Timer.RETRANSMIT)) {
    return describe("on", timers.at(Timer.RETRANSMIT), tcb.probesUnanswered);
  }
  if (timers.isArmed(Timer.REORDERING)) {
    return describe("on", timers.at(Timer.REORDERING), tcb.probesUnanswered);
  }
  if (timers.isArmed(Timer.PERSIST)) {
    return describe("probe", timers.at(Timer.PERSIST), tcb.probesUnanswered);
  }
  if (timers.isArmed(Timer.LINGER)) {
    // Linux shows the wait of an orphan in FIN-WAIT-2 under the same name.
    return describe("timewait", timers.at(Timer.LINGER), 0);
  }
  if (keepAliveAt !== Infinity) return describe("keepalive", keepAliveAt, tcb.keepAlive.probesSent);
  return { name: "off", remainingMs: 0, retransmits: 0, probes: 0 };
}
