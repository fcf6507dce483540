/** `netloom/tap`: Linux TAP and TUN devices. */
export { DeviceError } from "./platform/node/device-error.ts";
export { openTap, openTun, type TapOptions, type TunOptions } from "./platform/node/open-tap.ts";
export type { TapDevice } from "./platform/node/tap-device.ts";
