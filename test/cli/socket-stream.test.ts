import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { after, test } from "node:test";
import { until } from "../support/until.ts";
import { InMemoryWeb } from "./in-memory-web.ts";

/** Echoes a body, or sends what it is asked for. */
const server = createServer((request, response) => {
  if (request.url === "/echo") request.pipe(response);
  else if (request.url === "/silent") response.flushHeaders();
  else response.end(PAGE);
});
const PAGE = randomBytes(3_000_000);
const web = new InMemoryWeb(server);
after(() => web.close());

test("a body of any length passes whole, both ways", async () => {
  for (const octets of [0, 1, 65_536, 2_000_001]) {
    const body = randomBytes(octets);
    const answer = await web.ask("/echo", { method: "POST", body });
    assert.equal(Buffer.compare(answer.body, body), 0, `${octets} octets`);
  }
});

test("what is not read holds the sender back", async () => {
  const stream = await web.connect();
  stream.write("GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(stream.readableLength < 1_000_000, `${stream.readableLength} octets are waiting`);
  const answer = await buffer(stream);
  assert.equal(Buffer.compare(answer.subarray(-PAGE.length), PAGE), 0);
});

test("each half ends for itself", async () => {
  const stream = await web.connect();
  stream.end(
    "POST /echo HTTP/1.1\r\nHost: b\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhalf",
  );
  const answer = await buffer(stream);
  assert.match(answer.toString(), /half/);
  if (!stream.closed) await once(stream, "close");
});

test("silence is told after the time that was set", async () => {
  const stream = await web.connect();
  let timeouts = 0;
  stream.setTimeout(30, () => timeouts++);
  await until(() => timeouts > 0);
  assert.equal(timeouts, 1);
  stream.destroy();
});

test("the server's own time-out closes the connection", async () => {
  server.setTimeout(50);
  const stream = await web.connect();
  stream.write("GET /silent HTTP/1.1\r\nHost: b\r\n\r\n");
  const answer = await buffer(stream);
  assert.match(answer.toString(), /^HTTP\/1\.1 200 OK/);
  server.setTimeout(0);
});

test("an error of the connection is the stream's error", async () => {
  const stream = await web.connect();
  const failed = once(stream, "error");
  stream.on("data", () => {});
  // The other host goes away without a word and its connections with it.
  for (const connection of acceptedFlows()) connection();
  const [error] = (await failed) as [Error & { code?: string }];
  assert.equal(error.code, "ECONNRESET");
  assert.equal(stream.destroyed, true);
});

/** Resets every connection of the server. */
function acceptedFlows(): (() => void)[] {
  return [...web.server.stack.tcp.flows()].map((flow) => () => flow.abort());
}
