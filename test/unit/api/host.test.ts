import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Host } from "../../../src/api/host.ts";
import { cable } from "../../../src/link/cable.ts";
import { SimNetwork } from "../../../src/sim/sim-network.ts";
import * as c from "../../../src/socket/constants.ts";
import { FakeDevice } from "../../support/link-devices.ts";
import { OUR_MAC } from "../../support/network-host.ts";
import { rejectsErrno, throwsErrno } from "../../support/socket-world.ts";

const STREAM = [c.AF_INET, c.SOCK_STREAM, 0] as const;

interface Street {
  readonly net: SimNetwork;
  readonly a: Host;
  readonly b: Host;
}

/** Two hosts at a cable: 10.0.0.1 and 10.0.0.2. */
function street(): Street {
  const net = new SimNetwork({ seed: 1 });
  const [left, right] = cable();
  const [a, b] = ["a", "b"].map((name) => new Host({ name, runtime: net.runtime(name) }));
  assert.ok(a && b);
  a.addInterface(left, { addresses: ["10.0.0.1/24"] });
  b.addInterface(right, { addresses: ["10.0.0.2/24"] });
  return { net, a, b };
}

/** A connection from a to b: the descriptors of its ends. */
async function connected({ net, a, b }: Street): Promise<[number, number]> {
  const listener = b.sockets.socket(...STREAM);
  b.sockets.bind(listener, { family: c.AF_INET, address: "0.0.0.0", port: 80 });
  b.sockets.listen(listener);
  const client = a.sockets.socket(...STREAM);
  const connecting = a.sockets.connect(client, {
    family: c.AF_INET,
    address: "10.0.0.2",
    port: 80,
  });
  const { fd } = await net.complete(b.sockets.accept(listener));
  await net.complete(connecting);
  return [client, fd];
}

describe("a host", () => {
  test("has a name, a loopback, and refuses a bad interface with a SystemError", () => {
    const net = new SimNetwork({ seed: 1 });
    const host = new Host({ name: "x", runtime: net.runtime("x") });
    assert.equal(host.name, "x");
    assert.equal(new Host({ runtime: net.runtime("y") }).name, "netloom");
    const device = new FakeDevice({ mac: OUR_MAC });
    throwsErrno(() => host.addInterface(device, { addresses: ["10.0.0.300/24"] }), "EINVAL");
    throwsErrno(() => host.addInterface(device, { name: "lo" }), "EEXIST");
    const iface = host.addInterface(device);
    assert.equal(host.stack.interfaces.length, 2);
    host.removeInterface(iface);
    assert.equal(device.closed, true);
  });

  test("talks to itself", async () => {
    const net = new SimNetwork({ seed: 1 });
    const host = new Host({ runtime: net.runtime("x") });
    const { sockets } = host;
    const [one, other] = [
      sockets.socket(c.AF_INET6, c.SOCK_DGRAM),
      sockets.socket(c.AF_INET6, c.SOCK_DGRAM),
    ];
    sockets.bind(one, { family: c.AF_INET6, address: "::1", port: 9 });
    await sockets.sendto(other, Uint8Array.of(1, 2), 0, {
      family: c.AF_INET6,
      address: "::1",
      port: 9,
    });
    const into = new Uint8Array(10);
    assert.equal((await net.complete(sockets.recvfrom(one, into))).size, 2);
  });

  test("is ready when its addresses are unique", async () => {
    const { net, a } = street();
    await net.complete(a.ready());
    const [left] = cable({ names: ["second", "other"] });
    a.addInterface(left, { addresses: ["fd00::1/64"] });
    assert.ok(!a.stack.network.isReady());
    await net.complete(a.ready());
    assert.ok(net.now >= 1000, "a solicitation was given its time");
  });

  test("says so when somebody else has its address", async () => {
    const net = new SimNetwork({ seed: 1 });
    const [left, right] = cable();
    const [a, b] = [
      new Host({ runtime: net.runtime("a") }),
      new Host({ runtime: net.runtime("b") }),
    ];
    a.addInterface(left, { addresses: ["fd00::1/64"] });
    await net.complete(a.ready());
    b.addInterface(right, { addresses: ["fd00::1/64"] });
    await net.complete(rejectsErrno(b.ready(), "EADDRINUSE"));
  });

  test("that is closed while it gets ready is ENETDOWN", async () => {
    const net = new SimNetwork({ seed: 1 });
    const host = new Host({ runtime: net.runtime("a") });
    host.addInterface(cable()[0], { addresses: ["fd00::1/64"] });
    const ready = rejectsErrno(host.ready(), "ENETDOWN");
    await net.complete(host.close());
    await net.complete(ready);
  });
});

