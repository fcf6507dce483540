/**
 * Private network namespaces for the tests that have the kernel as a peer.
 *
 * A namespace is held by a shell that waits for the end of its input, which
 * comes when the test process ends, however it ends. Then the shell kills
 * whatever is still inside, so that nothing is left behind.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { missingForInterop } from "../../../scripts/lib/interop-needs.ts";

const NETLOOM = fileURLToPath(new URL("../../../scripts/netloom.mjs", import.meta.url));
/**
 * $1 is the test process. It may have moved inside; it and its direct children
 * (the compiler's, say) are not the shell's to kill while it lives.
 */
const HOLDER = `
  trap '' INT TERM HUP
  ip link set lo up && echo ready && cat > /dev/null
  for path in $(find -L /proc/[0-9]*/ns/net -samefile /proc/self/ns/net 2> /dev/null); do
    pid=\${path#/proc/}; pid=\${pid%%/*}
    [ "$pid" = $$ ] || [ "$pid" = "$1" ] || grep -qsw "PPid:.$1" "/proc/$pid/status" ||
      kill -KILL "$pid" 2> /dev/null
  done`;
const CLONE_NEWNET = 0x40000000;
const DEFAULT_TIMEOUT_MS = 20_000;

/** `after` of node:test, or the test context that has one. */
export interface CleanUp {
  after(hook: () => Promise<void>): void;
}

export interface RunOptions {
  /** The command is killed, and the promise rejects, after this; default 20,000. */
  readonly timeoutMs?: number;
  /** Written to its standard input, which is then closed. */
  readonly input?: string | Uint8Array;
}

