/** Listing files; apart from the syntax trees, because loading the compiler takes a second. */
import { existsSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";

/** The files below `directory` whose name ends with `suffix`, sorted, `node_modules` left out. */
export function filesUnder(directory: string, suffix: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(suffix) && !name.split(sep).includes("node_modules"))
    .sort()
    .map((name) => join(directory, name));
}

/** The names of the folders in `directory`, sorted. */
export function foldersOf(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
