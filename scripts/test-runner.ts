/**
 * The test runner behind `npm test`; scripts/test.mjs is its door and explains the arguments.
 *
 * Starting a process and loading the TypeScript transform costs 0.3 s, a test file far less:
 * sixty small files took 19.4 s with a process each and 1.0 s in one process. Hence the folders of
 * quick, pure tests run one process per folder, and everything else one process per file.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { Readable } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath, pathToFileURL } from "node:url";
import { filesUnder, foldersOf } from "./lib/files.ts";
import { missingForInterop } from "./lib/interop-needs.ts";
import { type Counts, closingLine, countEvents, type TestEvent } from "./lib/test-counts.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LOADER = import.meta.resolve("tsx");
const ONE_PROCESS_PER_FOLDER = new Set(["unit", "golden"]);
const MINUTE_MS = 60_000;

interface Stage {
  name: string;
  files: string[];
}

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
const bundles = mkdtempSync(join(tmpdir(), "netloom-test-"));
process.on("exit", () => rmSync(bundles, { recursive: true, force: true }));
// node:test hands these to the processes it starts; there is no other way to pass them in Node 20.
process.execArgv.push("--enable-source-maps", "--import", LOADER);

Readable.from(eventsOf(stagesFrom(process.argv.slice(2))))
  .compose(new spec())
  .on("end", () => {
    if (counts.passed + counts.failed + counts.skipped === 0) console.log("no test matches");
    console.log(closingLine(counts));
    process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  })
  .pipe(process.stdout, { end: false });

function stagesFrom(args: string[]): Stage[] {
  const at = args.indexOf("--only");
  const only = at < 0 ? undefined : new Set(args.splice(at, 2)[1]?.split(","));
  const folders = foldersOf(join(ROOT, "test")).filter((name) => only?.has(name) ?? true);
  // The machine's own network is the last thing to try: what fails before it is cheaper to read.
  folders.sort((a, b) => Number(a === "interop") - Number(b === "interop"));
  return folders
    .map((name) => ({
      name,
      files: filesUnder(join(ROOT, "test", name), ".test.ts").filter(
        (file) => args.length === 0 || args.some((part) => relative(ROOT, file).includes(part)),
      ),
    }))
    .filter((stage) => stage.files.length > 0);
}

async function* eventsOf(stages: Stage[]): AsyncGenerator<TestEvent> {
  for (const stage of stages) {
    const missing = stage.name === "interop" ? missingForInterop() : [];
    if (missing.length > 0) {
      const isSkipped = process.env.CI !== "true";
      console.log(`test/interop ${isSkipped ? "skipped" : "failed"}: needs ${missing.join(", ")}`);
      if (!isSkipped) counts.failed += 1;
      else counts.skipped += stage.files.length;
      continue;
    }
    yield* countEvents(counts, startStage(stage));
  }
}

function startStage({ name, files }: Stage): AsyncIterable<TestEvent> {
  return run({
    files: ONE_PROCESS_PER_FOLDER.has(name) ? bundle(files) : files,
    concurrency: name === "interop" ? 1 : 2,
    timeout: (name === "interop" ? 10 : 2) * MINUTE_MS,
  });
}

/** Writes one entry file per folder. A file that does not even load fails alone, by its name. */
function bundle(files: string[]): string[] {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const folder = relative(ROOT, dirname(file));
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [...folders].map(([folder, members]) => {
    const entry = join(bundles, `${folder.replaceAll(sep, "-")}.mjs`);
    const urls = JSON.stringify(members.map((file) => pathToFileURL(file).href));
    writeFileSync(
      entry,
      `import { test } from "node:test";\nfor (const url of ${urls}) {\n` +
        "  try { await import(url); } catch (error) { test(url, () => { throw error; }); }\n}\n",
    );
    return entry;
  });
}
