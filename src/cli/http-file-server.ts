import { stat } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import send from "send";
import { MultipartRanges, severalRanges } from "./byte-ranges.ts";
import { hasCode } from "./command-error.ts";
import { directoryListing } from "./directory-listing.ts";
import { servedPath } from "./served-path.ts";
import { storeUpload } from "./upload.ts";

export interface FileServerOptions {
  /** The folder that is served. */
  readonly root: string;
  /** Whether PUT may make and replace files in it. */
  readonly upload: boolean;
  /** Told of each request when its answer is over. */
  readonly onRequest?: (line: RequestLine) => void;
}

export interface RequestLine {
  readonly client: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** Whether the whole answer was sent. */
  readonly isWhole: boolean;
  readonly milliseconds: number;
}

/** A connection on which nothing passes for this long is closed. */
const IDLE_MS = 120_000;
/** How long a client may take to send the head of a request. */
const HEAD_MS = 30_000;
/** Octets of a file read ahead. */
const FILE_CHUNK = 256 * 1024;

/**
 * An HTTP server for the files of a folder: GET, HEAD, ranges, conditions,
 * listings, and PUT if wanted. Hidden files are not there. It does not listen:
 * hand it connections by `server.emit("connection", duplex)`.
 */
export function createFileServer(options: FileServerOptions): Server {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const started = performance.now();
    response.on("close", () => options.onRequest?.(describe(request, response, started)));
    answer(request, response, options).catch((error: unknown) => fail(response, error));
  };
  const server = createServer(
    { requestTimeout: 0, headersTimeout: HEAD_MS, noDelay: true },
    handle,
  );
  // An upload that is refused is refused before the client sends it.
  server.on("checkContinue", handle);
  server.timeout = IDLE_MS;
  // Without a listening socket node:http does not start to watch over `headersTimeout` by itself.
  server.emit("listening");
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: FileServerOptions,
): Promise<void> {
  const path = servedPath(request.url ?? "");
  switch (request.method) {
    case "GET":
    case "HEAD":
      if (path === null) return finish(response, 404);
      if (await answerRanges(request, response, join(options.root, path))) return;
      return sendFile(request, response, options.root);
    case "PUT": {
      if (!options.upload) return finish(response, 403, "uploads are off; start with --upload\n");
      if (path === null) return finish(response, 400);
      const accept = (): void => {
        if (request.headers.expect !== undefined) response.writeContinue();
      };
      return finish(response, await storeUpload(request, options.root, path, accept));
    }
    default:
      response.setHeader("Allow", options.upload ? "GET, HEAD, PUT" : "GET, HEAD");
      return finish(response, 405);
  }
}

function sendFile(request: IncomingMessage, response: ServerResponse, root: string): void {
  const url = (request.url ?? "/").split(/[?#]/, 1)[0] ?? "/";
  const options = { root, cacheControl: false, highWaterMark: FILE_CHUNK };
  send(request, url, options)
    .on("error", (error: NodeJS.ErrnoException & { status?: number; headers?: object }) => {
      if (error.status === 404 && url.endsWith("/")) {
        sendListing(response, root, url).catch(() => finish(response, 404));
        return;
      }
      for (const [name, value] of Object.entries(error.headers ?? {}))
        response.setHeader(name, value);
      finish(response, error.status ?? 500);
    })
    .pipe(response);
}

/** A folder without an index.html. */
async function sendListing(response: ServerResponse, root: string, url: string): Promise<void> {
  const path = servedPath(url);
  if (path === null) return finish(response, 404);
  const shown = path === "" ? "/" : `/${path}/`;
  const page = await directoryListing(join(root, path), shown);
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.setHeader("Content-Length", Buffer.byteLength(page));
  response.end(page);
}

/** Answers a request for several ranges, which `send` does not know; false when it is no such request. */
async function answerRanges(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  const { range } = request.headers;
  const isConditional = CONDITIONS.some((name) => request.headers[name] !== undefined);
  if (range === undefined || isConditional || request.method !== "GET") return false;
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return false;
  const ranges = severalRanges(range, found.size);
  if (ranges === null) return false;
  const body = new MultipartRanges(path, found.size, "application/octet-stream", ranges);
  response.statusCode = 206;
  response.setHeader("Content-Type", body.contentType);
  response.setHeader("Content-Length", body.length);
  response.setHeader("Last-Modified", found.mtime.toUTCString());
  await pipeline(body.stream(), response);
  return true;
}

const CONDITIONS: readonly string[] = [
  "if-range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
];

/** An answer without a file: the status, and a line that says it. */
function finish(response: ServerResponse, status: number, reason?: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = status;
  // A body that was refused is not read to its end: the connection cannot be used again.
  if (!response.req.complete) response.setHeader("Connection", "close");
  if (status === 204) {
    response.end();
    return;
  }
  const text = reason ?? `${STATUS_CODES[status] ?? status}\n`;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.end(text);
}

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ["ENOENT", 404],
  ["ENOTDIR", 404],
  ["ENAMETOOLONG", 404],
  ["EACCES", 403],
  ["EPERM", 403],
  ["ENOSPC", 507],
  ["EDQUOT", 507],
]);

function fail(response: ServerResponse, error: unknown): void {
  const status = hasCode(error) ? STATUS_BY_CODE.get(error.code) : undefined;
  finish(response, status ?? 500);
}

function describe(
  request: IncomingMessage,
  response: ServerResponse,
  started: number,
): RequestLine {
  const { remoteAddress = "-" } = request.socket;
  return {
    client: remoteAddress.replace(/^::ffff:/, ""),
    method: request.method ?? "-",
    url: request.url ?? "-",
    status: response.statusCode,
    isWhole: response.writableFinished,
    milliseconds: performance.now() - started,
  };
}
