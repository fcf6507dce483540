import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { realFolderOf } from "./served-path.ts";

/** How an upload ended, as an HTTP status. */
export type UploadStatus = 201 | 204 | 400 | 404 | 409;

/**
 * Stores the body of a PUT as the file `path` (as `servedPath` gives it) in
 * `root`. It is written under a hidden name of its own and renamed when it is
 * whole: readers see the old file or the new one, never a part.
 *
 * @param accept called when the body is wanted, before it is read
 */
export async function storeUpload(
  request: IncomingMessage,
  root: string,
  path: string,
  accept: () => void,
): Promise<UploadStatus> {
  // A part of a file cannot be put (RFC 9110 §14.5).
  if (path === "" || request.headers["content-range"] !== undefined) return 400;
  const folder = await realFolderOf(root, path);
  if (folder === null) return 404;
  const target = join(folder, basename(path));
  const present = await kindOf(target);
  if (present === "folder") return 409;
  const draft = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  accept();
  try {
    await pipeline(request, createWriteStream(draft, { flags: "wx", highWaterMark: 1024 * 1024 }));
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return present === "none" ? 201 : 204;
}

async function kindOf(path: string): Promise<"none" | "file" | "folder"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return "none";
  }
}
