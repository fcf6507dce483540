import type { Counters } from "../base/counters.ts";
import type { DropReason } from "../base/drop-reason.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import { type RandomSource, randomBetween } from "../base/random.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import { Neighbor, type NeighborState } from "./neighbor.ts";
import type { NeighborConfig } from "./neighbor-config.ts";
import { NeighborTable } from "./neighbor-table.ts";

/** What the cache asks of the link around it. */
export interface NeighborOwner {
  /** Sends a solicitation: to the neighbour itself when `unicast`, else to all who may be it. */
  solicit(neighbor: Neighbor, unicast: boolean, now: number): void;
  /** Sends a packet that waited. Borrowed. */
  sendQueued(packet: PacketBuffer, mac: MacAddress, now: number): void;
  /** Resolution failed for a packet that waited. Borrowed. */
  onUnresolved(packet: PacketBuffer, now: number): void;
  /** A neighbour has been found to live, or not to. */
  onReachability(address: IpAddress, reachable: boolean, now: number): void;
  /** A neighbour that was a router says that it is none any more (RFC 4861 §7.2.5). */
  onRouterLost(address: IpAddress, now: number): void;
}

/** What a neighbour said of itself in answer to a solicitation, or unasked (RFC 4861 §7.2.5). */
export interface Advertisement {
  /** Null when the message had none. */
  readonly mac: MacAddress | null;
  readonly solicited: boolean;
  readonly override: boolean;
  /** Undefined when the protocol does not say: ARP. */
  readonly isRouter?: boolean;
}

/**
 * The neighbours of one link, for ARP and Neighbor Discovery alike: who has
 * which link address, and whether they still answer (RFC 4861 §7.3). IPv4
 * gains unreachability detection from it, which RFC 1122 §2.3.2.1 asks for.
 *
 * Bounded in every direction: a scan of a subnet fills a limited number of
 * unresolved entries, and neighbours in use are the last to go.
 */
export class NeighborCache {
  config: NeighborConfig;
  readonly #counters: Counters;
  readonly #interfaceName: string;
  readonly #random: RandomSource;
  readonly #owner: NeighborOwner;
  readonly #table: NeighborTable;
  /** Those with a deadline to act on. */
  readonly #timed = new Set<Neighbor>();
  #queuedOctets = 0;
  #reachableTimeMs = 0;

  constructor(options: {
    config: NeighborConfig;
    counters: Counters;
    interfaceName: string;
    random: RandomSource;
    owner: NeighborOwner;
  }) {
    this.config = options.config;
    this.#counters = options.counters;
    this.#interfaceName = options.interfaceName;
    this.#random = options.random;
    this.#owner = options.owner;
    this.#table = new NeighborTable(options.random.int32());
    this.#drawReachableTime();
  }

  get size(): number {
    return this.#table.size;
  }

  neighbors(): Iterable<Neighbor> {
    return this.#table.values();
  }

  find(address: IpAddress): Neighbor | null {
    return this.#table.find(address);
  }

