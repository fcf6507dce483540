import { failByTimeout, finish } from "./closing.ts";
import { keepAliveDeadline, nextKeepAlive } from "./keep-alive.ts";
import { enterLossRecovery, onReorderingTimeout } from "./loss-recovery.ts";
import { isPersistHopeless, persistDeadline } from "./persist.ts";
import { giveUpAfterMs } from "./retransmit-limit.ts";
import { TcpState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { Timer } from "./timer-table.ts";
import { isSynchronized } from "./transition.ts";

/** When something is next to be done, ms; Infinity when nothing is. */
export function nextTimeout(tcb: Tcb): number {
  const next = Math.min(tcb.timers.next, tcb.delayedAck.deadline);
  return tcb.settings.keepAlive ? Math.min(next, nextKeepAliveAt(tcb)) : next;
}

/** Does what is due. However late the call, each timer acts once and starts anew from `now`. */
export function expireTimers(tcb: Tcb, now: number): void {
  const { timers } = tcb;
  if (timers.isExpired(Timer.LINGER, now)) {
    finish(tcb, "timeout");
    return;
  }
  if (timers.isExpired(Timer.REORDERING, now)) onReorderingTimeout(tcb, now);
  if (timers.isExpired(Timer.RETRANSMIT, now)) onRetransmitTimeout(tcb, now);
  if (timers.isExpired(Timer.PERSIST, now)) onPersistTimeout(tcb, now);
  if (tcb.delayedAck.deadline <= now) {
    // A full device may hold the ACK back: a deadline left in the past would wake the host for ever.
    tcb.delayedAck.onExpired();
    tcb.ackNow = true;
    tcb.mayHaveOutput = true;
  }
  if (tcb.settings.keepAlive && nextKeepAliveAt(tcb) <= now) onKeepAliveTimeout(tcb, now);
}

/** RFC 6298 §5.4 to 5.6, and the limits R1 and R2 (MUST-20). */
function onRetransmitTimeout(tcb: Tcb, now: number): void {
  tcb.timers.stop(Timer.RETRANSMIT);
  if (!tcb.isSynAcked) {
    onSynTimeout(tcb, now);
    return;
  }
  if (tcb.sent.count === 0) return;
  // A window that was shrunk over what is in flight: retransmissions are probes then, and count
  // against nothing while the peer answers (SHLD-17).
  const silenceMs = now - tcb.keepAlive.lastHeardAt;
  const isProbing = tcb.sndWnd === 0 && silenceMs < 2 * tcb.config.maxRtoMs;
  if (!isProbing) {
    if (isGivenUp(tcb, now)) {
      failByTimeout(tcb);
      return;
    }
    if (tcb.timeouts === 0) tcb.stalledSince = now;
    tcb.timeouts++;
    if (tcb.timeouts > tcb.config.retries1) tcb.path.advise();
  }
  enterLossRecovery(tcb, now);
  startBackedOff(tcb, now);
}

/** MUST-22: a SYN or SYN,ACK has a number of retries instead. */
function onSynTimeout(tcb: Tcb, now: number): void {
  const { config, settings } = tcb;
  const retries = tcb.isPassive ? config.synAckRetries : settings.synRetries;
  const isLate = settings.userTimeoutMs > 0 && now - tcb.synSentAt >= settings.userTimeoutMs;
  if (tcb.timeouts >= retries || isLate) {
    if (tcb.isPassive) finish(tcb, "timeout");
    else failByTimeout(tcb);
    return;
  }
  tcb.timeouts++;
  tcb.synPending = true;
  startBackedOff(tcb, now);
}

/** RTO-14, RTO-15. A user timeout is not overslept. */
function startBackedOff(tcb: Tcb, now: number): void {
  tcb.rtt.backOff();
  let delay = tcb.rtt.rto;
  const { userTimeoutMs } = tcb.settings;
  if (userTimeoutMs > 0) {
    const since = tcb.isSynAcked ? tcb.stalledSince : tcb.synSentAt;
    delay = Math.min(delay, Math.max(since + userTimeoutMs - now, 1));
  }
  tcb.timers.set(Timer.RETRANSMIT, now + delay);
  tcb.mayHaveOutput = true;
}

function isGivenUp(tcb: Tcb, now: number): boolean {
  if (tcb.timeouts === 0) return false;
  const { config, settings } = tcb;
  const retries = tcb.isOrphan ? ORPHAN_RETRIES : config.retries2;
  const limit =
    settings.userTimeoutMs > 0 ? settings.userTimeoutMs : giveUpAfterMs(config, retries);
  return now - tcb.stalledSince >= limit;
}

/** A probe, or what silly-window avoidance held back (SWS-4). */
function onPersistTimeout(tcb: Tcb, now: number): void {
  tcb.timers.stop(Timer.PERSIST);
  if (tcb.flightOctets > 0) return;
  tcb.mayHaveOutput = true;
  if (tcb.usableWindow > 0) {
    tcb.isOverridden = true;
    return;
  }
  const { config, settings, keepAlive } = tcb;
  const hopeless = isPersistHopeless(
    tcb.probesUnanswered,
    tcb.isOrphan ? ORPHAN_RETRIES : config.retries2,
    settings.userTimeoutMs,
    keepAlive.lastHeardAt,
    now,
  );
  // A peer that keeps the window of an orphan closed holds our memory for nobody (sockstress).
  if (hopeless || (tcb.isOrphan && tcb.probesSent >= ORPHAN_RETRIES)) {
    failByTimeout(tcb);
    return;
  }
  tcb.probePending = true;
  tcb.probesSent++;
  tcb.probesUnanswered++;
  const next = persistDeadline(now, tcb.rtt.baseRto, tcb.probesSent, config.maxRtoMs);
  tcb.timers.set(Timer.PERSIST, next);
}

/** When a keep-alive probe is due; Infinity for never. MUST-26: only while nothing is outstanding, and nothing waits. */
export function nextKeepAliveAt(tcb: Tcb): number {
  if (!isSynchronized(tcb.state) || tcb.state === TcpState.TIME_WAIT) return Infinity;
  if (tcb.flightOctets > 0 || tcb.unsentOctets > 0) return Infinity;
  return keepAliveDeadline(tcb.settings, tcb.keepAlive);
}

function onKeepAliveTimeout(tcb: Tcb, now: number): void {
  const { keepAlive } = tcb;
  switch (nextKeepAlive(tcb.settings, keepAlive, now)) {
    case "probe":
      keepAlive.probesSent++;
      keepAlive.lastProbeAt = now;
      tcb.probePending = true;
      tcb.mayHaveOutput = true;
      break;
    case "give-up":
      failByTimeout(tcb);
      break;
    case "wait":
      break;
  }
}

/** Linux's tcp_orphan_retries: a connection that nobody owns is given up sooner. */
const ORPHAN_RETRIES = 8;
