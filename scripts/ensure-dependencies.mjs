/**
 * Makes sure that `node_modules` holds what `package-lock.json` asks for, so that a fresh clone
 * runs with one command. Plain JavaScript on built-in modules: it runs before anything exists.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const POLL_MS = 200;
const COMPLAINT_LINES = 20;

/** The root of this checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs the dependencies of `directory` unless they are there already. */
export function ensureDependencies(directory = root) {
  if (isInstalled(directory)) return;
  const lock = join(directory, ".npm-ci.lock");
  acquire(lock);
  let complaint = "";
  try {
    // Whoever held the lock before us has very likely done the work.
    if (!isInstalled(directory)) complaint = install(directory);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  if (complaint === "") return;
  process.stderr.write(`netloom: ${complaint}\n`);
  process.exit(1);
}

/**
 * Whether the tree on disk is the tree of the lock file.
 *
 * Times decide in the common case. When the lock file is the newer one its contents are compared,
 * because a branch switch touches the file without changing it, and `npm ci` would pull the
 * modules from under every other process that runs in this checkout.
 */
export function isInstalled(directory) {
  const wanted = join(directory, "package-lock.json");
  const present = join(directory, "node_modules", ".package-lock.json");
  if (!existsSync(present)) return false;
  if (statSync(present).mtimeMs >= statSync(wanted).mtimeMs) return true;
  const have = packagesOf(present);
  return Object.entries(packagesOf(wanted)).every(
    ([path, entry]) =>
      path === "" ||
      (path in have ? have[path].integrity === entry.integrity : entry.optional === true),
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, "utf8")).packages;
}

/** Runs `npm ci`; returns what went wrong, or nothing. */
function install(directory) {
  process.stderr.write("netloom: installing dependencies (npm ci), once\n");
  const args = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
  const { status, error, stdout, stderr } = spawnSync("npm", [...args, "--loglevel=error"], {
    cwd: directory,
    encoding: "utf8",
  });
  if (status === 0) return "";
  // npm ends its complaint with a page about its own options.
  const said = `${stdout ?? ""}${stderr ?? ""}`.split("\n").slice(0, COMPLAINT_LINES).join("\n");
  return error?.message ?? `npm ci ended with status ${status}\n${said}`;
}

/** Takes the lock directory, waiting for a living holder and evicting a dead one. */
function acquire(lock) {
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, "pid"), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
    else sleep(POLL_MS);
  }
}

function isAbandoned(lock) {
  try {
    const age = Date.now() - statSync(lock).mtimeMs;
    const pid = existsSync(join(lock, "pid")) ? Number(readFileSync(join(lock, "pid"))) : 0;
    if (pid === 0) return age > 10_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
