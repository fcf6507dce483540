/** A folder of test files, and `netloom serve` on it with the kernel as the client. */
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, type CleanUp, createNamespace, type Namespace } from "./namespace.ts";

/** The kernel's side has .1, Netloom has .2. */
export const LINK = "tap:nl0,host=10.77.0.1/24,host=fd77::1/64";
export const ADDRESSES: readonly string[] = [
  "--address",
  "10.77.0.2/24",
  "--address",
  "fd77::2/64",
];

/** Where Netloom serves, by family. */
export const FAMILIES = [
  { family: "IPv4", address: "10.77.0.2", url: "http://10.77.0.2" },
  { family: "IPv6", address: "fd77::2", url: "http://[fd77::2]" },
] as const;

/** Hooks gathered in `before`, where node:test takes none: hand `run` to `after` beside it. */
export class CleanUps implements CleanUp {
  readonly #hooks: (() => Promise<void>)[] = [];

  after(hook: () => Promise<void>): void {
    this.#hooks.push(hook);
  }

  /** The last one first. */
  async run(): Promise<void> {
    for (const hook of this.#hooks.splice(0).reverse()) await hook();
  }
}

export interface Serving {
  readonly namespace: Namespace;
  /** What is served. */
  readonly folder: string;
  /** Where tests may put other files. */
  readonly scratch: string;
  readonly server: Child;
}

/** Folders that go away with the test. */
export function makeFolders(cleanUp: CleanUp): { folder: string; scratch: string } {
  const scratch = mkdtempSync(join(tmpdir(), "netloom-serve-"));
  const folder = mkdtempSync(join(scratch, "www-"));
  cleanUp.after(async () => rmSync(scratch, { recursive: true, force: true }));
  return { folder, scratch };
}

/** Starts the server in a namespace of its own; it is ready when this resolves. */
export async function startServing(
  cleanUp: CleanUp,
  options: readonly string[] = [],
): Promise<Serving> {
  const { folder, scratch } = makeFolders(cleanUp);
  const namespace = await createNamespace(cleanUp);
  const server = namespace.netloom(["serve", folder, "--link", LINK, ...ADDRESSES, ...options]);
  await server.waitForLine(/^serving /);
  return { namespace, folder, scratch, server };
}

/** Writes a file of `octets`, a random piece over and over; its SHA-256. */
export function makeFile(path: string, octets: number): string {
  const piece = randomBytes(Math.min(octets, 16 * 1024 * 1024 + 13));
  const hash = createHash("sha256");
  const fd = openSync(path, "w");
  for (let left = octets; left > 0; left -= piece.length) {
    const part = left < piece.length ? piece.subarray(0, left) : piece;
    writeSync(fd, part);
    hash.update(part);
  }
  closeSync(fd);
  return hash.digest("hex");
}

/** Writes a text file into the served folder. */
export function makeText(serving: Pick<Serving, "folder">, name: string, text: string): void {
  writeFileSync(join(serving.folder, name), text);
}
