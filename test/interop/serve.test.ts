import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { requireRootAndTun } from "./support/namespace.ts";
import {
  CleanUps,
  FAMILIES,
  makeFile,
  makeText,
  type Serving,
  startServing,
} from "./support/serving.ts";

const GIBIBYTE = 1024 ** 3;
const MINUTES = 60_000;
/** What a server answered, as curl -w tells it. */
const REPORT = ["-w", "%{http_code} %{size_download} %{num_connects}\n"];

const skip = requireRootAndTun() ?? false;

describe("netloom serve and the kernel's curl", { skip }, () => {
  const cleanUps = new CleanUps();
  let serving: Serving;
  let digest = "";
  const curl = async (args: readonly string[], timeoutMs = 20_000): Promise<string> =>
    serving.namespace.output("curl", ["-sS", ...args], { timeoutMs });
  const shell = async (script: string, timeoutMs: number): Promise<string> =>
    serving.namespace.output("sh", ["-c", script], { timeoutMs });

  before(async () => {
    serving = await startServing(cleanUps, ["--upload", "--verbose"]);
    digest = makeFile(join(serving.folder, "big"), GIBIBYTE);
    makeText(serving, "alphabet", "abcdefghijklmnopqrstuvwxyz");
    makeText(serving, ".hidden", "secret");
    mkdirSync(join(serving.folder, "sub"));
    makeText(serving, "sub/page.html", "<p>page</p>");
  });

  after(() => cleanUps.run());

  test("says where it serves", () => {
    assert.match(
      serving.server.stdout,
      /^serving \S+ at http:\/\/10\.77\.0\.2\/ http:\/\/\[fd77::2\]\/$/m,
    );
  });

  for (const { family, url } of FAMILIES) {
    test(`1 GiB comes over ${family} unharmed`, async () => {
      const output = await shell(`curl -sS ${url}/big | sha256sum`, 2 * MINUTES);
      assert.equal(output.split(" ")[0], digest);
    });
  }

  test("1 GiB goes up unharmed, and nothing half-done stays", async () => {
    const file = join(serving.folder, "big");
    const report = await curl(["-T", file, ...REPORT, "http://10.77.0.2/up"], 2 * MINUTES);
    assert.match(report, /^201 /m);
    const output = await shell(`sha256sum < ${join(serving.folder, "up")}`, MINUTES);
    assert.equal(output.split(" ")[0], digest);
    assert.deepEqual(
      readdirSync(serving.folder).filter((name) => name.includes("up.")),
      [],
    );
  });

  test("an upload replaces a file, as a whole", async () => {
    const put = (text: string): Promise<string> =>
      curl(["-X", "PUT", "--data-binary", text, ...REPORT, "http://[fd77::2]/note"]);
    assert.match(await put("first"), /^201 /m);
    assert.match(await put("second"), /^204 /m);
    assert.equal(readFileSync(join(serving.folder, "note"), "utf8"), "second");
  });

  test("200 clients at once all get the whole file", async () => {
    const sum = makeFile(join(serving.folder, "small"), 300_000);
    const one = "curl -sS http://10.77.0.2/small | sha256sum";
    const output = await shell(`for i in $(seq 200); do ${one} & done; wait`, 2 * MINUTES);
    const sums = output.trim().split("\n");
    assert.deepEqual([sums.length, new Set(sums).size, sums[0]?.split(" ")[0]], [200, 1, sum]);
  });

  const RANGES: readonly (readonly [range: string, status: number, body: string])[] = [
    ["0-2", 206, "abc"],
    ["23-", 206, "xyz"],
    ["-4", 206, "wxyz"],
    ["24-99", 206, "yz"],
    ["26-", 416, ""],
    ["0-25", 206, "abcdefghijklmnopqrstuvwxyz"],
  ];
  for (const [range, status, body] of RANGES) {
    test(`curl -r ${range} gets ${status}`, async () => {
      const report = ["-w", "\n%{http_code}"];
      const output = await curl(["-r", range, ...report, "http://10.77.0.2/alphabet"]);
      const lines = output.split("\n");
      assert.equal(lines.at(-1), String(status));
      if (status === 206) assert.equal(lines[0], body);
    });
  }

  test("several ranges come as one multipart body", async () => {
    const output = await curl(["-i", "-r", "0-1,4-5,24-", "http://10.77.0.2/alphabet"]);
    assert.match(output, /^HTTP\/1\.1 206 /);
    const boundary = /boundary=(\S+)/.exec(output)?.[1] ?? "?";
    const parts = output.split(`--${boundary}`).slice(1, -1);
    assert.deepEqual(
      parts.map((part) => part.trim().split("\r\n\r\n")[1]),
      ["ab", "ef", "yz"],
    );
    assert.match(parts[1] ?? "", /Content-Range: bytes 4-5\/26/);
  });

  test("HEAD has the header and no body", async () => {
    const output = await curl(["-I", "http://10.77.0.2/alphabet"]);
    assert.match(output, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(output, /^Content-Length: 26\r$/m);
    assert.match(await curl(["-I", ...REPORT, "http://10.77.0.2/alphabet"]), /^200 0 /m);
  });

  test("what is not there, hidden, or outside is 404", async () => {
    const paths = [
      "/nothing",
      "/.hidden",
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/sub/nothing",
    ];
    for (const path of paths) {
      const args = ["-o", "/dev/null", "--path-as-is", ...REPORT, `http://10.77.0.2${path}`];
      assert.match(await curl(args), /^40[34] /, path);
    }
  });

  test("nothing is put outside the folder, or where it cannot be", async () => {
    const CASES = [
      ["/../evil", /^40[04] /],
      ["/%2e%2e/evil", /^40[04] /],
      ["/.evil", /^400 /],
      ["/no/such/folder", /^404 /],
      ["/sub", /^409 /],
      ["/", /^400 /],
    ] as const;
    for (const [path, status] of CASES) {
      const args = ["-o", "/dev/null", "-X", "PUT", "--data-binary", "x", "--path-as-is"];
      assert.match(await curl([...args, ...REPORT, `http://10.77.0.2${path}`]), status, path);
    }
    assert.equal(existsSync(join(serving.scratch, "evil")), false);
  });

  test("a folder shows its files, or its index.html", async () => {
    const listing = await curl(["http://10.77.0.2/"]);
    assert.match(listing, /href="\.\/alphabet"/);
    assert.match(listing, /href="\.\/sub\/"/);
    assert.doesNotMatch(listing, /hidden/);
    assert.match(await curl(["-L", "http://[fd77::2]/sub"]), /Index of \/sub\//);
    makeText(serving, "sub/index.html", "the index");
    assert.equal(await curl(["http://10.77.0.2/sub/"]), "the index");
  });

  test("two requests share a connection", async () => {
    const url = "http://10.77.0.2/alphabet";
    const output = await curl(["-o", "/dev/null", "-o", "/dev/null", ...REPORT, url, url]);
    assert.deepEqual(output.trim().split("\n"), ["200 26 1", "200 26 0"]);
  });

  test("other methods are refused, and the server says which it has", async () => {
    const output = await curl(["-i", "-X", "DELETE", "http://10.77.0.2/alphabet"]);
    assert.match(output, /^HTTP\/1\.1 405 /);
    assert.match(output, /^Allow: GET, HEAD, PUT\r$/m);
  });

  test("--verbose prints a line per request", async () => {
    await curl(["http://10.77.0.2/alphabet?seen"]);
    await serving.server.waitForLine(/^10\.77\.0\.1 GET \/alphabet\?seen 200 [0-9.]+ ms$/);
  });
});

describe("the end of netloom serve", { skip }, () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} ends connections with FIN, the TAP device, the control socket, and the process with 0`, async (t) => {
      const cleanUp = { after: (hook: () => Promise<void>) => t.after(hook) };
      const control = `/tmp/netloom-end-${process.pid}.sock`;
      const { namespace, server } = await startServing(cleanUp, ["--control", control]);
      assert.equal(existsSync(control), true);
      const sniffer = namespace.spawn("tcpdump", ["-Z", "root", "-nli", "nl0", "tcp port 80"]);
      await sniffer.waitForLine(/listening on nl0/);
      // A client that says nothing and keeps its half open for a while.
      const client = namespace.spawn("nc", ["10.77.0.2", "80"]);
      await sniffer.waitForLine(/> 10\.77\.0\.2\.80: Flags \[\.\], ack 1,/);
      server.kill(signal);
      await sniffer.waitForLine(/10\.77\.0\.2\.80 > 10\.77\.0\.1\.\d+: Flags \[[^\]]*F/);
      client.end();
      assert.equal(await server.exit(), 0);
      assert.doesNotMatch(await namespace.output("ip", ["link"]), /nl0/);
      assert.equal(existsSync(control), false);
    });
  }

  test("without --upload PUT is refused before the body is sent", async (t) => {
    const cleanUp = { after: (hook: () => Promise<void>) => t.after(hook) };
    const { namespace, folder } = await startServing(cleanUp);
    makeFile(join(folder, "body"), 3_000_000);
    const args = [
      "-sS",
      "-T",
      join(folder, "body"),
      "-w",
      "%{http_code} %{size_upload}",
      "http://10.77.0.2/x",
    ];
    const output = await namespace.output("curl", args);
    assert.match(output, /403 0$/);
    assert.deepEqual(readdirSync(folder), ["body"]);
  });
});