export interface RunResult {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Why tests with the kernel cannot run here, in one line, or null. For the
 * `skip` option of a suite. Throws instead where CI=true: there nothing is skipped.
 */
export function requireRootAndTun(): string | null {
  const missing = missingForInterop();
  if (!isInstalled("koffi")) missing.push("koffi");
  if (missing.length === 0) return null;
  const reason = `test/interop needs ${missing.join(", ")}`;
  if (process.env.CI === "true") throw new Error(reason);
  return reason;
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Makes a network namespace with `lo` up; it and all that runs in it ends in the `after` hook. */
export async function createNamespace(cleanUp: CleanUp): Promise<Namespace> {
  const script = ["sh", "-c", HOLDER, "holder", String(process.pid)];
  const holder = new Child(spawn("unshare", ["--net", ...script]));
  await holder.waitForLine(/^ready$/, DEFAULT_TIMEOUT_MS);
  const namespace = new Namespace(holder);
  cleanUp.after(() => namespace.close());
  return namespace;
}

export class Namespace {
  readonly #holder: Child;
  readonly #children = new Set<Child>();

  constructor(holder: Child) {
    this.#holder = holder;
  }

  /** Runs a command inside to its end. */
  async run(
    command: string,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<RunResult> {
    const child = this.spawn(command, args);
    child.end(options.input);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const status = await child.exit(timeoutMs);
    return { status, stdout: child.stdout, stderr: child.stderr };
  }

  /** Runs a command inside that must succeed; gives what it printed. */
  async output(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
    const { status, stdout, stderr } = await this.run(command, args, options);
    if (status === 0) return stdout;
    throw new Error(`${[command, ...args].join(" ")}: status ${status}\n${stderr}`);
  }

  /** Starts a command inside. */
  spawn(command: string, args: readonly string[]): Child {
    const target = ["--target", String(this.#holder.pid), "--net"];
    const child = new Child(spawn("nsenter", [...target, command, ...args]));
    this.#children.add(child);
    return child;
  }

  /** Starts `netloom` with these arguments inside. */
  netloom(args: readonly string[]): Child {
    return this.spawn(process.execPath, [NETLOOM, ...args]);
  }

  /**
   * Moves this process inside, for good: sockets and devices opened from now on
   * belong to the namespace, as do the processes it starts. (Only its main
   * thread moves: `dns.lookup`, which uses another, does not follow.)
   */
  async enter(): Promise<void> {
    const { load, errno } = await import("koffi");
    const setns = load(null).func("int setns(int fd, int type)");
    const fd = openSync(`/proc/${this.#holder.pid}/ns/net`, "r");
    const status = setns(fd, CLONE_NEWNET);
    closeSync(fd);
    if (status !== 0) throw new Error(`setns: errno ${errno()}`);
  }

  /** Ends everything inside, then the namespace. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop()));
    this.#holder.end();
    await this.#holder.exit();
  }
}

/** A process, what it has printed so far, and ways to wait for it. */
export class Child {
  readonly pid: number;
  stdout = "";
  stderr = "";
  readonly #process: ChildProcessWithoutNullStreams;
  /** It is gone; what it started may live on and hold its output open. */
  readonly #exited: Promise<void>;
  /** It is gone and its output complete; its status. */
  readonly #ended: Promise<number | null>;
  #hasEnded = false;
  /** Called when there is more to read, or nothing more to come. */
  readonly #watchers = new Set<() => void>();

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#process = child;
    this.pid = child.pid ?? 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#tellWatchers();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#tellWatchers();
    });
    // One that ends without reading its input is no mistake of the test.
    child.stdin.on("error", () => {});
    this.#exited = new Promise((resolve) => {
      child.on("exit", () => resolve());
      child.on("error", () => resolve());
    });
    this.#ended = new Promise((resolve) => {
      const end = (status: number | null): void => {
        this.#hasEnded = true;
        resolve(status);
        this.#tellWatchers();
      };
      child.on("close", end);
      child.on("error", (error) => {
        this.stderr += error.message;
        end(null);
      });
    });
  }

  /** Writes to its standard input. */
  write(input: string | Uint8Array): void {
    this.#process.stdin.write(input);
  }

  /** Closes its standard input, after `input` if given. */
  end(input?: string | Uint8Array): void {
    if (input === undefined) this.#process.stdin.end();
    else this.#process.stdin.end(input);
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    if (!this.#hasEnded) this.#process.kill(signal);
  }

  /** Waits for a whole line of stdout or stderr, printed before or after the call, that matches. */
  waitForLine(pattern: RegExp, timeoutMs: number = DEFAULT_TIMEOUT_MS): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const fail = (why: string): void =>
        finish(() => reject(new Error(`no line ${pattern}: ${why}\n${this.stdout}${this.stderr}`)));
      const look = (): void => {
        const match = lineIn(this.stdout, pattern) ?? lineIn(this.stderr, pattern);
        if (match !== null) finish(() => resolve(match));
        else if (this.#hasEnded) fail("the process has ended");
      };
      const timer = setTimeout(() => fail(`not within ${timeoutMs} ms`), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** Waits until it ends; its status, or null when a signal ended it. Kills it and rejects when time is up. */
  async exit(timeoutMs: number = DEFAULT_TIMEOUT_MS): Promise<number | null> {
    const isOver = await within(this.#ended, timeoutMs);
    if (isOver) return this.#ended;
    this.kill("SIGKILL");
    const command = this.#process.spawnargs.join(" ");
    throw new Error(`not over within ${timeoutMs} ms: ${command}\n${this.stdout}${this.stderr}`);
  }

  /** Asks it to end, and makes it end after `patienceMs`. */
  async stop(patienceMs = 2000): Promise<void> {
    this.kill("SIGTERM");
    if (await within(this.#exited, patienceMs)) return;
    this.kill("SIGKILL");
    await this.#exited;
  }

  #tellWatchers(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Whether `promise` settles in time. */
async function within(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  const isInTime = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return isInTime;
}

/** The first line that ends in a line feed and matches. */
function lineIn(text: string, pattern: RegExp): RegExpMatchArray | null {
  for (const line of text.split("\n").slice(0, -1)) {
    const match = line.match(pattern);
    if (match !== null) return match;
  }
  return null;
}
