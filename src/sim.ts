/** Simulated networks in virtual time, with faults: `netloom/sim`. */
export type { Runtime } from "./api/runtime.ts";
export { type RandomSource, SeededRandom } from "./base/random.ts";
export { type CableOptions, cable } from "./link/cable.ts";
export { FaultInjector, type FaultRules } from "./link/fault-injector.ts";
export type {
  LinkDirection,
  LinkRules,
  LinkStats,
  PacketRule,
  Verdict,
} from "./link/link-rules.ts";
export {
  EthernetSwitch,
  type PortOptions,
  type SwitchOptions,
  type SwitchStats,
} from "./link/switch.ts";
export type {
  SimCableOptions,
  SimPortOptions,
  SimSwitch,
  SimSwitchOptions,
} from "./sim/sim-links.ts";
export {
  type RunLimits,
  type RunReport,
  SimNetwork,
  type SimNetworkOptions,
} from "./sim/sim-network.ts";
