/**
 * Runs the tests: `node scripts/test.mjs [--only FOLDER[,FOLDER]] [PATH FILTER]…`.
 *
 * Each folder of test/ is a stage. The closing line counts what ran: `N passed, N failed`.
 */
import { ensureDependencies } from "./ensure-dependencies.mjs";

ensureDependencies();
const { register } = await import("tsx/esm/api");
register();
await import("./test-runner.ts");
