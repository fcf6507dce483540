import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  type Child,
  createNamespace,
  type Namespace,
  requireRootAndTun,
} from "./support/namespace.ts";
import { ADDRESSES, CleanUps, LINK, makeFile, makeFolders } from "./support/serving.ts";

const skip = requireRootAndTun() ?? false;
const BULK_OCTETS = 64 * 1024 * 1024 + 7;

describe("netloom nc and the kernel's nc", { skip }, () => {
  const cleanUps = new CleanUps();
  let namespace: Namespace;
  let scratch: string;
  before(async () => {
    namespace = await createNamespace(cleanUps);
    ({ scratch } = makeFolders(cleanUps));
  });
  after(() => cleanUps.run());

  const nc = (...args: readonly string[]): Child =>
    namespace.netloom(["nc", ...args, "--link", LINK, ...ADDRESSES]);
  /** The kernel's side of the device, up before we are, so that its nc has an address to listen on. */
  const kernelListener = (...args: readonly string[]): Child =>
    namespace.spawn("nc", ["-nvl", ...args]);
  /** Waits until our listener is there, and then has the kernel connect. */
  const kernelClient = async (listener: Child, ...args: readonly string[]): Promise<Child> => {
    await listener.waitForLine(/^Listening on /);
    return namespace.spawn("nc", ["-n", ...args]);
  };

  for (const [own, peer] of [
    ["10.77.0.2", "10.77.0.1"],
    ["fd77::2", "fd77::1"],
  ] as const) {
    const family = own.includes(":") ? "-6" : "-4";

    test(`connects to ${peer}: they close their half, and ours goes on`, async () => {
      const listener = kernelListener("-N", family, "7001");
      await listener.waitForLine(/^Listening on /);
      const client = nc("-v", peer, "7001");
      await client.waitForLine(/^Connection to \S+ 7001 port \[tcp\/\*\] succeeded!$/);
      listener.end("from the kernel\n");
      await client.waitForLine(/^from the kernel$/);
      client.write("to the kernel\n");
      await listener.waitForLine(/^to the kernel$/);
      client.end();
      assert.equal(await client.exit(), 0, client.stderr);
      assert.equal(await listener.exit(), 0, listener.stderr);
    });

    test(`listens on ${own}: we close our half (-N), and theirs goes on`, async () => {
      const listener = nc("-l", "-N", "-v", "7002", family);
      const client = await kernelClient(listener, "-v", own, "7002");
      await listener.waitForLine(/^Connection received on \S+ \d+$/);
      listener.end("hello from netloom\n");
      await client.waitForLine(/^hello from netloom$/);
      client.write("hello from the kernel\n");
      await listener.waitForLine(/^hello from the kernel$/);
      client.end();
      assert.equal(await listener.exit(), 0, listener.stderr);
      assert.equal(await client.exit(), 0, client.stderr);
    });

    test(`a refused port of ${peer} is told, and the status is 1`, async () => {
      const client = nc(peer, "7999");
      assert.equal(await client.exit(), 1);
      const line = `nc: connect to ${peer} port 7999 (tcp) failed: connection refused\n`;
      assert.equal(client.stderr, line);
    });

    test(`UDP with ${peer} both ways`, async () => {
      const listener = kernelListener("-u", family, "7003");
      await listener.waitForLine(/^Bound on |^Listening on /);
      const client = nc("-u", "-w", "3", peer, "7003");
      client.write("a datagram\n");
      await listener.waitForLine(/^a datagram$/);
      listener.write("an answer\n");
      await client.waitForLine(/^an answer$/);
      assert.equal(await client.exit(), 0, client.stderr);
      await listener.stop();
    });

    test(`UDP listens on ${own}`, async () => {
      const listener = nc("-l", "-u", "-v", "7004", family);
      const client = await kernelClient(listener, "-u", own, "7004");
      client.write("first\n");
      await listener.waitForLine(/^first$/);
      listener.write("second\n");
      await client.waitForLine(/^second$/);
      listener.kill("SIGINT");
      assert.equal(await listener.exit(), 0, listener.stderr);
      await client.stop();
    });
  }

  test("64 MiB go out unharmed, at the pace of the reader", async () => {
    const digest = makeFile(join(scratch, "out"), BULK_OCTETS);
    const listener = namespace.spawn("sh", ["-c", "nc -nvl 7005 | sha256sum"]);
    await listener.waitForLine(/^Listening on /);
    const client = nc("-N", "10.77.0.1", "7005");
    client.end(readFileSync(join(scratch, "out")));
    assert.equal(await client.exit(60_000), 0, client.stderr);
    const [, sum] = await listener.waitForLine(/^([0-9a-f]{64}) /);
    assert.equal(sum, digest);
  });

  test("64 MiB come in unharmed", async () => {
    const digest = makeFile(join(scratch, "in"), BULK_OCTETS);
    const listener = namespace.spawn("sh", ["-c", `nc -N -nvl 7006 < ${join(scratch, "in")}`]);
    await listener.waitForLine(/^Listening on /);
    const script = `exec "$@" > ${join(scratch, "received")}`;
    const arguments_ = ["nc", "10.77.0.1", "7006", "--link", LINK, ...ADDRESSES];
    const netloom = [
      process.execPath,
      new URL("../../scripts/netloom.mjs", import.meta.url).pathname,
    ];
    const client = namespace.spawn("sh", ["-c", script, "sh", ...netloom, ...arguments_]);
    // As OpenBSD's nc, it goes on until its own input ends too.
    client.end();
    assert.equal(await client.exit(60_000), 0, client.stderr);
    const received = readFileSync(join(scratch, "received"));
    assert.equal(createHash("sha256").update(received).digest("hex"), digest);
  });

  test("-z tells which ports are open", async () => {
    const listener = kernelListener("-k", "7011");
    await listener.waitForLine(/^Listening on /);
    const client = nc("-z", "-v", "10.77.0.1", "7010-7011");
    assert.equal(await client.exit(), 0, client.stderr);
    assert.match(client.stderr, /port 7010 \(tcp\) failed: connection refused/);
    assert.match(client.stderr, /Connection to 10\.77\.0\.1 7011 port \[tcp\/\*\] succeeded!/);
    await listener.stop();
  });

  test("-w gives up on an address that does not answer", async () => {
    const client = nc("-w", "1", "10.77.0.99", "7012");
    assert.equal(await client.exit(), 1);
    assert.match(
      client.stderr,
      /^nc: connect to 10\.77\.0\.99 port 7012 \(tcp\) failed: (connection timed out|no route to host)\n$/,
    );
  });

  test("-w ends a connection that has gone silent", async () => {
    const listener = kernelListener("7013");
    await listener.waitForLine(/^Listening on /);
    const client = nc("-w", "1", "10.77.0.1", "7013");
    client.write("before the silence\n");
    await listener.waitForLine(/^before the silence$/);
    assert.equal(await client.exit(), 0, client.stderr);
    await listener.stop();
  });

  test("-p is our own port", async () => {
    const listener = kernelListener("7014");
    await listener.waitForLine(/^Listening on /);
    const client = nc("-N", "-p", "6000", "10.77.0.1", "7014");
    client.end("x");
    await listener.waitForLine(/^Connection received on 10\.77\.0\.2 6000$/);
    listener.end();
    assert.equal(await client.exit(), 0, client.stderr);
    await listener.exit();
  });

  test("Ctrl-C ends a connection with FIN and status 0", async () => {
    const listener = kernelListener("7015");
    await listener.waitForLine(/^Listening on /);
    const client = nc("-v", "10.77.0.1", "7015");
    await client.waitForLine(/succeeded!$/);
    client.kill("SIGINT");
    assert.equal(await client.exit(), 0);
    assert.equal(await listener.exit(), 0, "the kernel's nc saw the end of the stream");
    assert.doesNotMatch(await namespace.output("ip", ["link"]), /nl0/);
  });
});
