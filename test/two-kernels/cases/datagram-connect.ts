import assert from "node:assert/strict";
import {
  AF_UNSPEC,
  type ErrnoName,
  IP_RECVERR,
  IPV6_RECVERR,
  MSG_DONTROUTE,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_PEEK,
  POLLERR,
  POLLIN,
  SO_BROADCAST,
  SO_DONTROUTE,
  SOCK_DGRAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { at, type Bench, bytesOf, LOOPBACK4, LOOPBACKS, wildcardOf } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";
import type { NameRoom } from "../sys.ts";

const NOBODY = { family: AF_UNSPEC, address: "0.0.0.0", port: 0 };

for (const address of LOOPBACKS) {
  // req: sockets/CONN-15, sockets/NAME-2
  program(`connect of a datagram socket fixes both names, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.datagram(address);
    await ok(sys.connect(fd, at(address, 9)));
    assert.equal((await bench.name(fd)).address, address);
    assert.notEqual((await bench.name(fd)).port, 0);
    assert.deepEqual(await bench.peer(fd), at(address, 9));
    assert.equal(await bench.events(fd), "OUT");
  });

  // req: sockets/CONN-15
  program(
    `a connected datagram socket hears its peer alone, ${address}`,
    async ({ bench, sys }) => {
      const [one, other] = await bench.datagrams(address);
      const stranger = await bench.bound(SOCK_DGRAM, address);
      await ok(sys.sendto(stranger, bytesOf("no"), 0, await bench.name(one)));
      assert.equal(await bench.say(other, "yes"), "3");
      assert.equal(await bench.receive(one), "yes");
      assert.equal(await bench.receive(one, 8, MSG_DONTWAIT), "EAGAIN");
    },
  );

  // req: sockets/CONN-16
  program(`connect again changes the peer, ${address}`, async ({ bench, sys }) => {
    const [one, other] = await bench.datagrams(address);
    const third = await bench.bound(SOCK_DGRAM, address);
    const name = await bench.name(one);
    await ok(sys.connect(one, await bench.name(third)));
    assert.deepEqual(await bench.peer(one), await bench.name(third));
    assert.deepEqual(await bench.name(one), name);
    assert.equal(await bench.say(one, "x"), "1");
    assert.equal(await bench.receive(third), "x");
    assert.equal(await bench.events(other), "OUT");
  });

  // req: sockets/CONN-16, sockets/CONN-17
  program(`AF_UNSPEC of one that was not bound: no peer, no port, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const fd = await bench.datagram(address);
    await ok(sys.connect(fd, at(address, 9)));
    await ok(sys.connect(fd, NOBODY));
    await fails(sys.getpeername(fd, {}), "ENOTCONN");
    assert.deepEqual(await bench.name(fd), at(wildcardOf(address), 0));
    assert.equal(await bench.say(fd, "x"), "EDESTADDRREQ");
  });

  // req: sockets/CONN-17
  program(`AF_UNSPEC of one that was bound keeps its name, ${address}`, async ({ bench, sys }) => {
    const name = await bench.nobody(address, SOCK_DGRAM);
    const fd = await bench.datagram(address);
    await ok(sys.bind(fd, name));
    await ok(sys.connect(fd, at(address, 9)));
    await ok(sys.connect(fd, NOBODY));
    assert.deepEqual(await bench.name(fd), name);
    await ok(sys.sendto(await bench.datagram(address), bytesOf("x"), 0, name));
    assert.equal(await bench.receive(fd), "x");
  });

  // req: sockets/CONN-19
  program(`what was queued before connect stays readable, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.bound(SOCK_DGRAM, address);
    const [name, stranger] = [await bench.name(fd), await bench.datagram(address)];
    await ok(sys.sendto(stranger, bytesOf("before"), 0, name));
    await bench.ready(fd, POLLIN);
    await ok(sys.connect(fd, await bench.nobody(address, SOCK_DGRAM)));
    await ok(sys.sendto(stranger, bytesOf("after"), 0, name));
    await sys.settle();
    assert.equal(await bench.receive(fd), "before");
    assert.equal(await bench.receive(fd, 8, MSG_DONTWAIT), "EAGAIN");
  });

  // req: sockets/RECV-18, sockets/ERR-6, sockets/SEND-27
  program(`port unreachable: ERR, recv tells it once, ${address}`, async ({ bench }) => {
    const fd = await unreachable(bench, address);
    assert.equal(await bench.events(fd), "OUT|ERR");
    assert.equal(await bench.receive(fd), "ECONNREFUSED");
    assert.equal(await bench.events(fd), "OUT");
    assert.equal(await bench.receive(fd, 8, MSG_DONTWAIT), "EAGAIN");
  });

  // req: sockets/SEND-27, sockets/ERR-6
  program(
    `port unreachable: send tells it, and does not send, ${address}`,
    async ({ bench, sys }) => {
      const fd = await unreachable(bench, address);
      assert.equal(await bench.say(fd, "x"), "ECONNREFUSED");
      await sys.settle();
      assert.equal(await bench.events(fd), "OUT");
      assert.equal(await bench.say(fd, "x"), "1");
      await bench.becomes(fd, "OUT|ERR");
    },
  );

  // req: sockets/ERR-6, sockets/OPT-4, sockets/GEN-8
  program(`port unreachable: SO_ERROR tells it once, ${address}`, async ({ bench }) => {
    const fd = await unreachable(bench, address);
    assert.equal(await bench.error(fd), "ECONNREFUSED");
    assert.equal(await bench.error(fd), "0");
    assert.equal(await bench.receive(fd, 8, MSG_DONTWAIT), "EAGAIN");
  });

  // req: sockets/RECV-18
  program(`port unreachable wakes a recv that waits, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.datagram(address);
    await ok(sys.connect(fd, await bench.nobody(address, SOCK_DGRAM)));
    const waiting = bench.receive(fd);
    await sys.settle();
    assert.equal(await bench.say(fd, "x"), "1");
    assert.equal(await waiting, "ECONNREFUSED");
  });

  // req: sockets/RECV-19
  program(`port unreachable is nothing to an unconnected socket, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const [fd, nobody] = [await bench.datagram(address), await bench.nobody(address, SOCK_DGRAM)];
    for (let count = 0; count < 2; count++) {
      await gives(sys.sendto(fd, bytesOf("x"), 0, nobody), 1);
      await sys.settle();
    }
    assert.equal(await bench.events(fd), "OUT");
    assert.equal(await bench.error(fd), "0");
  });

  const [level, option] = address === LOOPBACK4 ? [SOL_IP, IP_RECVERR] : [SOL_IPV6, IPV6_RECVERR];
  // req: sockets/RECV-19, sockets/OPT-26
  program(`IP_RECVERR: an unconnected socket hears of it too, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const [fd, nobody] = [await bench.datagram(address), await bench.nobody(address, SOCK_DGRAM)];
    await bench.set(fd, level, option, 1);
    await gives(sys.sendto(fd, bytesOf("x"), 0, nobody), 1);
    await bench.becomes(fd, "OUT|ERR");
    assert.equal(await bench.receive(fd), "ECONNREFUSED");
  });

  // req: sockets/RECV-23, sockets/OPT-26
  program(`MSG_ERRQUEUE: what was sent, and where to, ${address}`, async ({ bench, sys }) => {
    const [fd, nobody] = [await bench.datagram(address), await bench.nobody(address, SOCK_DGRAM)];
    await bench.set(fd, level, option, 1);
    await gives(sys.sendto(fd, bytesOf("lost"), 0, nobody), 4);
    await bench.becomes(fd, "OUT|ERR");
    const [buffer, room]: [Uint8Array, NameRoom] = [new Uint8Array(8), {}];
    await gives(sys.recvfrom(fd, buffer, MSG_ERRQUEUE, room), 4);
    assert.deepEqual([...buffer.subarray(0, 4)], [...bytesOf("lost")]);
    assert.deepEqual(room.name, nobody);
    await fails(sys.recv(fd, buffer, MSG_ERRQUEUE), "EAGAIN");
  });

  // req: sockets/RECV-23
  program(`MSG_ERRQUEUE of nothing: EAGAIN without waiting, ${address}`, async ({ bench }) => {
    assert.equal(await bench.receive(await bench.datagram(address), 8, MSG_ERRQUEUE), "EAGAIN");
    const { client } = await bench.connected(address);
    assert.equal(await bench.receive(client, 8, MSG_ERRQUEUE), "EAGAIN");
  });
}

