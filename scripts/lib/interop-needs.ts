/** What test/interop needs from the machine: the kernel as a peer, and the tools that drive it. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const TOOLS = ["unshare", "ip", "curl", "ping", "nc", "tshark"];

/** Names everything that is absent; empty when the tests can run. */
export function missingForInterop(): string[] {
  const missing = TOOLS.filter((tool) => !isOnPath(tool));
  if (process.getuid?.() !== 0) missing.push("root");
  if (!existsSync("/dev/net/tun")) missing.push("/dev/net/tun");
  // A container may hide the right to make a network namespace even from root.
  if (missing.length === 0 && spawnSync("unshare", ["--net", "true"]).status !== 0)
    missing.push("the right to unshare the network");
  // The traditional netcat answers to the same name and takes other flags.
  if (!missing.includes("nc") && !spawnSync("nc", ["-h"]).stderr.includes("OpenBSD"))
    missing.push("nc (OpenBSD's)");
  return missing;
}

function isOnPath(tool: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
