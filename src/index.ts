/** Hosts, their sockets and the devices in memory: `netloom`. Runs in any JavaScript engine. */
export { Host, type HostOptions } from "./api/host.ts";
export type { NetstatRow } from "./api/netstat.ts";
export type { PollOptions } from "./api/poll-call.ts";
export {
  type Accepted,
  type AcceptOptions,
  PromiseSockets,
  type ReceivedMessage,
} from "./api/promise-sockets.ts";
export { type Runtime, webRuntime } from "./api/runtime.ts";
export { type ErrorTarget, SystemError } from "./api/system-error.ts";
export type { WaitOptions } from "./api/waiting-line.ts";
export type { DropReason } from "./base/drop-reason.ts";
export { Errno, type ErrnoName, errnoMessage, errnoName } from "./base/errno.ts";
export { IpAddress } from "./base/ip-address.ts";
export { IpPrefix } from "./base/ip-prefix.ts";
export { MacAddress } from "./base/mac-address.ts";
export type { ConnectionName, Observer } from "./base/observer.ts";
export { type RandomSource, SeededRandom } from "./base/random.ts";
export type { AddressState, IpInterface } from "./ip/interface.ts";
export { type CableOptions, cable } from "./link/cable.ts";
export { Capture, type CaptureDirection, type CaptureSink } from "./link/capture.ts";
export {
  type Device,
  type DeviceOwner,
  type FrameSink,
  FULL_OFFLOAD,
  NO_OFFLOAD,
  type Offload,
} from "./link/device.ts";
export { FaultInjector, type FaultRules } from "./link/fault-injector.ts";
export type { LinkRules } from "./link/link-rules.ts";
export { Loopback, type LoopbackOptions } from "./link/loopback.ts";
export { OffloadEdge } from "./link/offload-edge.ts";
export { EthernetSwitch, type PortOptions, type SwitchOptions } from "./link/switch.ts";
export { htonl, htons, ntohl, ntohs } from "./socket/byte-order.ts";
export * from "./socket/constants.ts";
export { inet_ntop, inet_pton } from "./socket/inet-address.ts";
export type { InfoRecord, Linger, OptionValue, TimeValue } from "./socket/option-table.ts";
export type { PollEntry } from "./socket/process.ts";
export type { FullSocketAddress, SocketAddress } from "./socket/socket-address.ts";
export type { DatagramError } from "./stack/datagram-flow.ts";
export type { InterfaceConfig } from "./stack/interface-config.ts";
export { DEFAULT_TCP_CONFIG, type TcpConfig } from "./tcp/config.ts";
export { PacketBuffer } from "./wire/packet-buffer.ts";
