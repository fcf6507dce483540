import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ControlClient } from "../../src/platform/node/control-client.ts";
import { type Json, LineSplitter, parseRequest } from "../../src/platform/node/control-protocol.ts";
import { type ControlMethod, ControlServer } from "../../src/platform/node/control-server.ts";

const folder = mkdtempSync(join(tmpdir(), "netloom-control-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let sockets = 0;
const newPath = (): string => join(folder, `s${sockets++}`);

/** Streams `count` items of `octets`, or until cancelled when there are none. */
const stream: ControlMethod = async ({ params, signal, emit }) => {
  const { count, octets } = params as { count: number; octets: number };
  for (let i = 0; i < count; i++) emit({ i, text: "x".repeat(octets) });
  if (count === 0) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return "over";
};

const methods: ReadonlyMap<string, ControlMethod> = new Map([
  ["echo", ({ params }) => params ?? null],
  [
    "fail",
    () => {
      throw new Error("it cannot be done");
    },
  ],
  ["stream", stream],
]);

async function withServer(run: (path: string) => Promise<void>): Promise<void> {
  const path = newPath();
  const server = await ControlServer.listen(path, methods);
  try {
    await run(path);
  } finally {
    await server.close();
  }
  assert.equal(existsSync(path), false, "the socket is removed");
}

test("a request is answered, an unknown or failing one with an error", () =>
  withServer(async (path) => {
    const client = await ControlClient.connect(path);
    assert.deepEqual(await client.request("echo", { a: [1, "two"] }), { a: [1, "two"] });
    await assert.rejects(client.request("nonsense"), /no such method: nonsense/);
    await assert.rejects(client.request("fail"), /it cannot be done/);
    client.close();
  }));

test("only this user may connect", () =>
  withServer(async (path) => {
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }));

test("a stream hands over its items in order and then its result", () =>
  withServer(async (path) => {
    const client = await ControlClient.connect(path);
    const items: Json[] = [];
    const onItem = (item: Json): number => items.push((item as { i: number }).i);
    const result = await client.request("stream", { count: 3, octets: 1 }, { onItem });
    assert.deepEqual([items, result], [[0, 1, 2], "over"]);
    client.close();
  }));

test("a stream ends when it is cancelled, and others go on meanwhile", () =>
  withServer(async (path) => {
    const client = await ControlClient.connect(path);
    const controller = new AbortController();
    const params = { count: 0, octets: 0 };
    const streaming = client.request("stream", params, { signal: controller.signal });
    assert.equal(await client.request("echo", 7), 7);
    controller.abort();
    assert.equal(await streaming, "over");
    client.close();
  }));

test("a client that does not read loses items, is told how many, and costs bounded memory", () =>
  withServer(async (path) => {
    const socket = connect(path);
    socket.pause();
    const request = { id: 1, method: "stream", params: { count: 2000, octets: 10_000 } };
    socket.write(`${JSON.stringify(request)}\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    socket.resume();
    while (!/"result":"over","dropped":\d+\}\n$/.test(text.slice(-100))) await once(socket, "data");
    const answers = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const received = answers.filter((answer) => "item" in answer).length;
    const dropped = answers.reduce((sum, answer) => sum + (answer.dropped ?? 0), 0);
    assert.equal(received + dropped, 2000);
    assert.ok(dropped > 1000, `${dropped} dropped`);
    socket.destroy();
  }));

test("a client that sends no line, or no request, is cut off", () =>
  withServer(async (path) => {
    for (const text of ["x".repeat(70_000), "{}\n", "[1]\n", "nonsense\n"]) {
      const socket = connect(path, () => socket.write(text));
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("close", resolve));
    }
  }));

test("a socket that nobody answers is replaced", async () => {
  const path = newPath();
  const gone = createServer().listen(path);
  await new Promise((resolve) => gone.once("listening", resolve));
  // Its process dies: the file stays.
  const kept = join(folder, "kept");
  linkSync(path, kept);
  await new Promise((resolve) => gone.close(resolve));
  const server = await ControlServer.listen(kept, methods);
  const client = await ControlClient.connect(kept);
  assert.equal(await client.request("echo", 1), 1);
  client.close();
  await server.close();
});

test("a socket that somebody answers is left alone", () =>
  withServer(async (path) => {
    await assert.rejects(ControlServer.listen(path, methods), /another host answers/);
    const client = await ControlClient.connect(path);
    assert.equal(await client.request("echo", 1), 1);
    client.close();
  }));

test("a file that is no socket is left alone", async () => {
  const path = newPath();
  writeFileSync(path, "precious");
  await assert.rejects(ControlServer.listen(path, methods), /is no socket/);
  assert.equal(statSync(path).size, 8);
});

test("a folder that is missing is named", async () => {
  const path = join(folder, "no", "where");
  await assert.rejects(ControlServer.listen(path, methods), /cannot listen at .*: (ENOENT|EACCES)/);
  await assert.rejects(ControlClient.connect(path), /no host answers at .* \(ENOENT\)/);
});

test("requests that hang are told when the host ends", async () => {
  const path = newPath();
  const server = await ControlServer.listen(path, methods);
  const client = await ControlClient.connect(path);
  const hanging = client.request("stream", { count: 0, octets: 0 });
  await client.request("echo");
  const rejected = assert.rejects(hanging, /has ended/);
  await server.close();
  await rejected;
});

test("lines are put together across reads and kept to a length", () => {
  const lines = new LineSplitter(5);
  assert.deepEqual(lines.push("ab"), []);
  assert.deepEqual(lines.push("c\nde\nf"), ["abc", "de"]);
  assert.equal(lines.push("23456"), null);
});

test("a request has a number and a method", () => {
  assert.deepEqual(parseRequest(`{"id":1,"method":"m","params":2}`), {
    id: 1,
    method: "m",
    params: 2,
  });
  for (const line of ["", "1", "null", "[]", `{"id":"1","method":"m"}`, `{"id":1}`]) {
    assert.equal(parseRequest(line), null, line);
  }
});
