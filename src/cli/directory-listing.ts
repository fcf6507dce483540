import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly changed: Date;
}

/** A page with the files of `folder`, hidden ones left out, for the URL path `urlPath` (decoded). */
export async function directoryListing(folder: string, urlPath: string): Promise<string> {
  const dirents = await readdir(folder, { withFileTypes: true });
  const visible = dirents.filter(({ name }) => !name.startsWith("."));
  const entries = (await Promise.all(visible.map((dirent) => describe(folder, dirent)))).flat();
  entries.sort(byKindAndName);
  const rows = entries.map(row);
  if (urlPath !== "/") rows.unshift(`<tr><td><a href="../">../</a></td><td></td><td></td></tr>`);
  const title = `Index of ${escapeHtml(urlPath)}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100% }
td { padding: 0 1rem 0 0 } td + td { text-align: right; white-space: nowrap; color: #666 }
</style>
<h1>${title}</h1>
<table>
${rows.join("\n")}
</table>
</html>
`;
}

/** None for a file that has gone meanwhile, and for a link to nothing. */
async function describe(folder: string, { name }: Dirent): Promise<Entry[]> {
  try {
    const found = await stat(join(folder, name));
    return [{ name, isFolder: found.isDirectory(), size: found.size, changed: found.mtime }];
  } catch {
    return [];
  }
}

function byKindAndName(a: Entry, b: Entry): number {
  if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function row({ name, isFolder, size, changed }: Entry): string {
  const shown = isFolder ? `${name}/` : name;
  const link = `<a href="./${encodeURIComponent(name)}${isFolder ? "/" : ""}">${escapeHtml(shown)}</a>`;
  const time = changed.toISOString().slice(0, 16).replace("T", " ");
  return `<tr><td>${link}</td><td>${isFolder ? "" : formatSize(size)}</td><td>${time}</td></tr>`;
}

const UNITS: readonly string[] = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1.5 MiB`. */
export function formatSize(octets: number): string {
  let size = octets;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
