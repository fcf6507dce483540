/** This checkout, and its development tools run as a developer runs them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CHECKOUT: string = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a script of a package in node_modules; `output` holds both streams. */
export function runTool(
  script: string,
  args: readonly string[],
  cwd: string = CHECKOUT,
): { status: number | null; output: string } {
  const path = join(CHECKOUT, "node_modules", script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    cwd,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}
