import assert from "node:assert/strict";
import {
  FIONREAD,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLIN,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SIOCOUTQ,
  SO_RCVBUF,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { at, bytesOf, LOOPBACK4, LOOPBACKS, milliseconds, textOf, wildcardOf } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";
import type { NameRoom } from "../sys.ts";

/** The most that one datagram carries. */
const LONGEST = { "127.0.0.1": 65_507, "::1": 65_527 } as const;

for (const address of LOOPBACKS) {
  // req: sockets/SEND-19, sockets/RECV-1
  program(
    `sendto and recvfrom: one call, one datagram, with its sender, ${address}`,
    async (desk) => {
      const { bench, sys } = desk;
      const [one, other] = [await bench.bound(SOCK_DGRAM, address), await bench.datagram(address)];
      const name = await bench.name(one);
      for (const text of ["first", "second"])
        await gives(sys.sendto(other, bytesOf(text), 0, name), text.length);
      for (const text of ["first", "second"]) {
        const [buffer, room]: [Uint8Array, NameRoom] = [new Uint8Array(64), {}];
        await gives(sys.recvfrom(one, buffer, 0, room), text.length);
        assert.equal(textOf(buffer.subarray(0, text.length)), text);
        assert.deepEqual(room.name, at(address, (await bench.name(other)).port));
        assert.equal(room.length, address === LOOPBACK4 ? 16 : 28);
      }
    },
  );

  // req: sockets/SEND-18
  program(`the first send binds: wildcard and a port, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.datagram(address);
    await gives(sys.sendto(fd, bytesOf("x"), 0, at(address, 9)), 1);
    const name = await bench.name(fd);
    assert.equal(name.address, wildcardOf(address));
    assert.ok(name.port >= 32_768, String(name.port));
  });

  // req: sockets/SEND-11
  program(`without a destination: EDESTADDRREQ, ${address}`, async ({ bench, sys }) => {
    for (const fd of [await bench.datagram(address), await bench.bound(SOCK_DGRAM, address)]) {
      assert.equal(await bench.say(fd, "x"), "EDESTADDRREQ");
      await fails(sys.write(fd, bytesOf("x")), "EDESTADDRREQ");
      await fails(sys.writev(fd, [bytesOf("x")]), "EDESTADDRREQ");
      assert.equal(await bench.say(fd, ""), "EDESTADDRREQ");
    }
  });

  // req: sockets/SEND-13
  program(
    `the longest datagram, and one octet more: EMSGSIZE, ${address}`,
    async ({ bench, sys }) => {
      const [one, other] = await bench.datagrams(address);
      const longest = LONGEST[address as keyof typeof LONGEST];
      await gives(sys.send(one, new Uint8Array(longest).fill(7)), longest);
      const buffer = new Uint8Array(70_000);
      await gives(sys.recv(other, buffer), longest);
      assert.ok(buffer.subarray(0, longest).every((octet) => octet === 7));
      await fails(sys.send(one, new Uint8Array(longest + 1)), "EMSGSIZE");
      await fails(sys.send(one, new Uint8Array(1_000_000)), "EMSGSIZE");
      await sys.settle();
      assert.equal(await bench.events(other), "OUT");
    },
  );

  // req: sockets/SEND-15
  program(`a datagram of nothing arrives as one, ${address}`, async ({ bench, sys }) => {
    const [one, other] = await bench.datagrams(address);
    assert.equal(await bench.say(one, ""), "0");
    await bench.ready(other, POLLIN);
    const room: NameRoom = {};
    await gives(sys.recvfrom(other, new Uint8Array(8), 0, room), 0);
    assert.deepEqual(room.name, await bench.name(one));
    assert.equal(await bench.receive(other, 8, MSG_DONTWAIT), "EAGAIN");
  });

  // req: sockets/RECV-12, sockets/RECV-13
  program(`too long for the buffer: the rest is gone, ${address}`, async ({ bench, sys }) => {
    const [one, other] = await bench.datagrams(address);
    for (const text of ["abcdef", "ghijkl"]) assert.equal(await bench.say(one, text), "6");
    assert.equal(await bench.receive(other, 3), "abc");
    await gives(sys.recv(other, new Uint8Array(2), MSG_TRUNC), 6);
    assert.equal(await bench.receive(other, 8, MSG_DONTWAIT), "EAGAIN");
  });

  // req: sockets/RECV-10
  program(`MSG_PEEK leaves the datagram, ${address}`, async ({ bench, sys }) => {
    const [one, other] = await bench.datagrams(address);
    for (const text of ["abc", "def"]) assert.equal(await bench.say(one, text), "3");
    assert.equal(await bench.receive(other, 2, MSG_PEEK), "ab");
    await gives(sys.recv(other, new Uint8Array(1), MSG_PEEK | MSG_TRUNC), 3);
    assert.equal(await bench.receive(other), "abc");
    assert.equal(await bench.receive(other), "def");
  });

  // req: sockets/RECV-14
  program(`MSG_WAITALL means one datagram, ${address}`, async ({ bench }) => {
    const [one, other] = await bench.datagrams(address);
    for (const text of ["a", "b"]) assert.equal(await bench.say(one, text), "1");
    assert.equal(await bench.receive(other, 8, MSG_WAITALL), "a");
  });

  // req: sockets/SEND-17
  program(`sendto port 0: EINVAL, ${address}`, async ({ bench, sys }) => {
    await fails(
      sys.sendto(await bench.datagram(address), bytesOf("x"), 0, at(address, 0)),
      "EINVAL",
    );
  });

  // req: sockets/SEND-12
  program(`sendto elsewhere from a connected socket goes there, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const [one, other] = await bench.datagrams(address);
    const third = await bench.bound(SOCK_DGRAM, address);
    await gives(sys.sendto(one, bytesOf("x"), 0, await bench.name(third)), 1);
    assert.equal(await bench.receive(third), "x");
    assert.equal(await bench.events(other), "OUT");
    assert.deepEqual(await bench.peer(one), await bench.name(other));
  });

  // req: sockets/SEND-28, sockets/SHUT-7
  program(
    `SHUT_WR of a connected one: EPIPE, nothing is sent, ${address}`,
    async ({ bench, sys }) => {
      const [one, other] = await bench.datagrams(address);
      await ok(sys.shutdown(one, SHUT_WR));
      assert.equal(await bench.say(one, "x"), "EPIPE");
      await fails(sys.sendto(one, bytesOf("x"), 0, await bench.name(other)), "EPIPE");
      await sys.settle();
      assert.equal(await bench.events(other), "OUT");
      assert.equal(await bench.events(one), "OUT");
      assert.equal(await bench.say(other, "y"), "1");
      assert.equal(await bench.receive(one), "y");
    },
  );

  // req: sockets/RECV-21, sockets/SHUT-7
  program(
    `SHUT_RD of a connected one: 0 when nothing is there, ${address}`,
    async ({ bench, sys }) => {
      const [one, other] = await bench.datagrams(address);
      assert.equal(await bench.say(other, "early"), "5");
      await bench.ready(one, POLLIN);
      await ok(sys.shutdown(one, SHUT_RD));
      assert.equal(await bench.events(one), "IN|OUT|RDHUP");
      assert.equal(await bench.receive(one), "early");
      assert.equal(await bench.receive(one), "");
      assert.equal(await bench.say(one, "x"), "1");
      assert.equal(await bench.receive(other), "x");
    },
  );

  // req: sockets/SHUT-7
  program(
    `shutdown of an unconnected one: ENOTCONN, and yet it is shut, ${address}`,
    async (desk) => {
      const { bench, sys } = desk;
      const fd = await bench.bound(SOCK_DGRAM, address);
      await fails(sys.shutdown(fd, SHUT_RDWR), "ENOTCONN");
      assert.equal(await bench.events(fd), "IN|OUT|HUP|RDHUP");
      assert.equal(await bench.receive(fd), "");
      await fails(sys.sendto(fd, bytesOf("x"), 0, at(address, 9)), "EPIPE");
    },
  );
}

