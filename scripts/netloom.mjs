/**
 * The command line, straight from the TypeScript sources. It stays one process, so that a signal
 * sent to it reaches the program itself.
 */
import { ensureDependencies } from "./ensure-dependencies.mjs";

const ORPHAN_CHECK_MS = 250;

ensureDependencies();
if (process.env.npm_lifecycle_event !== undefined) endWithParent();
const { register } = await import("tsx/esm/api");
register();
await import("../src/cli/main.ts");

/**
 * npm hands a SIGTERM to the shell that it started us through, and many a shell dies of it without
 * a word to us. Nobody could reach us then, so that counts as our own SIGTERM.
 */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, ORPHAN_CHECK_MS);
  timer.unref();
}