// req: sockets/RECV-18, sockets/RECV-10
program("port unreachable: a peek tells it, and takes it", async ({ bench }) => {
  const fd = await unreachable(bench, LOOPBACK4);
  assert.equal(await bench.receive(fd, 8, MSG_PEEK), "ECONNREFUSED");
  assert.equal(await bench.events(fd), "OUT");
});

// req: sockets/RECV-18, sockets/CONN-16
program("port unreachable: connect does not tell it, nor forget it", async ({ bench, sys }) => {
  const fd = await unreachable(bench, LOOPBACK4);
  await ok(sys.connect(fd, at(LOOPBACK4, 9)));
  assert.equal(await bench.events(fd), "OUT|ERR");
  assert.equal(await bench.error(fd), "ECONNREFUSED");
});

// req: sockets/RECV-3, sockets/RECV-18
program("an error comes before the datagram that waits", async ({ bench, sys }) => {
  const nobody = await bench.nobody(LOOPBACK4, SOCK_DGRAM);
  const fd = await bench.bound(SOCK_DGRAM);
  await ok(sys.sendto(await bench.datagram(), bytesOf("data"), 0, await bench.name(fd)));
  await bench.ready(fd, POLLIN);
  await ok(sys.connect(fd, nobody));
  assert.equal(await bench.say(fd, "x"), "1");
  await bench.becomes(fd, "IN|OUT|ERR");
  assert.equal(await bench.receive(fd), "ECONNREFUSED");
  assert.equal(await bench.receive(fd), "data");
});

