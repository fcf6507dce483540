import { Host } from "../../../src/api/host.ts";
import type { Device } from "../../../src/link/device.ts";
import { openTap } from "../../../src/platform/node/open-tap.ts";
import { createNamespace, type Namespace } from "./namespace.ts";
import type { CleanUps } from "./serving.ts";

/** A Netloom host in this process, with the kernel on the other side of its card. */
export interface TapHost {
  readonly namespace: Namespace;
  readonly host: Host;
  readonly card: Device;
}

/**
 * Moves this process into a namespace of its own and puts a host there:
 * 10.77.0.2 and fd77::2, the kernel being 10.77.0.1 and fd77::1. `around` may
 * put middleware on the card.
 */
export async function startTapHost(
  cleanUps: CleanUps,
  around: (card: Device) => Device = (card) => card,
): Promise<TapHost> {
  const namespace = await createNamespace(cleanUps);
  await namespace.enter();
  const card = await openTap("nl0", { hostAddresses: ["10.77.0.1/24", "fd77::1/64"] });
  const host = new Host();
  cleanUps.after(() => host.close());
  host.addInterface(around(card), { addresses: ["10.77.0.2/24", "fd77::2/64"] });
  await host.ready();
  return { namespace, host, card };
}