  /** How long a confirmation holds is drawn at random, so that hosts do not keep step (RFC 4861 §6.3.2). */
  #drawReachableTime(): void {
    const { reachableTimeMs } = this.config;
    this.#reachableTimeMs = randomBetween(
      this.#random,
      0.5 * reachableTimeMs,
      1.5 * reachableTimeMs,
    );
  }

  /** Times that a router advertised (RFC 4861 §6.3.4); 0 = it does not say. */
  setTimes(reachableTimeMs: number, retransTimerMs: number): void {
    const { config } = this;
    const isNew = reachableTimeMs !== 0 && reachableTimeMs !== config.reachableTimeMs;
    this.config = {
      ...config,
      reachableTimeMs: Math.min(reachableTimeMs || config.reachableTimeMs, MAX_REACHABLE_TIME_MS),
      retransTimerMs: Math.max(retransTimerMs || config.retransTimerMs, MIN_RETRANS_TIMER_MS),
    };
    if (isNew) this.#drawReachableTime();
  }

  /**
   * The link address to send a packet for `address` to, or null: then a copy of
   * the packet waits for it, or was dropped.
   */
  resolve(address: IpAddress, packet: PacketBuffer, now: number): MacAddress | null {
    const neighbor = this.#table.find(address) ?? this.#create(address, now);
    neighbor.usedAt = now;
    if (neighbor.state === "reachable") {
      if (now < neighbor.deadline) return neighbor.mac;
      this.#setState(neighbor, "stale");
    }
    if (neighbor.state === "stale")
      this.#wait(neighbor, "delay", now + this.config.delayFirstProbeMs);
    if (neighbor.mac !== null) return neighbor.mac;
    this.#enqueue(neighbor, packet);
    if (neighbor.deadline === Infinity) this.#solicit(neighbor, now);
    return null;
  }

  /** An entry that never changes of itself. */
  setPermanent(address: IpAddress, mac: MacAddress, now: number): void {
    const neighbor = this.#table.find(address) ?? this.#create(address, now);
    this.#settle(neighbor, mac, "permanent", now);
  }

  /** A neighbour spoke first and told its address: noted, not proven (RFC 4861 §7.2.3, RFC 826). */
  learn(address: IpAddress, mac: MacAddress, now: number): Neighbor | null {
    const neighbor = this.#table.find(address) ?? this.#create(address, now);
    this.refresh(address, mac, now);
    return neighbor;
  }

  /** The same for a neighbour that is known already; others are not remembered. */
  refresh(address: IpAddress, mac: MacAddress, now: number): void {
    const neighbor = this.#table.find(address);
    if (neighbor === null || neighbor.state === "permanent") return;
    neighbor.usedAt = now;
    if (neighbor.mac?.equals(mac) === true) return;
    this.#settle(neighbor, mac, "stale", now);
  }

  /** RFC 4861 §7.2.5. Creates no entry. False when nothing was waiting for it. */
  advertise(address: IpAddress, message: Advertisement, now: number): boolean {
    const neighbor = this.#table.find(address);
    if (neighbor === null) return false;
    if (neighbor.state === "permanent") return true;
    const { mac, solicited, override, isRouter } = message;
    if (neighbor.state === "incomplete") {
      if (mac === null) return false;
      neighbor.isRouter = isRouter ?? false;
      this.#settle(neighbor, mac, solicited ? "reachable" : "stale", now);
      return true;
    }
    const isOther = mac !== null && neighbor.mac?.equals(mac) !== true;
    if (isOther && !override) {
      // Somebody else claims to be it: trust neither until it is asked again.
      if (neighbor.state === "reachable") this.#setState(neighbor, "stale");
      return true;
    }
    const wasRouter = neighbor.isRouter;
    neighbor.isRouter = isRouter ?? wasRouter;
    const link = mac ?? neighbor.mac;
    if (link !== null && (solicited || isOther)) {
      this.#settle(neighbor, link, solicited ? "reachable" : "stale", now);
    }
    if (wasRouter && !neighbor.isRouter) this.#owner.onRouterLost(address, now);
    return true;
  }

  /** Upper layers know that packets arrive there (RFC 4861 §7.3.1). */
  confirm(address: IpAddress, now: number): void {
    const neighbor = this.#table.find(address);
    if (neighbor === null || neighbor.mac === null || neighbor.state === "permanent") return;
    neighbor.isConfirmed = true;
    if (neighbor.state !== "reachable") this.#setState(neighbor, "reachable");
    neighbor.deadline = now + this.#reachableTimeMs;
    neighbor.usedAt = now;
  }

  /** Upper layers doubt that packets arrive: the neighbour is asked at once. */
  suspect(address: IpAddress, now: number): void {
    const neighbor = this.#table.find(address);
    if (neighbor === null) return;
    if (
      neighbor.state === "reachable" ||
      neighbor.state === "stale" ||
      neighbor.state === "delay"
    ) {
      this.#probe(neighbor, now);
    }
  }

  /** Forgets everybody but the permanent; what waits for them is lost. */
  flush(now: number): void {
    for (const neighbor of [...this.#table.values()]) {
      if (neighbor.state !== "permanent") this.#fail(neighbor, now);
    }
  }

  handleTimeout(now: number): void {
    for (const neighbor of this.#timed) {
      if (neighbor.deadline > now) continue;
      if (neighbor.state === "delay") this.#probe(neighbor, now);
      else this.#solicitAgain(neighbor, now);
    }
  }

  pollTimeout(): number {
    let first = Infinity;
    for (const { deadline } of this.#timed) if (deadline < first) first = deadline;
    return first;
  }

  #solicitAgain(neighbor: Neighbor, now: number): void {
    const { maxMulticastSolicit, maxUnicastSolicit } = this.config;
    const limit = neighbor.state === "probe" ? maxUnicastSolicit : maxMulticastSolicit;
    if (neighbor.solicitations < limit) return this.#solicit(neighbor, now);
    this.#owner.onReachability(neighbor.address, false, now);
    this.#fail(neighbor, now);
  }

  #probe(neighbor: Neighbor, now: number): void {
    neighbor.solicitations = 0;
    this.#wait(neighbor, "probe", now);
    this.#solicit(neighbor, now);
  }

  /** No neighbour is asked more than once in `retransTimerMs` (RFC 4861 §7.3.3, RFC 1122 §2.3.2.1). */
  #solicit(neighbor: Neighbor, now: number): void {
    const earliest = neighbor.lastSolicitedAt + this.config.retransTimerMs;
    this.#timed.add(neighbor);
    if (now < earliest) {
      neighbor.deadline = earliest;
      return;
    }
    neighbor.solicitations++;
    neighbor.lastSolicitedAt = now;
    neighbor.deadline = now + this.config.retransTimerMs;
    this.#owner.solicit(neighbor, neighbor.state === "probe", now);
  }

  #create(address: IpAddress, now: number): Neighbor {
    this.#makeRoom();
    const neighbor = new Neighbor(address, now);
    this.#table.add(neighbor);
    return neighbor;
  }

  /** Takes a link address over and sends what waited for it. */
  #settle(neighbor: Neighbor, mac: MacAddress, state: NeighborState, now: number): void {
    neighbor.mac = mac;
    neighbor.usedAt = now;
    neighbor.isConfirmed = state === "reachable";
    this.#setState(neighbor, state);
    if (state === "reachable") {
      this.#drawReachableTime();
      neighbor.deadline = now + this.#reachableTimeMs;
      this.#owner.onReachability(neighbor.address, true, now);
    }
    if (neighbor.queue.length === 0) return;
    const waiting = this.#takeQueue(neighbor);
    // What is sent to a stale neighbour starts its delay, as any packet does.
    if (neighbor.state === "stale")
      this.#wait(neighbor, "delay", now + this.config.delayFirstProbeMs);
    for (const packet of waiting) this.#owner.sendQueued(packet, mac, now);
  }

  #wait(neighbor: Neighbor, state: "delay" | "probe", deadline: number): void {
    this.#setState(neighbor, state);
    neighbor.deadline = deadline;
    this.#timed.add(neighbor);
  }

  #setState(neighbor: Neighbor, state: NeighborState): void {
    this.#timed.delete(neighbor);
    neighbor.deadline = Infinity;
    if (state === neighbor.state) return;
    const from = neighbor.state;
    neighbor.state = state;
    this.#counters.observer?.neighbor?.(neighbor.address, this.#interfaceName, from, state);
  }

  /** The neighbour is gone: what waited for it is returned, the entry removed (RFC 4861 §7.2.2, §7.3.3). */
  #fail(neighbor: Neighbor, now: number): void {
    this.#remove(neighbor);
    for (const packet of this.#takeQueue(neighbor)) {
      this.#drop("neighbor-unreachable");
      this.#owner.onUnresolved(packet, now);
    }
  }

  #remove(neighbor: Neighbor): void {
    this.#timed.delete(neighbor);
    this.#table.remove(neighbor);
    const { observer } = this.#counters;
    observer?.neighbor?.(neighbor.address, this.#interfaceName, neighbor.state, "none");
  }

  /**
   * Unresolved entries yield to each other. Of the rest those go first that
   * have never answered, which is what strangers can make us remember; then
   * the least recently used.
   */
  #makeRoom(): void {
    const isTableFull = this.#table.size >= this.config.maxEntries;
    if (!isTableFull && this.#timed.size < this.config.maxIncomplete) return;
    let incomplete = 0;
    let oldestIncomplete: Neighbor | null = null;
    let oldest: Neighbor | null = null;
    for (const neighbor of this.#table.values()) {
      if (neighbor.state === "permanent") continue;
      if (neighbor.state === "incomplete") {
        incomplete++;
        oldestIncomplete = olderOf(neighbor, oldestIncomplete);
      } else if (oldest === null || isRatherEvicted(neighbor, oldest)) {
        oldest = neighbor;
      }
    }
    const isScanned = incomplete >= this.config.maxIncomplete;
    if (!isTableFull && !isScanned) return;
    const isSparable = oldest !== null && !oldest.isConfirmed;
    const victim = isScanned || !isSparable ? (oldestIncomplete ?? oldest) : oldest;
    if (victim === null) return;
    this.#drop("neighbor-table-full");
    this.#remove(victim);
    this.#takeQueue(victim);
  }

  /** Copies the packet; the oldest makes room for it (RFC 4861 §7.2.2). */
  #enqueue(neighbor: Neighbor, packet: PacketBuffer): void {
    const { maxQueuedPackets, maxQueuedOctets, maxTotalOctets } = this.config;
    const octets = packet.end;
    const isFull = (): boolean =>
      neighbor.queue.length >= maxQueuedPackets || neighbor.queuedOctets + octets > maxQueuedOctets;
    while (neighbor.queue.length > 0 && isFull()) {
      const [oldest] = neighbor.queue.splice(0, 1);
      this.#forget(neighbor, oldest?.bytes.length ?? 0);
      this.#drop("neighbor-queue-full");
    }
    if (this.#queuedOctets + octets > maxTotalOctets) return this.#drop("neighbor-queue-full");
    const copy = new PacketBuffer(octets);
    copy.copyFrom(packet);
    neighbor.queue.push(copy);
    neighbor.queuedOctets += octets;
    this.#queuedOctets += octets;
  }

  #takeQueue(neighbor: Neighbor): PacketBuffer[] {
    this.#forget(neighbor, neighbor.queuedOctets);
    return neighbor.queue.splice(0);
  }

  #forget(neighbor: Neighbor, octets: number): void {
    neighbor.queuedOctets -= octets;
    this.#queuedOctets -= octets;
  }

  #drop(reason: DropReason): void {
    this.#counters.drop(reason, this.#interfaceName);
  }
}

/** An hour, the most a router may advertise (RFC 4861 §6.2.1). */
const MAX_REACHABLE_TIME_MS = 3_600_000;
/** A forged advertisement must not turn solicitations into a flood. */
const MIN_RETRANS_TIMER_MS = 100;

function olderOf(a: Neighbor, b: Neighbor | null): Neighbor {
  return b === null || a.usedAt < b.usedAt ? a : b;
}

/** Whether `a` goes before `b`. */
function isRatherEvicted(a: Neighbor, b: Neighbor): boolean {
  return a.isConfirmed === b.isConfirmed ? a.usedAt < b.usedAt : b.isConfirmed;
}
