/**
 * The command line, straight from the TypeScript sources. It stays one process, so that a signal
 * sent to it reaches the program itself.
 */
import { ensureDependencies } from "./ensure-dependencies.mjs";

ensureDependencies();
const { register } = await import("tsx/esm/api");
register();
await import("../src/cli/main.ts");
