/** The two kernels, each with its loopback and one Ethernet link `v0`. */
import { spawnSync } from "node:child_process";
import { cable, Host } from "../../src/index.ts";
import { type CleanUp, createNamespace } from "../interop/support/namespace.ts";
import { loadLibc } from "./linux-libc.ts";
import { LinuxSys } from "./linux-sys.ts";
import { NetloomSys } from "./netloom-sys.ts";
import type { Kernel } from "./suite.ts";

/** Addresses of `v0`, on which nobody else answers. */
export const LINK_ADDRESSES = ["10.77.0.1/24", "fd77::1/64"] as const;

/** A fresh host for each program. */
export function netloomKernel(): Kernel {
  return {
    name: "netloom",
    open: async () => {
      const host = new Host();
      const [device] = cable({ names: ["v0", "v1"] });
      host.addInterface(device, {
        name: "v0",
        addresses: LINK_ADDRESSES,
        conflictDetection: "off",
        duplicateAddressDetection: 0,
      });
      await host.ready();
      return new NetloomSys(host);
    },
  };
}

/** Why the real kernel cannot be asked here, in one line; null when it can. */
export function whyNoLinux(): string | null {
  if (process.platform !== "linux") return "needs Linux";
  if (process.getuid?.() !== 0) return "needs root";
  const mayUnshare = spawnSync("unshare", ["--net", "ip", "link"]).status === 0;
  return mayUnshare ? null : "needs unshare, ip and the right to make a network namespace";
}

/** The kernel of this machine in a network namespace of its own, into which this process moves for good. */
export async function linuxKernel(cleanUp: CleanUp): Promise<Kernel> {
  const namespace = await createNamespace(cleanUp);
  const commands = [
    "link add v0 type veth peer name v1",
    "link set v0 addrgenmode none",
    "link set v1 addrgenmode none",
    "addr add 10.77.0.1/24 brd + dev v0",
    "addr add fd77::1/64 dev v0 nodad",
    "addr add fe80::1/64 dev v0 nodad",
    "link set v1 up",
    "link set v0 up",
  ];
  for (const command of commands) await namespace.output("ip", command.split(" "));
  await namespace.enter();
  const libc = await loadLibc();
  return { name: "linux", open: async () => new LinuxSys(libc) };
}