describe("turns of a host", () => {
  test("many wakes are one turn, and an idle host takes none", () => {
    const { net, a } = street();
    net.runSync();
    const { events } = net.runSync({ forMs: 3_600_000 });
    assert.equal(events, 0, "nothing happens where nothing is to be done");
    for (let i = 0; i < 100; i++) a.wake();
    assert.equal(net.runSync().events, 1);
  });

  test("an observer that throws is heard of, and disturbs nothing", async () => {
    const world = street();
    const { net, a, b } = world;
    const [client, server] = await connected(world);
    a.observe({
      tcpState: () => {
        throw new Error("of the observer");
      },
    });
    const end = a.sockets.read(client, new Uint8Array(1));
    b.sockets.close(server);
    assert.throws(() => net.runSync(), /of the observer/);
    assert.equal(await net.complete(end), 0);
  });
});

describe("observers", () => {
  test("hear until they are removed, each by itself", async () => {
    const world = street();
    const heard: string[] = [];
    const observer = (name: string) => ({
      tcpState: (_: unknown, __: string, to: string) => heard.push(`${name} ${to}`),
    });
    const removals = ["one", "two"].map((name) => world.a.observe(observer(name)));
    const [client] = await connected(world);
    assert.deepEqual(heard, ["one SYN-SENT", "two SYN-SENT", "one ESTABLISHED", "two ESTABLISHED"]);
    removals[0]?.();
    world.a.sockets.close(client);
    world.net.runSync({ forMs: 10 });
    assert.deepEqual(heard.slice(4), ["two FIN-WAIT-1", "two FIN-WAIT-2"]);
    removals[1]?.();
    assert.equal(world.a.stack.counters.observer, null, "nobody listens: it costs nothing");
  });
});

describe("close", () => {
  test("ends connections with FIN and delivers what was written", async () => {
    const world = street();
    const { net, a, b } = world;
    const [client, server] = await connected(world);
    const written = await a.sockets.write(client, new Uint8Array(1_000_000));
    const into = new Uint8Array(2_000_000);
    const closing = a.close();
    assert.equal(await net.complete(b.sockets.recv(server, into, c.MSG_WAITALL)), written);
    b.sockets.close(server);
    const before = net.now;
    await net.complete(closing);
    assert.ok(net.now - before < 100, "TIME-WAIT is not waited for");
  });

  test("waits no longer than told for a peer that goes on, then resets", async () => {
    const world = street();
    const { net, a, b } = world;
    const [, server] = await connected(world);
    const before = net.now;
    await net.complete(a.close(500));
    assert.ok(net.now - before >= 500 && net.now - before < 600);
    const reading = b.sockets.read(server, new Uint8Array(1));
    assert.equal(await net.complete(reading), 0, "the FIN came first");
    net.runSync({ forMs: 10 });
    await net.complete(rejectsErrno(b.sockets.write(server, new Uint8Array(1)), "EPIPE"));
  });

  test("twice is once, and no turn is taken after it", async () => {
    const { net, a } = street();
    net.runSync();
    await net.complete(a.close());
    await net.complete(a.close());
    net.runSync({ forMs: 10 });
    a.wake();
    assert.equal(net.runSync({ forMs: 600_000 }).events, 0);
    assert.equal(a.stack.interfaces.length, 0);
  });
});
