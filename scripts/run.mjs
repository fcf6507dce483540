/**
 * Runs a TypeScript program of this folder in a checkout that may be fresh:
 * `node scripts/run.mjs check-layers [ARGUMENT]…`. Without a name it only installs what is missing.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureDependencies, root } from "./ensure-dependencies.mjs";

ensureDependencies();
const name = process.argv[2];
if (name !== undefined) {
  const program = join(root, "scripts", `${name}.ts`);
  process.argv.splice(1, 2, program);
  const { register } = await import("tsx/esm/api");
  register();
  await import(pathToFileURL(program).href);
}