// req: sockets/SHUT-7, sockets/RECV-21
program("SHUT_RD wakes a recv that waits for a datagram: 0", async ({ bench, sys }) => {
  const [one] = await bench.datagrams();
  const waiting = bench.receive(one);
  await sys.settle();
  await ok(sys.shutdown(one, SHUT_RD));
  assert.equal(await waiting, "");
});

// req: sockets/RECV-6
program(
  "no datagram: EAGAIN with O_NONBLOCK, MSG_DONTWAIT, SO_RCVTIMEO",
  async ({ bench, sys }) => {
    const fd = await bench.bound(SOCK_DGRAM);
    assert.equal(await bench.receive(fd, 8, MSG_DONTWAIT), "EAGAIN");
    await bench.set(fd, SOL_SOCKET, SO_RCVTIMEO, milliseconds(30));
    assert.equal(await bench.receive(fd), "EAGAIN");
    await ok(sys.fcntl(fd, 4, SOCK_NONBLOCK));
    assert.equal(await bench.receive(fd), "EAGAIN");
  },
);

// req: sockets/RECV-1
program("a recv that waits gets the datagram that comes", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  const waiting = bench.receive(one);
  await sys.settle();
  assert.equal(await bench.say(other, "late"), "4");
  assert.equal(await waiting, "late");
});

// req: sockets/RECV-8, sockets/RECV-17
program("read of nothing leaves a datagram, recv of nothing takes it", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  for (const text of ["abc", "def"]) assert.equal(await bench.say(one, text), "3");
  await bench.ready(other, POLLIN);
  await gives(sys.read(other, new Uint8Array(0)), 0);
  await gives(sys.recv(other, new Uint8Array(0)), 0);
  assert.equal(await bench.receive(other), "def");
});

