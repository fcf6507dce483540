import { MacAddress } from "../base/mac-address.ts";
import type { RandomSource } from "../base/random.ts";
import { type CableOptions, cable } from "../link/cable.ts";
import type { Device } from "../link/device.ts";
import { FaultInjector } from "../link/fault-injector.ts";
import type { LinkRules } from "../link/link-rules.ts";
import {
  EthernetSwitch,
  type PortOptions,
  type SwitchOptions,
  type SwitchStats,
} from "../link/switch.ts";

export interface SimCableOptions extends CableOptions {
  /** What happens to the frames of each direction. `latencyMs` alone keeps super-segments whole, any rule splits them. */
  readonly rules?: LinkRules;
  /** For frames on their way to the first end, the second end, in place of `rules`. */
  readonly toFirst?: LinkRules;
  readonly toSecond?: LinkRules;
}

export type SimSwitchOptions = Omit<SwitchOptions, "random">;

export interface SimPortOptions extends PortOptions {
  /** Of the line between host and switch, each direction by itself. */
  readonly rules?: LinkRules;
  /** For frames from the host to the switch, from the switch to the host, in place of `rules`. */
  readonly up?: LinkRules;
  readonly down?: LinkRules;
}

export interface SimSwitch {
  readonly stats: SwitchStats;
  port(options?: SimPortOptions): FaultInjector;
}

/** The links of a simulated network, and how to cut them. */
export class SimLinks {
  readonly #random: (purpose: string) => RandomSource;
  /** Per device: cuts its link to another one, if they have one. */
  readonly #cuts = new Map<Device, (other: Device) => (() => void) | null>();
  readonly #partitions = new Set<() => void>();
  #count = 0;
  #macs = 0;

  constructor(random: (purpose: string) => RandomSource) {
    this.#random = random;
  }

  cable(options: SimCableOptions): [FaultInjector, FaultInjector] {
    const macs = options.macs ?? ([this.#nextMac(), this.#nextMac()] as const);
    const [first, second] = cable({ ...options, macs });
    // Rules are applied where frames arrive: one event per frame, and none at the sender.
    const a = this.#faulty(first, undefined, options.toFirst ?? options.rules);
    const b = this.#faulty(second, undefined, options.toSecond ?? options.rules);
    const cut = (): (() => void) => {
      const removals = [a.install(() => "drop", "receive"), b.install(() => "drop", "receive")];
      return () => {
        for (const remove of removals) remove();
      };
    };
    this.#cuts.set(a, (other) => (other === b ? cut() : null));
    this.#cuts.set(b, (other) => (other === a ? cut() : null));
    return [a, b];
  }

  switch(options: SimSwitchOptions): SimSwitch {
    const ethernet = new EthernetSwitch(options);
    const ports = new Map<Device, Device>();
    const port = (portOptions: SimPortOptions = {}): FaultInjector => {
      const { rules, up = rules, down = rules } = portOptions;
      const inner = ethernet.port({ ...portOptions, mac: portOptions.mac ?? this.#nextMac() });
      const outer = this.#faulty(inner, up, down);
      ports.set(outer, inner);
      this.#cuts.set(outer, (other) => {
        const otherInner = ports.get(other);
        return otherInner === undefined ? null : ethernet.separate(inner, otherInner);
      });
      return outer;
    };
    return { stats: ethernet.stats, port };
  }

  partition(some: readonly Device[], others: readonly Device[]): () => void {
    const heals = some.flatMap((a) =>
      others.map((b) => (a === b ? null : (this.#cuts.get(a)?.(b) ?? null))),
    );
    if (heals.every((heal) => heal === null)) {
      throw new Error(
        "nothing to cut: no link of this network joins a device of one group to one of the other",
      );
    }
    const heal = (): void => {
      if (!this.#partitions.delete(heal)) return;
      for (const each of heals) each?.();
    };
    this.#partitions.add(heal);
    return heal;
  }

  heal(): void {
    for (const heal of [...this.#partitions]) heal();
  }

  #faulty(
    device: Device,
    transmit: LinkRules | undefined,
    receive: LinkRules | undefined,
  ): FaultInjector {
    const rules = { ...(transmit && { transmit }), ...(receive && { receive }) };
    return new FaultInjector(device, rules, this.#random(`link ${this.#count++}`));
  }

  /** No two cards of a network share an address, however they are joined. */
  #nextMac(): MacAddress {
    return new MacAddress(LOCALLY_ADMINISTERED, ++this.#macs);
  }
}

const LOCALLY_ADMINISTERED = 0x0200;
