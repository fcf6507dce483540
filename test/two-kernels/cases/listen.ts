import assert from "node:assert/strict";
import {
  AF_UNSPEC,
  POLLIN,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { at, LOOPBACK4, LOOPBACKS, wildcardOf } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";

for (const address of LOOPBACKS) {
  // req: sockets/LIST-1
  program(`listen without bind: the wildcard and a port of its own, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const fd = await bench.stream(address);
    await ok(sys.listen(fd, 1));
    const name = await bench.name(fd);
    assert.equal(name.address, wildcardOf(address));
    assert.notEqual(name.port, 0);
    await ok(sys.connect(await bench.stream(address), at(address, name.port)));
  });

  // req: sockets/LIST-13, sockets/POLL-1
  program(`poll of a listener: nothing, then IN, ${address}`, async ({ bench, sys }) => {
    const listener = await bench.listener(address);
    assert.equal(await bench.events(listener), "-");
    await ok(sys.connect(await bench.stream(address), await bench.name(listener)));
    await bench.becomes(listener, "IN");
    await ok(sys.accept(listener));
    assert.equal(await bench.events(listener), "-");
  });

  // req: sockets/LIST-3
  program(`listen on a datagram socket: EOPNOTSUPP, ${address}`, async ({ bench, sys }) => {
    await fails(sys.listen(await bench.datagram(address), 1), "EOPNOTSUPP");
    await fails(sys.listen(await bench.bound(SOCK_DGRAM, address), 1), "EOPNOTSUPP");
  });

  // req: sockets/LIST-2
  program(`listen on a connected socket: EINVAL, either end, ${address}`, async (desk) => {
    const { client, server } = await desk.bench.connected(address);
    for (const fd of [client, server]) await fails(desk.sys.listen(fd, 1), "EINVAL");
  });
}

// req: sockets/LIST-2
program("listen while connecting: EINVAL", async ({ bench, sys }) => {
  const fd = await bench.stream(LOOPBACK4, SOCK_NONBLOCK);
  await fails(sys.connect(fd, at("10.77.0.9", 9)), "EINPROGRESS");
  await fails(sys.listen(fd, 1), "EINVAL");
});

// req: sockets/LIST-4
program("listen again: only the backlog changes", async ({ bench, sys }) => {
  const listener = await bench.listener(LOOPBACK4, 0);
  const before = await bench.name(listener);
  await ok(sys.listen(listener, 5));
  assert.deepEqual(await bench.name(listener), before);
  for (let count = 0; count < 5; count++) await ok(sys.connect(await bench.stream(), before));
});

// req: sockets/LIST-5
program("listen: EADDRINUSE for the second of two that share a port", async ({ bench, sys }) => {
  const first = await bench.bound(SOCK_STREAM, LOOPBACK4, [SO_REUSEADDR]);
  const second = await bench.stream();
  await bench.set(second, SOL_SOCKET, SO_REUSEADDR, 1);
  await ok(sys.bind(second, await bench.name(first)));
  await ok(sys.listen(second, 1));
  await fails(sys.listen(first, 1), "EADDRINUSE");
  await ok(sys.close(second));
  await ok(sys.listen(first, 1));
});

// req: sockets/LIST-5
program("listen: EADDRINUSE for the wildcard where an address is heard", async (desk) => {
  const { bench, sys } = desk;
  const exact = await bench.bound(SOCK_STREAM, LOOPBACK4, [SO_REUSEADDR]);
  const any = await bench.stream();
  await bench.set(any, SOL_SOCKET, SO_REUSEADDR, 1);
  await ok(sys.bind(any, at("0.0.0.0", (await bench.name(exact)).port)));
  await ok(sys.listen(exact, 1));
  await fails(sys.listen(any, 1), "EADDRINUSE");
});

// req: sockets/REUSE-4, sockets/LIST-5
program("listen: SO_REUSEPORT on both lets both", async ({ bench, sys }) => {
  const first = await bench.bound(SOCK_STREAM, LOOPBACK4, [SO_REUSEPORT]);
  const second = await bench.stream();
  await bench.set(second, SOL_SOCKET, SO_REUSEPORT, 1);
  await ok(sys.bind(second, await bench.name(first)));
  for (const fd of [first, second]) await ok(sys.listen(fd, 1));
});

for (const backlog of [-1, 0, 1, 4096, 4097, 2_147_483_647, -2_147_483_648]) {
  // req: sockets/LIST-6
  program(`listen takes a backlog of ${backlog}`, async ({ bench, sys }) => {
    const listener = await bench.bound(SOCK_STREAM);
    await gives(sys.listen(listener, backlog), 0);
    const name = await bench.name(listener);
    await ok(sys.connect(await bench.stream(), name));
    await ok(sys.accept(listener));
  });
}

for (const backlog of [0, 1, 3]) {
  // req: sockets/LIST-7, sockets/LIST-8
  program(`a backlog of ${backlog} holds ${backlog + 1}; the next stays pending`, async (desk) => {
    const { bench, sys } = desk;
    const listener = await bench.listener(LOOPBACK4, backlog);
    const name = await bench.name(listener);
    for (let count = 0; count <= backlog; count++)
      await ok(sys.connect(await bench.stream(), name));
    const late = await bench.stream(LOOPBACK4, SOCK_NONBLOCK);
    await fails(sys.connect(late, name), "EINPROGRESS");
    await sys.settle();
    assert.equal(await bench.events(late), "-");
    await fails(sys.connect(late, name), "EALREADY");
    for (let count = 0; count <= backlog; count++) await ok(sys.accept(listener));
  });
}

// req: sockets/LIST-8, sockets/LIST-10
program("who was left out of a full queue hears nothing when the listener closes", async (desk) => {
  const { bench, sys } = desk;
  const listener = await bench.listener(LOOPBACK4, 0);
  const name = await bench.name(listener);
  const taken = await bench.stream();
  await ok(sys.connect(taken, name));
  const late = await bench.stream(LOOPBACK4, SOCK_NONBLOCK);
  await fails(sys.connect(late, name), "EINPROGRESS");
  await sys.settle();
  await ok(sys.close(listener));
  await bench.becomes(taken, "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(await bench.events(late), "-");
});

for (const address of LOOPBACKS) {
  // req: sockets/LIST-10, sockets/CLOSE-8
  program(`closing a listener resets what waits in its queue, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const listener = await bench.listener(address);
    const client = await bench.stream(address);
    await ok(sys.connect(client, await bench.name(listener)));
    await ok(sys.close(listener));
    await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.receive(client), "ECONNRESET");
    assert.equal(await bench.receive(client), "");
  });
}

