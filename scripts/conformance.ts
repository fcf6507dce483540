/**
 * Requirement → tests: `npm run conformance -- [LIST]… [--requirements DIR]`.
 *
 * Prints each row of the lists with the tests that cite it, and how many rows have none.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type Citation,
  listsIn,
  type Requirement,
  readCitations,
  readRequirements,
} from "./lib/requirements.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { requirements: { type: "string" } },
});
const directory = values.requirements ?? findLists();
const known = listsIn(directory);
const unknown = positionals.filter((list) => !known.includes(list));
if (unknown.length > 0) refuse(`no list ${unknown.join(", ")}; there are ${known.join(", ")}`);

const citations = readCitations(ROOT);
const lists = positionals.length > 0 ? positionals : known;
const read = new Map(lists.map((list) => [list, readRequirements(directory, list)]));
for (const [list, requirements] of read) printTable(list, requirements);
printUnknown();

function findLists(): string {
  const places = [join(ROOT, "../shared/requirements"), join(ROOT, "docs/requirements")];
  return places.find(existsSync) ?? refuse("no requirement lists: name them with --requirements");
}

function refuse(message: string): never {
  console.error(`conformance: ${message}`);
  process.exit(2);
}

function printTable(list: string, requirements: readonly Requirement[]): void {
  const width = Math.max(...requirements.map(({ id }) => id.length));
  for (const { id, strength, text } of requirements) {
    const proofs = testsOf(id).map(({ file, line }) => `${file}:${line}`);
    const shown = proofs.length > 0 ? proofs.join(" ") : `- ${text}`;
    console.log(`${id.padEnd(width)}  ${strength.padEnd(6)}  ${shown}`);
  }
  const musts = requirements.filter(({ strength }) => strength === "must");
  const [all, covered] = [coveredOf(requirements), coveredOf(musts)];
  console.log(
    `${list}: ${covered} of ${musts.length} musts covered, ${musts.length - covered} not; ` +
      `${all} of ${requirements.length} rows in all\n`,
  );
}

function coveredOf(requirements: readonly Requirement[]): number {
  return requirements.filter(({ id }) => testsOf(id).length > 0).length;
}

function testsOf(id: string): Citation[] {
  return citations.filter((citation) => citation.id === id);
}

/** A citation of a row that does not exist is a typing error that hides a gap. */
function printUnknown(): void {
  const ids = new Set([...read.values()].flat().map(({ id }) => id));
  const wrong = citations.filter(({ id }) => read.has(id.split("/")[0] ?? "") && !ids.has(id));
  for (const { id, file, line } of wrong) console.error(`${file}:${line}: there is no ${id}`);
  if (wrong.length > 0) process.exitCode = 1;
}
