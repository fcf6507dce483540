import { Host } from "../api/host.ts";
import { webRuntime } from "../api/runtime.ts";
import { SystemError } from "../api/system-error.ts";
import { MacAddress } from "../base/mac-address.ts";
import { SeededRandom } from "../base/random.ts";
import type { Device } from "../link/device.ts";
import { FaultInjector } from "../link/fault-injector.ts";
import { ReceiveCoalescing } from "../link/receive-coalescing.ts";
import type { ControlServer } from "../platform/node/control-server.ts";
import type { LinkFaults, LinkSpec } from "../platform/node/link-spec.ts";
import { openTap, openTun } from "../platform/node/open-tap.ts";
import { CommandError } from "./command-error.ts";
import { FrameFeed } from "./frame-feed.ts";
import { serveControl } from "./host-control.ts";
import { raceAbort } from "./interrupt.ts";
import type { HostPlan, LinkPlan } from "./link-options.ts";
import { PcapFile } from "./pcap-file.ts";

/** A host as the options describe it, with its network cards, its capture file and its control socket. */
export class AttachedHost {
  readonly host: Host;
  /** One per link, in the order given. */
  readonly feeds: readonly FrameFeed[];
  readonly #pcap: PcapFile | null;
  #control: ControlServer | null = null;

  private constructor(host: Host, feeds: readonly FrameFeed[], pcap: PcapFile | null) {
    this.host = host;
    this.feeds = feeds;
    this.#pcap = pcap;
  }

  /**
   * Opens everything, or nothing.
   *
   * @throws CommandError, DeviceError
   */
  static async open(plan: HostPlan): Promise<AttachedHost> {
    if (plan.pcap === "-") throw new CommandError("--pcap needs a file; standard output has text");
    const pcap = plan.pcap === undefined ? null : new PcapFile(plan.pcap);
    const host = new Host({ name: plan.name, runtime: webRuntime() });
    const feeds: FrameFeed[] = [];
    const attached = new AttachedHost(host, feeds, pcap);
    try {
      for (const link of plan.links) {
        const feed = new FrameFeed(await openLink(link));
        feeds.push(feed);
        if (pcap !== null) feed.listen(pcap.sinkFor(feed));
        addInterface(host, feed.device, link);
      }
      if (plan.control !== undefined) {
        attached.#control = await serveControl(plan.control, host, feeds);
      }
      return attached;
    } catch (error) {
      await attached.close(0);
      throw error;
    }
  }

  /** Every address can be used. @throws CommandError when another host has one of them. */
  async ready(signal?: AbortSignal): Promise<void> {
    try {
      await raceAbort(this.host.ready(), signal);
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== "EADDRINUSE") throw error;
      const message = `another host on the link has the address ${error.address}; choose another one`;
      throw new CommandError(message, 1);
    }
  }

  /** Ends connections with FIN, waits for that up to `timeoutMs`, gives everything back. Idempotent. */
  async close(timeoutMs?: number): Promise<void> {
    await this.#control?.close();
    await this.host.close(timeoutMs);
    // The host closes the cards it has; one that it refused is still ours.
    for (const { device } of this.feeds) device.close();
    this.#pcap?.close();
  }
}

async function openLink({ spec, mac, mtu }: LinkPlan): Promise<Device> {
  const { name, hostAddresses, offload, faults } = spec;
  const ownMac = mac === undefined ? null : MacAddress.parse(mac);
  const options = {
    hostAddresses,
    offload,
    ...mtuOption(spec, mtu),
    ...(ownMac === null ? {} : { macAddress: ownMac }),
  };
  const card = spec.kind === "tap" ? await openTap(name, options) : await openTun(name, options);
  const device = card.offload.segmentation ? card : new ReceiveCoalescing(card);
  return faults === undefined ? device : injectFaults(device, faults);
}

function mtuOption(
  spec: LinkSpec,
  mtu: number | undefined,
): { mtu: number } | Record<never, never> {
  const wanted = mtu ?? spec.mtu;
  return wanted === undefined ? {} : { mtu: wanted };
}

function injectFaults(device: Device, faults: LinkFaults): Device {
  const random = faults.seed === undefined ? webRuntime().random : new SeededRandom(faults.seed);
  const rules = {
    loss: faults.loss,
    corruption: faults.corrupt,
    duplication: faults.duplicate,
    reordering: faults.reorder,
    delayMs: faults.delayMs,
    jitterMs: faults.jitterMs,
    ...(faults.rateBitsPerSecond === undefined ? {} : { bitsPerSecond: faults.rateBitsPerSecond }),
    ...(faults.queuePackets === undefined ? {} : { queuePackets: faults.queuePackets }),
  };
  return new FaultInjector(device, { both: rules }, random);
}

function addInterface(host: Host, device: Device, plan: LinkPlan): void {
  const { addresses, gateways: gateway, slaac } = plan;
  try {
    host.addInterface(device, { addresses, gateway, slaac });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const all = addresses.join(" ");
    const why =
      error.code === "EEXIST"
        ? `--link ${device.name} is given twice; give each link a name of its own`
        : `--address ${all} cannot be used with MTU ${device.mtu}; IPv6 needs 1280, no address may be a group`;
    throw new CommandError(why);
  }
}
