import { realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/**
 * The file in `root` that the path of a URL names, as a path relative to
 * `root`; null when it names none that may be told of: outside, hidden
 * (beginning with a dot), or not decodable.
 */
export function servedPath(urlPath: string): string | null {
  const decoded = decode(urlPath.split(/[?#]/, 1)[0] ?? "");
  if (decoded === null || decoded.includes("\0") || !decoded.startsWith("/")) return null;
  const names = decoded.split("/").filter((name) => name !== "");
  const isAllowed = (name: string): boolean => !name.startsWith(".") && !name.includes(sep);
  return names.every(isAllowed) ? names.join("/") : null;
}

/**
 * The folder in which a file at `path` (as `servedPath` gives it) may be made:
 * it must exist and, links followed, lie in `root`. Null when it does not.
 */
export async function realFolderOf(root: string, path: string): Promise<string | null> {
  try {
    const base = await realpath(root);
    const folder = await realpath(join(base, path, ".."));
    const inside = relative(base, folder);
    return inside === ".." || inside.startsWith(`..${sep}`) ? null : folder;
  } catch {
    return null;
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