type Refusal = readonly [what: string, address: string, ErrnoName];

const REFUSED: readonly Refusal[] = [
  ["a network without a route", "10.1.2.3", "ENETUNREACH"],
  ["an IPv6 network without a route", "fd99::1", "ENETUNREACH"],
  ["the broadcast of the link", "10.77.0.255", "EACCES"],
  ["the broadcast of the loopback", "127.255.255.255", "EACCES"],
  ["the broadcast of all", "255.255.255.255", "ENETUNREACH"],
  ["a group without a route", "224.0.0.9", "ENETUNREACH"],
];

for (const [what, address, error] of REFUSED) {
  // req: sockets/SEND-16, sockets/SEND-30, sockets/BIND-8
  program(`sendto ${what}: ${error}`, async ({ bench, sys }) => {
    await fails(sys.sendto(await bench.datagram(address), bytesOf("x"), 0, at(address, 9)), error);
  });

  // req: sockets/SEND-16, sockets/SEND-30, sockets/CONN-1
  program(`connect of a datagram socket to ${what}: ${error}`, async ({ bench, sys }) => {
    const fd = await bench.datagram(address);
    await fails(sys.connect(fd, at(address, 9)), error);
    await fails(sys.getpeername(fd, {}), "ENOTCONN");
  });
}

// req: sockets/BIND-8
program(
  "a link-local address without a zone: connect is EINVAL, sendto takes a route",
  async (desk) => {
    const { bench, sys } = desk;
    await fails(sys.connect(await bench.datagram("::1"), at("fe80::9", 9)), "EINVAL");
    await gives(sys.sendto(await bench.datagram("::1"), bytesOf("x"), 0, at("fe80::9", 9)), 1);
  },
);

