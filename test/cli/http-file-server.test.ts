import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { formatSize } from "../../src/cli/directory-listing.ts";
import { createFileServer, type RequestLine } from "../../src/cli/http-file-server.ts";
import { servedPath } from "../../src/cli/served-path.ts";
import { until } from "../support/until.ts";
import { InMemoryWeb } from "./in-memory-web.ts";

const scratch = mkdtempSync(join(tmpdir(), "netloom-files-"));
const root = join(scratch, "www");
mkdirSync(join(root, "sub", "deep"), { recursive: true });
mkdirSync(join(root, "indexed"));
writeFileSync(join(root, "alphabet.txt"), "abcdefghijklmnopqrstuvwxyz");
writeFileSync(join(root, "<odd & name>.txt"), "odd");
writeFileSync(join(root, ".hidden"), "secret");
writeFileSync(join(root, "indexed", "index.html"), "the index");
writeFileSync(join(scratch, "outside.txt"), "outside");
symlinkSync(scratch, join(root, "sub", "escape"));

const lines: RequestLine[] = [];
const web = new InMemoryWeb(
  createFileServer({ root, upload: true, onRequest: (line) => lines.push(line) }),
);
after(async () => {
  await web.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe("reading", () => {
  const CASES: readonly (readonly [path: string, status: number, body: string | RegExp])[] = [
    ["/alphabet.txt", 200, "abcdefghijklmnopqrstuvwxyz"],
    ["/alphabet.txt?query", 200, "abcdefghijklmnopqrstuvwxyz"],
    ["/%3Codd%20%26%20name%3E.txt", 200, "odd"],
    ["/indexed/", 200, "the index"],
    ["/", 200, /href="\.\/%3Codd%20%26%20name%3E\.txt">&lt;odd &amp; name&gt;\.txt</],
    ["/sub/", 200, /Index of \/sub\/.*href="\.\.\/".*href="\.\/deep\/"/s],
    ["/indexed", 301, /./],
    ["/nothing", 404, "Not Found\n"],
    ["/nothing/", 404, "Not Found\n"],
    ["/.hidden", 404, "Not Found\n"],
    ["/../outside.txt", 404, "Not Found\n"],
    ["/%2e%2e/outside.txt", 404, "Not Found\n"],
    ["/alphabet.txt%00", 404, "Not Found\n"],
    ["/%zz", 404, "Not Found\n"],
    ["/alphabet.txt/", 404, "Not Found\n"],
  ];
  for (const [path, status, body] of CASES) {
    test(`${path} is ${status}`, async () => {
      const answer = await web.ask(path);
      assert.equal(answer.status, status);
      if (typeof body === "string") assert.equal(answer.body.toString(), body);
      else assert.match(answer.body.toString(), body);
    });
  }

  test("HEAD has the length and no body", async () => {
    const { headers, body } = await web.ask("/alphabet.txt", { method: "HEAD" });
    assert.deepEqual([headers["content-length"], body.length], ["26", 0]);
  });

  test("a file that has not changed is not sent again", async () => {
    const { etag } = (await web.ask("/alphabet.txt")).headers;
    const answer = await web.ask("/alphabet.txt", { headers: { "If-None-Match": etag ?? "" } });
    assert.deepEqual([answer.status, answer.body.length], [304, 0]);
  });

  test("each request is told once its answer is over", async () => {
    lines.length = 0;
    await web.ask("/alphabet.txt?told");
    await until(() => lines.length > 0);
    const [line] = lines;
    assert.deepEqual(
      [line?.client, line?.method, line?.url, line?.status, line?.isWhole],
      ["10.0.0.1", "GET", "/alphabet.txt?told", 200, true],
    );
  });
});

describe("ranges", () => {
  const ask = (range: string): ReturnType<InMemoryWeb["ask"]> =>
    web.ask("/alphabet.txt", { headers: { Range: range } });
  const CASES: readonly (readonly [range: string, status: number, body: string])[] = [
    ["bytes=0-0", 206, "a"],
    ["bytes=-3", 206, "xyz"],
    ["bytes=24-", 206, "yz"],
    ["bytes=0-1,1-3", 206, "abcd"],
    ["bytes=99-", 416, "Range Not Satisfiable\n"],
    ["lines=1-2", 200, "abcdefghijklmnopqrstuvwxyz"],
    ["bytes=nonsense", 416, "Range Not Satisfiable\n"],
  ];
  for (const [range, status, body] of CASES) {
    test(`${range} is ${status}`, async () => {
      const answer = await ask(range);
      assert.deepEqual([answer.status, answer.body.toString()], [status, body]);
    });
  }

  test("several come as parts of one body whose length is right", async () => {
    const { status, headers, body } = await ask("bytes=0-1,10-11,-1");
    assert.equal(status, 206);
    assert.equal(Number(headers["content-length"]), body.length);
    const boundary = /boundary=(.+)$/.exec(headers["content-type"] ?? "")?.[1] ?? "?";
    const parts = body.toString().split(`--${boundary}`);
    assert.deepEqual(
      parts.slice(1, -1).map((part) => part.trim().split("\r\n\r\n")[1]),
      ["ab", "kl", "z"],
    );
    assert.match(parts[2] ?? "", /\r\nContent-Range: bytes 10-11\/26\r\n/);
  });

  test("too many ranges are answered with the whole file", async () => {
    const many = Array.from({ length: 40 }, (_, i) => `${(i * 2) % 26}-${(i * 2) % 26}`).join(",");
    assert.equal((await ask(`bytes=${many}`)).status, 200);
  });
});

describe("uploads", () => {
  const put = (path: string, text: string, headers = {}): ReturnType<InMemoryWeb["ask"]> =>
    web.ask(path, { method: "PUT", body: Buffer.from(text), headers });

  test("a new file is 201, one that was there 204", async () => {
    assert.equal((await put("/sub/deep/new", "one")).status, 201);
    assert.equal((await put("/sub/deep/new", "two")).status, 204);
    assert.equal(readFileSync(join(root, "sub/deep/new"), "utf8"), "two");
    assert.deepEqual(readdirSync(join(root, "sub/deep")), ["new"]);
  });

  const REFUSED: readonly (readonly [path: string, status: number])[] = [
    ["/../evil", 400],
    ["/%2e%2e/evil", 400],
    ["/sub/escape/evil", 404],
    ["/no/folder/evil", 404],
    ["/.evil", 400],
    ["/sub", 409],
    ["/", 400],
    ["/evil%2f..%2f..%2fevil", 400],
  ];
  for (const [path, status] of REFUSED) {
    test(`PUT ${path} is ${status}, and nothing is written`, async () => {
      assert.equal((await put(path, "evil")).status, status);
      assert.equal(readdirSync(scratch).includes("evil"), false);
    });
  }

  test("a part of a file cannot be put", async () => {
    const headers = { "Content-Range": "bytes 0-1/2" };
    assert.equal((await put("/sub/part", "ab", headers)).status, 400);
  });

  test("an upload that breaks off leaves nothing behind", async () => {
    const stream = await web.connect();
    stream.write("PUT /sub/broken HTTP/1.1\r\nHost: b\r\nContent-Length: 1000\r\n\r\nhalf");
    const names = (): string[] => readdirSync(join(root, "sub")).sort();
    await until(() => names().length === 3);
    stream.destroy();
    await until(() => names().length === 2);
    assert.deepEqual(names(), ["deep", "escape"]);
  });

  test("a server without uploads refuses PUT", async () => {
    const reader = new InMemoryWeb(createFileServer({ root, upload: false }));
    const body = Buffer.from("x");
    assert.equal((await reader.ask("/x", { method: "PUT", body })).status, 403);
    assert.equal((await reader.ask("/x", { method: "POST", body })).headers.allow, "GET, HEAD");
    await reader.close();
  });
});

test("a request that is none is answered with 400", async () => {
  const stream = await web.connect();
  stream.write("nonsense\r\n\r\n");
  let text = "";
  for await (const chunk of stream) text += chunk;
  assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("paths are cleaned or refused", () => {
  const CASES: readonly (readonly [string, string | null])[] = [
    ["/a/b", "a/b"],
    ["//a//b/", "a/b"],
    ["/", ""],
    ["/a%20b?c#d", "a b"],
    ["a", null],
    ["/a/../b", null],
    ["/%2e%2e", null],
    ["/a%2f..%2fb", null],
    ["/.git/config", null],
    ["/%ff", null],
    ["/a\0", null],
  ];
  for (const [path, expected] of CASES) assert.equal(servedPath(path), expected, path);
});

test("sizes are told in the unit that fits", () => {
  const CASES = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536 * 1024, "1.5 MiB"],
    [3 * 1024 ** 4, "3.0 TiB"],
  ] as const;
  for (const [octets, text] of CASES) assert.equal(formatSize(octets), text);
});
