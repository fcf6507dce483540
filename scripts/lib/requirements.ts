/**
 * The requirement lists (Markdown tables, one file per protocol) and the tests that cite their rows.
 *
 * A test cites what it proves with `req: tcp/MUST-40, MUST-41, ip/V4-1` in a comment.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { filesUnder } from "./files.ts";

export interface Requirement {
  /** `tcp/MUST-40`: the file of the list and the row in it. */
  id: string;
  strength: "must" | "should" | "may" | "fact";
  text: string;
}

export interface Citation {
  id: string;
  file: string;
  line: number;
}

const ROW = /^\|\s*([A-Z][A-Za-z0-9]*-\d+[a-z]?)\s*\|\s*(?:\[([MSYF])\])?\s*(.*?)\s*\|/;
const BY_LETTER = { M: "must", S: "should", Y: "may", F: "fact" } as const;
const BY_PREFIX = new Map([
  ["SHLD", "should"],
  ["REC", "should"],
  ["MAY", "may"],
] as const);

/** The names of the lists in `directory`: `tcp`, `ip` and so on. */
export function listsIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => name.slice(0, -".md".length))
    .sort();
}

export function readRequirements(directory: string, list: string): Requirement[] {
  const lines = readFileSync(join(directory, `${list}.md`), "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, row = "", letter, text = ""] = ROW.exec(line) ?? [];
    if (row === "" || /^withdrawn\b/i.test(text)) return [];
    return [{ id: `${list}/${row}`, strength: strengthOf(row, letter), text }];
  });
}

/** A row that bears no mark states what a call does, and is owed in full. */
function strengthOf(row: string, letter: string | undefined): Requirement["strength"] {
  if (letter !== undefined) return BY_LETTER[letter as keyof typeof BY_LETTER];
  const prefix = row.slice(0, row.indexOf("-"));
  return BY_PREFIX.get(prefix as "SHLD") ?? "must";
}

/** Every citation in the tests and packet scripts below `root`. */
export function readCitations(root: string): Citation[] {
  const files = [".ts", ".pkt"].flatMap((suffix) => filesUnder(join(root, "test"), suffix));
  return files.flatMap((path) => {
    const file = relative(root, path);
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.flatMap((text, index) =>
      citedIn(text).map((id) => ({ id, file, line: index + 1 })),
    );
  });
}

/** The rows that one line cites; a row without a list is of the list named before it. */
export function citedIn(line: string): string[] {
  const cited = /(?:\/\/|#|\*)\s*req:\s*(.*)$/.exec(line)?.[1] ?? "";
  let list = "";
  return [...cited.matchAll(/(?:([a-z][a-z-]*)\/)?([A-Z][A-Za-z0-9]*-\d+[a-z]?)/g)].map(
    ([, named, row = ""]) => {
      list = named ?? list;
      return `${list}/${row}`;
    },
  );
}