for (const address of ["10.77.0.255", "127.255.255.255"]) {
  // req: sockets/SEND-16
  program(`SO_BROADCAST: sendto and connect to ${address} go well`, async ({ bench, sys }) => {
    const fd = await bench.datagram();
    await bench.set(fd, SOL_SOCKET, SO_BROADCAST, 1);
    await gives(sys.sendto(fd, bytesOf("x"), 0, at(address, 9)), 1);
    await ok(sys.connect(fd, at(address, 9)));
    assert.equal(await bench.say(fd, "x"), "1");
  });
}

// req: sockets/SEND-16, sockets/REUSE-11
program("a broadcast on the loopback is heard by all who are bound to the port", async (desk) => {
  const { bench, sys } = desk;
  const first = await bench.bound(SOCK_DGRAM, "0.0.0.0", [2]);
  const { port } = await bench.name(first);
  const second = await bench.datagram();
  await bench.set(second, SOL_SOCKET, 2, 1);
  await ok(sys.bind(second, at("0.0.0.0", port)));
  const sender = await bench.datagram();
  await bench.set(sender, SOL_SOCKET, SO_BROADCAST, 1);
  await gives(sys.sendto(sender, bytesOf("all"), 0, at("127.255.255.255", port)), 3);
  for (const fd of [first, second]) assert.equal(await bench.receive(fd), "all");
});

// req: sockets/SEND-25
program("MSG_DONTROUTE and SO_DONTROUTE reach what is on the link", async ({ bench, sys }) => {
  const fd = await bench.bound(SOCK_DGRAM);
  const sender = await bench.datagram();
  await gives(sys.sendto(sender, bytesOf("x"), MSG_DONTROUTE, await bench.name(fd)), 1);
  assert.equal(await bench.receive(fd), "x");
  await bench.set(sender, SOL_SOCKET, SO_DONTROUTE, 1);
  await gives(sys.sendto(sender, bytesOf("y"), 0, await bench.name(fd)), 1);
  assert.equal(await bench.receive(fd), "y");
});

// req: sockets/GEN-5
program("sendto a name of another family: EAFNOSUPPORT", async ({ bench, sys }) => {
  await fails(sys.sendto(await bench.datagram(), bytesOf("x"), 0, at("::1", 9)), "EAFNOSUPPORT");
});

// req: sockets/SEND-12, sockets/GEN-5
program("sendto AF_UNSPEC: an address of IPv4", async ({ bench, sys }) => {
  const fd = await bench.bound(SOCK_DGRAM);
  const name = { ...(await bench.name(fd)), family: AF_UNSPEC };
  await gives(sys.sendto(await bench.datagram(), bytesOf("x"), 0, name), 1);
  assert.equal(await bench.receive(fd), "x");
});

// req: sockets/CONN-16
program("AF_UNSPEC of a fresh datagram socket: 0, and again", async ({ bench, sys }) => {
  const fd = await bench.datagram();
  for (let count = 0; count < 2; count++) await ok(sys.connect(fd, NOBODY));
});

// req: sockets/CONN-15
program("connect of a datagram socket to port 0: no peer, but a destination", async (desk) => {
  const { bench, sys } = desk;
  const fd = await bench.datagram();
  await ok(sys.connect(fd, at(LOOPBACK4, 0)));
  await fails(sys.getpeername(fd, {}), "ENOTCONN");
  assert.equal(await bench.say(fd, "x"), "1");
});

// req: sockets/CONN-15
program(
  "connect of a datagram socket that is bound to the wildcard fixes its address",
  async (desk) => {
    const { bench, sys } = desk;
    const fd = await bench.bound(SOCK_DGRAM, "0.0.0.0");
    const { port } = await bench.name(fd);
    await ok(sys.connect(fd, at("10.77.0.1", 9)));
    assert.deepEqual(await bench.name(fd), at("10.77.0.1", port));
  },
);

/** A connected socket whose datagram found nobody; the error is still to be told. */
async function unreachable(bench: Bench, address: string): Promise<number> {
  const fd = await bench.datagram(address);
  await ok(bench.sys.connect(fd, await bench.nobody(address, SOCK_DGRAM)));
  assert.equal(await bench.say(fd, "x"), "1");
  await bench.ready(fd, POLLERR);
  return fd;
}