// req: sockets/LIST-10
program("closing a listener leaves accepted connections alone", async ({ bench, sys }) => {
  const { client, server, listener } = await bench.connected();
  await ok(sys.close(listener));
  assert.equal(await bench.say(client, "still"), "5");
  assert.equal(await bench.receive(server), "still");
});

// req: sockets/LIST-11
program("SHUT_RD stops a listener: OUT|HUP, accept EINVAL", async ({ bench, sys }) => {
  const listener = await bench.listener();
  await ok(sys.shutdown(listener, SHUT_RD));
  assert.equal(await bench.events(listener), "OUT|HUP");
  await fails(sys.accept(listener), "EINVAL");
  assert.equal(await bench.get(listener, SOL_SOCKET, SO_ACCEPTCONN), 0);
});

// req: sockets/LIST-11
program("SHUT_RD wakes an accept that waits: EINVAL", async ({ bench, sys }) => {
  const listener = await bench.listener();
  const waiting = sys.accept(listener);
  await sys.settle();
  await ok(sys.shutdown(listener, SHUT_RD));
  await fails(waiting, "EINVAL");
});

// req: sockets/LIST-11
program("a listener that was stopped refuses, and may listen again", async ({ bench, sys }) => {
  const name = await bench.nobody();
  const listener = await bench.stream();
  await ok(sys.bind(listener, name));
  await ok(sys.listen(listener, 1));
  await ok(sys.shutdown(listener, SHUT_RDWR));
  await fails(sys.connect(await bench.stream(), name), "ECONNREFUSED");
  await ok(sys.listen(listener, 1));
  assert.deepEqual(await bench.name(listener), name);
  await ok(sys.connect(await bench.stream(), name));
});

// req: sockets/LIST-11
program("a listener that was stopped gives back a port it had not asked for", async (desk) => {
  const { bench, sys } = desk;
  const listener = await bench.listener();
  const { port } = await bench.name(listener);
  await ok(sys.shutdown(listener, SHUT_RD));
  await ok(sys.bind(await bench.stream(), at(LOOPBACK4, port)));
  await ok(sys.listen(listener, 1));
  assert.notEqual((await bench.name(listener)).port, port);
});

// req: sockets/LIST-11
program("SHUT_WR does not stop a listener", async ({ bench, sys }) => {
  const listener = await bench.listener();
  await ok(sys.shutdown(listener, SHUT_WR));
  assert.equal(await bench.events(listener), "-");
  await ok(sys.connect(await bench.stream(), await bench.name(listener)));
  await ok(sys.accept(listener));
});

// req: sockets/SHUT-1
program("shutdown of a listener: EINVAL for an unknown way", async ({ bench, sys }) => {
  const listener = await bench.listener();
  for (const how of [3, -1]) await fails(sys.shutdown(listener, how), "EINVAL");
});

for (const address of LOOPBACKS) {
  // req: sockets/LIST-12, sockets/RECV-7, sockets/SEND-4, sockets/NAME-3
  program(`a listener cannot talk, ${address}`, async ({ bench, sys }) => {
    const listener = await bench.listener(address);
    assert.equal(await bench.receive(listener), "ENOTCONN");
    assert.equal(await bench.say(listener, "x"), "EPIPE");
    await fails(sys.getpeername(listener, {}), "ENOTCONN");
    await fails(sys.connect(listener, at(address, 9)), "EISCONN");
    assert.equal(await bench.error(listener), "0");
  });
}

// req: sockets/BIND-2, sockets/LIST-2
program("bind on a listener: EINVAL", async ({ bench, sys }) => {
  await fails(sys.bind(await bench.listener(), at(LOOPBACK4)), "EINVAL");
});

// req: sockets/CONN-18, sockets/LIST-12
program("connect to AF_UNSPEC ends listening", async ({ bench, sys }) => {
  const listener = await bench.listener();
  const name = await bench.name(listener);
  await ok(sys.connect(listener, { family: AF_UNSPEC, address: "0.0.0.0", port: 0 }));
  await fails(sys.accept(listener), "EINVAL");
  await fails(sys.connect(await bench.stream(), name), "ECONNREFUSED");
});

// req: sockets/ACC-10, sockets/LIST-13
program("a connection is complete without accept: it takes octets and says so", async (desk) => {
  const { bench, sys } = desk;
  const listener = await bench.listener();
  const client = await bench.stream();
  await ok(sys.connect(client, await bench.name(listener)));
  assert.equal(await bench.say(client, "early"), "5");
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.ready(listener, POLLIN);
  const server = await ok(sys.accept(listener));
  assert.equal(await bench.receive(server), "early");
  assert.equal(await bench.receive(server), "");
});
