import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type ErrnoName,
  POLLOUT,
  SHUT_RDWR,
  SO_BROADCAST,
  SO_SNDTIMEO,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../../src/index.ts";
import {
  at,
  type Bench,
  bytesOf,
  LOOPBACK4,
  LOOPBACKS,
  milliseconds,
  wildcardOf,
} from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";

/** On the link, where nobody answers. */
const SILENT = at("10.77.0.9", 9);
const NOBODY = { family: AF_UNSPEC, address: "0.0.0.0", port: 0 };

for (const address of LOOPBACKS) {
  // req: sockets/CONN-1, sockets/CONN-11, sockets/NAME-2
  program(`connect: source address and port are chosen, ${address}`, async ({ bench }) => {
    const { client, server, listener } = await bench.connected(address);
    const name = await bench.name(client);
    assert.equal(name.address, address);
    assert.ok(name.port >= 32_768);
    assert.deepEqual(await bench.peer(client), await bench.name(listener));
    assert.deepEqual(await bench.peer(server), name);
  });

  // req: sockets/CONN-1, sockets/CONN-9, sockets/CONN-23
  program(`connect refused: ECONNREFUSED, and all is as before, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const fd = await bench.stream(address);
    await fails(sys.connect(fd, await bench.nobody(address)), "ECONNREFUSED");
    assert.equal(await bench.error(fd), "0");
    assert.equal(await bench.events(fd), "OUT|HUP");
    assert.equal(await bench.receive(fd), "ENOTCONN");
    assert.equal(await bench.say(fd, "x"), "EPIPE");
    await fails(sys.getpeername(fd, {}), "ENOTCONN");
    await fails(sys.shutdown(fd, SHUT_RDWR), "ENOTCONN");
  });

  // req: sockets/CONN-9
  program(`connect again after a refusal: refused, or well, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.stream(address);
    const nobody = await bench.nobody(address);
    for (let count = 0; count < 3; count++) await fails(sys.connect(fd, nobody), "ECONNREFUSED");
    await ok(sys.connect(fd, await bench.name(await bench.listener(address))));
    assert.equal(await bench.events(fd), "OUT");
  });

  // req: sockets/CONN-2, sockets/CONN-4, sockets/CONN-5
  program(`a non-blocking connect: EINPROGRESS, OUT, 0, EISCONN, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const name = await bench.name(await bench.listener(address));
    const fd = await bench.stream(address, SOCK_NONBLOCK);
    await fails(sys.connect(fd, name), "EINPROGRESS");
    await bench.ready(fd, POLLOUT);
    assert.equal(await bench.events(fd), "OUT");
    assert.equal(await bench.error(fd), "0");
    await gives(sys.connect(fd, name), 0);
    await fails(sys.connect(fd, name), "EISCONN");
    await fails(sys.connect(fd, name), "EISCONN");
  });

  // req: sockets/CONN-4
  program(`connect on an established socket: EISCONN, either end, ${address}`, async (desk) => {
    const { client, server, listener } = await desk.bench.connected(address);
    const name = await desk.bench.name(listener);
    for (const fd of [client, server]) await fails(desk.sys.connect(fd, name), "EISCONN");
  });

  // req: sockets/CONN-6
  program(`an asynchronous refusal: all bits, SO_ERROR once, ${address}`, async ({ bench }) => {
    const fd = await bench.refused(address);
    assert.equal(await bench.events(fd), "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.error(fd), "ECONNREFUSED");
    assert.equal(await bench.error(fd), "0");
    assert.equal(await bench.events(fd), "IN|OUT|HUP|RDHUP");
  });

  // req: sockets/CONN-7
  program(`an asynchronous refusal read by recv: once, then the end, ${address}`, async (desk) => {
    const { bench } = desk;
    const fd = await bench.refused(address);
    assert.equal(await bench.receive(fd), "ECONNREFUSED");
    assert.equal(await bench.receive(fd), "");
    assert.equal(await bench.receive(fd), "");
    assert.equal(await bench.say(fd, "x"), "EPIPE");
    assert.equal(await bench.error(fd), "0");
  });

  // req: sockets/CONN-7, sockets/GEN-8
  program(`an asynchronous refusal told by send: once, then EPIPE, ${address}`, async (desk) => {
    const { bench } = desk;
    const fd = await bench.refused(address);
    assert.equal(await bench.say(fd, "x"), "ECONNREFUSED");
    assert.equal(await bench.say(fd, "x"), "EPIPE");
    assert.equal(await bench.receive(fd), "");
  });

  // req: sockets/CONN-8
  program(
    `connect after an error that was read: ECONNABORTED, then anew, ${address}`,
    async (desk) => {
      const { bench, sys } = desk;
      const name = await bench.name(await bench.listener(address));
      const fd = await bench.refused(address);
      assert.equal(await bench.error(fd), "ECONNREFUSED");
      await fails(sys.connect(fd, name), "ECONNABORTED");
      await fails(sys.connect(fd, name), "EINPROGRESS");
      await bench.becomes(fd, "OUT");
    },
  );

  // req: sockets/CONN-8, sockets/GEN-8
  program(`connect tells an error that nobody has read, ${address}`, async ({ bench, sys }) => {
    const name = await bench.name(await bench.listener(address));
    const fd = await bench.refused(address);
    await fails(sys.connect(fd, name), "ECONNREFUSED");
    await fails(sys.connect(fd, name), "EINPROGRESS");
  });

  // req: sockets/CONN-12
  program(`connect to the wildcard is to this host, ${address}`, async ({ bench, sys }) => {
    const listener = await bench.listener(wildcardOf(address));
    const { port } = await bench.name(listener);
    const fd = await bench.stream(address);
    await ok(sys.connect(fd, at(wildcardOf(address), port)));
    assert.deepEqual(await bench.peer(fd), at(address, port));
    assert.equal((await bench.name(fd)).address, address);
  });

  // req: sockets/CONN-1
  program(`connect to port 0: ECONNREFUSED, ${address}`, async ({ bench, sys }) => {
    await fails(sys.connect(await bench.stream(address), at(address, 0)), "ECONNREFUSED");
  });

  // req: sockets/CONN-21
  program(`a socket connected to itself, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.bound(SOCK_STREAM, address);
    await ok(sys.connect(fd, await bench.name(fd)));
    assert.deepEqual(await bench.peer(fd), await bench.name(fd));
    assert.equal(await bench.say(fd, "me"), "2");
    assert.equal(await bench.receive(fd), "me");
  });

  // req: sockets/CONN-18
  program(`AF_UNSPEC ends a connection with RST, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    await ok(sys.connect(client, NOBODY));
    await bench.becomes(server, "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.receive(server), "ECONNRESET");
    await fails(sys.getpeername(client, {}), "ENOTCONN");
    assert.equal(await bench.events(client), "OUT|ERR|HUP");
    assert.equal(await bench.error(client), "ECONNRESET");
    assert.equal(await bench.events(client), "OUT|HUP");
    assert.equal((await bench.name(client)).address, wildcardOf(address));
  });

  // req: sockets/CONN-18
  program(`a socket freed with AF_UNSPEC connects again, ${address}`, async ({ bench, sys }) => {
    const { client, listener } = await bench.connected(address);
    await ok(sys.connect(client, NOBODY));
    await fails(sys.connect(client, await bench.nobody(address)), "ECONNREFUSED");
    await ok(sys.connect(client, await bench.name(listener)));
    const second = await ok(sys.accept(listener));
    assert.equal(await bench.say(client, "again"), "5");
    assert.equal(await bench.receive(second), "again");
  });
}

// req: sockets/CONN-18
program("AF_UNSPEC keeps a port that bind() was asked for", async ({ bench, sys }) => {
  const name = await bench.nobody();
  const fd = await bench.stream();
  await ok(sys.bind(fd, name));
  await ok(sys.connect(fd, await bench.name(await bench.listener())));
  await ok(sys.connect(fd, NOBODY));
  assert.deepEqual(await bench.name(fd), name);
  await fails(sys.bind(await bench.stream(), name), "EADDRINUSE");
});

// req: sockets/CONN-18
program("AF_UNSPEC on a fresh socket and on one that connects: 0", async ({ bench, sys }) => {
  await ok(sys.connect(await bench.stream(), NOBODY));
  const fd = await pending(bench);
  await ok(sys.connect(fd, NOBODY));
  assert.equal(await bench.events(fd), "OUT|ERR|HUP");
  await fails(sys.connect(fd, await bench.name(await bench.listener())), "EINPROGRESS");
  await bench.becomes(fd, "OUT");
});

// req: sockets/CONN-3, sockets/CONN-24
program("while connecting: EALREADY, EAGAIN, ENOTCONN, a name, no event", async (desk) => {
  const { bench, sys } = desk;
  const fd = await pending(bench);
  await fails(sys.connect(fd, SILENT), "EALREADY");
  await fails(sys.connect(fd, await bench.name(await bench.listener())), "EALREADY");
  assert.equal(await bench.say(fd, "x"), "EAGAIN");
  assert.equal(await bench.receive(fd), "EAGAIN");
  await fails(sys.getpeername(fd, {}), "ENOTCONN");
  assert.equal((await bench.name(fd)).address, "10.77.0.1");
  assert.notEqual((await bench.name(fd)).port, 0);
  assert.equal(await bench.events(fd), "-");
  assert.equal(await bench.error(fd), "0");
});

// req: sockets/CONN-24
program("while connecting: bind is EINVAL, shutdown succeeds", async ({ bench, sys }) => {
  const fd = await pending(bench);
  await fails(sys.bind(fd, at(LOOPBACK4)), "EINVAL");
  await ok(sys.shutdown(fd, SHUT_RDWR));
});

for (const how of [0, 1, 2]) {
  // req: sockets/CONN-24
  program(`shutdown(${how}) ends a connect that is under way`, async ({ bench, sys }) => {
    const fd = await pending(bench);
    await ok(sys.shutdown(fd, how));
    assert.equal(await bench.events(fd), "OUT|ERR|HUP");
    assert.equal(await bench.error(fd), "ECONNRESET");
    assert.equal(await bench.events(fd), "OUT|HUP");
    await fails(sys.getpeername(fd, {}), "ENOTCONN");
  });
}

// req: sockets/CONN-24
program("shutdown wakes a connect that waits", async ({ bench, sys }) => {
  const fd = await bench.stream();
  const waiting = sys.connect(fd, SILENT);
  await sys.settle();
  await ok(sys.shutdown(fd, SHUT_RDWR));
  await fails(waiting, "ECONNRESET");
});

// req: sockets/CONN-14, sockets/GEN-11
program("SO_SNDTIMEO: a connect that waits gives up with EINPROGRESS", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await bench.set(fd, SOL_SOCKET, SO_SNDTIMEO, milliseconds(30));
  const before = performance.now();
  await fails(sys.connect(fd, SILENT), "EINPROGRESS");
  assert.ok(performance.now() - before >= 25);
  await fails(sys.connect(fd, SILENT), "EALREADY");
});

// req: sockets/CONN-25, sockets/GEN-11
program("a send on a socket that connects waits: EAGAIN after SO_SNDTIMEO", async (desk) => {
  const { bench, sys } = desk;
  const fd = await pending(bench);
  await ok(sys.fcntl(fd, 4, 0));
  await bench.set(fd, SOL_SOCKET, SO_SNDTIMEO, milliseconds(30));
  const before = performance.now();
  assert.equal(await bench.say(fd, "x"), "EAGAIN");
  assert.ok(performance.now() - before >= 25);
});

// req: sockets/CONN-25
program("a send on a socket that connects waits until it is connected", async ({ bench, sys }) => {
  const listener = await bench.listener(LOOPBACK4, 0);
  const name = await bench.name(listener);
  await ok(sys.connect(await bench.stream(), name));
  const fd = await bench.stream(LOOPBACK4, SOCK_NONBLOCK);
  await fails(sys.connect(fd, name), "EINPROGRESS");
  await ok(sys.fcntl(fd, 4, 0));
  const waiting = sys.send(fd, bytesOf("queued"));
  await sys.settle();
  await ok(sys.accept(listener));
  await gives(waiting, 6);
  assert.equal(await bench.receive(await ok(sys.accept(listener))), "queued");
});

type Unreachable = readonly [what: string, family: number, address: string, ErrnoName];

const UNREACHABLE: readonly Unreachable[] = [
  ["a network without a route", AF_INET, "10.1.2.3", "ENETUNREACH"],
  ["an IPv6 network without a route", AF_INET6, "fd99::1", "ENETUNREACH"],
  ["the broadcast of all", AF_INET, "255.255.255.255", "ENETUNREACH"],
  ["a group", AF_INET, "224.0.0.9", "ENETUNREACH"],
  ["the broadcast of the link", AF_INET, "10.77.0.255", "ENETUNREACH"],
  ["the broadcast of the loopback", AF_INET, "127.255.255.255", "ENETUNREACH"],
  ["a link-local address without a zone", AF_INET6, "fe80::9", "EINVAL"],
];

for (const [what, family, address, error] of UNREACHABLE) {
  // req: sockets/CONN-1, sockets/CONN-13
  program(`connect to ${what}: ${error}`, async ({ bench, sys }) => {
    const fd = await ok(sys.socket(family, SOCK_STREAM | SOCK_NONBLOCK));
    await fails(sys.connect(fd, at(address, 9)), error);
    assert.equal(await bench.events(fd), "OUT|HUP");
    const listener = await bench.listener(family === AF_INET6 ? "::1" : LOOPBACK4);
    await fails(sys.connect(fd, await bench.name(listener)), "EINPROGRESS");
  });
}

// req: sockets/CONN-13
program("connect to a broadcast with SO_BROADCAST: ENETUNREACH", async ({ bench, sys }) => {
  for (const address of ["10.77.0.255", "127.255.255.255"]) {
    const fd = await bench.stream(LOOPBACK4, SOCK_NONBLOCK);
    await bench.set(fd, SOL_SOCKET, SO_BROADCAST, 1);
    await fails(sys.connect(fd, at(address, 9)), "ENETUNREACH");
  }
});

// req: sockets/CONN-1
program("connect to an IPv6 group: ENETUNREACH", async ({ bench, sys }) => {
  const fd = await bench.stream("::1", SOCK_NONBLOCK);
  await fails(sys.connect(fd, at("ff05::9", 9)), "ENETUNREACH");
});

// req: sockets/GEN-5
program("connect to a name of another family: EAFNOSUPPORT", async ({ bench, sys }) => {
  await fails(sys.connect(await bench.stream(), at("::1", 9)), "EAFNOSUPPORT");
  await fails(sys.connect(await bench.datagram(), at("::1", 9)), "EAFNOSUPPORT");
  const octets = new Uint8Array(28);
  octets[0] = AF_INET;
  await fails(sys.connect(await bench.stream("::1"), { octets }), "EAFNOSUPPORT");
});

// req: sockets/GEN-5
program("connect an IPv6 socket to a sockaddr_in: too short, EINVAL", async ({ bench, sys }) => {
  await fails(sys.connect(await bench.stream("::1"), at(LOOPBACK4, 9)), "EINVAL");
});

// req: sockets/GEN-5, sockets/CONN-4
program("connect: the state comes before the family", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await fails(sys.connect(client, at("::1", 9)), "EISCONN");
  const fd = await pending(bench);
  await fails(sys.connect(fd, at("::1", 9)), "EALREADY");
});

// req: sockets/CONN-22, sockets/NAME-2
program("connect from an address of the host to another of its own", async ({ bench, sys }) => {
  const listener = await bench.listener("10.77.0.1");
  const fd = await bench.stream();
  await ok(sys.connect(fd, await bench.name(listener)));
  assert.equal((await bench.name(fd)).address, "10.77.0.1");
});

// req: sockets/NAME-2
program("connect within 127/8: the source is 127.0.0.1", async ({ bench, sys }) => {
  const listener = await bench.listener("127.9.9.9");
  const fd = await bench.stream();
  await ok(sys.connect(fd, await bench.name(listener)));
  assert.equal((await bench.name(fd)).address, "127.0.0.1");
});

// req: sockets/CONN-5
program("SO_ERROR of a connect that went well is 0, and stays", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await ok(sys.connect(fd, await bench.name(await bench.listener())));
  for (let count = 0; count < 2; count++) assert.equal(await bench.error(fd), "0");
});

// req: sockets/CONN-2
program("close ends a connect that is under way", async ({ bench, sys }) => {
  const fd = await pending(bench);
  await ok(sys.close(fd));
  await fails(sys.connect(fd, SILENT), "EBADF");
});

/** A socket that connects and hears nothing. */
async function pending(bench: Bench): Promise<number> {
  const fd = await bench.stream(LOOPBACK4, SOCK_NONBLOCK);
  await fails(bench.sys.connect(fd, SILENT), "EINPROGRESS");
  return fd;
}