// req: sockets/RECV-17
program("read takes a datagram of nothing when it asks for octets", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  assert.equal(await bench.say(one, ""), "0");
  await bench.ready(other, POLLIN);
  await gives(sys.read(other, new Uint8Array(0)), 0);
  assert.equal(await bench.events(other), "IN|OUT");
  await gives(sys.read(other, new Uint8Array(4)), 0);
  assert.equal(await bench.events(other), "OUT");
});

// req: sockets/SEND-9, sockets/SEND-15
program("write of nothing sends nothing, send of nothing sends a datagram", async (desk) => {
  const { bench, sys } = desk;
  const [one, other] = await bench.datagrams();
  await gives(sys.write(one, new Uint8Array(0)), 0);
  await bench.becomes(other, "IN|OUT");
  await gives(sys.recv(other, new Uint8Array(4)), 0);
  assert.equal(await bench.receive(other, 4, MSG_DONTWAIT), "EAGAIN");
});

// req: sockets/SEND-23, sockets/OOB-4
program("MSG_OOB of datagrams: EOPNOTSUPP to send, nothing special to receive", async (desk) => {
  const { bench } = desk;
  const [one, other] = await bench.datagrams();
  assert.equal(await bench.say(one, "x", MSG_OOB), "EOPNOTSUPP");
  assert.equal(await bench.say(one, "x"), "1");
  await bench.ready(other, POLLIN);
  assert.equal(await bench.receive(other, 8, MSG_OOB), "x");
});

// req: sockets/RECV-24
program("a full receive buffer keeps the oldest", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  await bench.set(other, SOL_SOCKET, SO_RCVBUF, 2304);
  for (let index = 0; index < 40; index++) {
    await gives(sys.send(one, Uint8Array.of(index, ...new Uint8Array(400))), 401);
  }
  await sys.settle();
  const seen = [];
  for (;;) {
    const buffer = new Uint8Array(401);
    if ((await sys.recv(other, buffer, MSG_DONTWAIT)) < 0) break;
    seen.push(buffer[0]);
  }
  assert.ok(seen.length > 0 && seen.length < 40, String(seen));
  assert.deepEqual(
    seen,
    seen.map((_, index) => index),
  );
});

// req: sockets/MISC-4
program("FIONREAD of datagrams: the size of the next", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  const size = async (): Promise<number> => bench.ioctl(other, FIONREAD);
  assert.equal(await size(), 0);
  for (const text of ["", "abc", "de"]) await ok(sys.send(one, bytesOf(text)));
  await bench.ready(other, POLLIN);
  await sys.settle();
  const seen = [];
  for (let count = 0; count < 3; count++) {
    seen.push(await size());
    await bench.receive(other);
  }
  assert.deepEqual(seen, [0, 3, 2]);
});

// req: sockets/MISC-5
program("SIOCOUTQ of datagrams: 0 once they have arrived", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  assert.equal(await bench.say(one, "abc"), "3");
  assert.equal(await bench.receive(other), "abc");
  await sys.settle();
  assert.equal(await bench.ioctl(one, SIOCOUTQ), 0);
});

// req: sockets/OOB-5
program("SIOCATMARK of a datagram socket: ENOTTY", async ({ bench, sys }) => {
  await fails(sys.ioctl(await bench.datagram(), 0x8905, { value: 0 }), "ENOTTY");
});

// req: sockets/REUSE-7, sockets/BIND-3
program("a datagram reaches the socket of its address and port alone", async ({ bench, sys }) => {
  const one = await bench.bound(SOCK_DGRAM, "127.0.0.2");
  const { port } = await bench.name(one);
  const other = await bench.datagram();
  await ok(sys.bind(other, at("127.0.0.3", port)));
  const sender = await bench.datagram();
  await ok(sys.sendto(sender, bytesOf("two"), 0, at("127.0.0.2", port)));
  await ok(sys.sendto(sender, bytesOf("three"), 0, at("127.0.0.3", port)));
  assert.equal(await bench.receive(one), "two");
  assert.equal(await bench.receive(other), "three");
});

// req: sockets/SEND-18, sockets/BIND-1
program("a socket sends to itself", async ({ bench, sys }) => {
  const fd = await bench.bound(SOCK_DGRAM);
  await ok(sys.sendto(fd, bytesOf("me"), 0, await bench.name(fd)));
  assert.equal(await bench.receive(fd), "me");
});

// req: sockets/CONN-12
program("sendto the wildcard goes to this host", async ({ bench, sys }) => {
  for (const address of LOOPBACKS) {
    const fd = await bench.bound(SOCK_DGRAM, address);
    const { port } = await bench.name(fd);
    await gives(
      sys.sendto(await bench.datagram(address), bytesOf("x"), 0, at(wildcardOf(address), port)),
      1,
    );
    assert.equal(await bench.receive(fd), "x");
  }
});

// req: sockets/CLOSE-4, sockets/RECV-3
program("a datagram outlives the socket that sent it", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  assert.equal(await bench.say(one, "last"), "4");
  await ok(sys.close(one));
  assert.equal(await bench.receive(other), "last");
});
