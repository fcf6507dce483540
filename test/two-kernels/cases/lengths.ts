import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  IP_TTL,
  SO_LINGER,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_IP,
  SOL_SOCKET,
  SOL_TCP,
  TCP_INFO,
  TCP_NODELAY,
} from "../../../src/index.ts";
import { at, LOOPBACK4, LOOPBACK6, LOOPBACKS } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { encodeName } from "../linux-layout.ts";
import { program } from "../program.ts";
import type { OptionRoom } from "../sys.ts";

for (const address of LOOPBACKS) {
  const octets = encodeName(at(address, 9));
  const short = address === LOOPBACK4 ? [0, 1, 2, 8, 15] : [0, 1, 2, 16, 23];
  for (const length of [...short, 200, -1]) {
    // req: sockets/GEN-5
    program(`bind and connect to ${address} with a length of ${length}: EINVAL`, async (desk) => {
      const { bench, sys } = desk;
      const name = { octets, length };
      for (const fd of [await bench.stream(address), await bench.datagram(address)]) {
        await fails(sys.bind(fd, name), "EINVAL");
        await fails(sys.connect(fd, name), "EINVAL");
      }
      assert.equal((await bench.name(await bench.stream(address))).port, 0);
    });
  }

  // req: sockets/GEN-5
  program(`names longer than they need be are taken, ${address}`, async ({ bench, sys }) => {
    const name = at(address, (await bench.name(await bench.listener(address))).port);
    const long = Uint8Array.from([...encodeName(name), ...new Uint8Array(40)]);
    await ok(sys.connect(await bench.stream(address), { octets: long }));
  });

  // req: sockets/GEN-6
  program(`getsockname cuts the name to its room, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.bound(SOCK_DGRAM, address);
    for (const capacity of [0, 1, 4, 15]) {
      const room = { capacity, length: -1 };
      await ok(sys.getsockname(fd, room));
      assert.equal(room.length, address === LOOPBACK4 ? 16 : 28);
    }
    await fails(sys.getsockname(fd, { capacity: -1 }), "EINVAL");
  });

  // req: sockets/GEN-6
  program(`accept and recvfrom cut the name to their room, ${address}`, async ({ bench, sys }) => {
    const full = address === LOOPBACK4 ? 16 : 28;
    const listener = await bench.listener(address);
    await ok(sys.connect(await bench.stream(address), await bench.name(listener)));
    const peer = { capacity: 2, length: -1 };
    await ok(sys.accept(listener, peer));
    assert.equal(peer.length, full);
    const [one, other] = await bench.datagrams(address);
    assert.equal(await bench.say(one, "x"), "1");
    const from = { capacity: 3, length: -1 };
    await gives(sys.recvfrom(other, new Uint8Array(4), 0, from), 1);
    assert.equal(from.length, full);
  });
}

// req: sockets/GEN-5
program("sendto with a length that is none: EINVAL", async ({ bench, sys }) => {
  for (const [address, lengths] of [
    [LOOPBACK4, [1, 2, 15, 200, -1]],
    [LOOPBACK6, [1, 2, 23, 200, -1]],
  ] as const) {
    const fd = await bench.datagram(address);
    const octets = encodeName(at(address, 9));
    for (const length of lengths) {
      await fails(sys.sendto(fd, new Uint8Array(1), 0, { octets, length }), "EINVAL");
    }
  }
});

// req: sockets/SEND-11, sockets/GEN-5
program("sendto with a name of no octets: it is too short, not absent", async (desk) => {
  const { bench, sys } = desk;
  const name = { octets: encodeName(at(LOOPBACK4, 9)), length: 0 };
  await fails(sys.sendto(await bench.datagram(), new Uint8Array(1), 0, name), "EINVAL");
});

// req: sockets/GEN-5
program("an IPv6 name of 24 octets, without a zone, is taken", async ({ bench, sys }) => {
  const octets = encodeName(at(LOOPBACK6, 0)).slice(0, 24);
  const fd = await bench.stream(LOOPBACK6);
  await ok(sys.bind(fd, { octets }));
  assert.equal((await bench.name(fd)).address, LOOPBACK6);
});

// req: sockets/GEN-5
program("an IPv4 name with IPv6's family: EINVAL or EAFNOSUPPORT", async ({ bench, sys }) => {
  const octets = encodeName(at(LOOPBACK4, 9));
  octets[0] = AF_INET6;
  await fails(sys.bind(await bench.stream(), { octets }), "EAFNOSUPPORT");
  await fails(sys.bind(await bench.stream(LOOPBACK6), { octets }), "EINVAL");
  const long = new Uint8Array(28);
  long[0] = AF_INET;
  await fails(sys.bind(await bench.stream(LOOPBACK6), { octets: long }), "EAFNOSUPPORT");
});

const HUGE = 2 ** 40;

// req: sockets/RECV-1, sockets/SEND-21
program("a negative length: EFAULT or EINVAL, and nothing is lost", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "kept"), "4");
  await bench.arrived(server, 4);
  await fails(sys.read(server, new Uint8Array(8), -1), "EFAULT");
  await fails(sys.write(client, new Uint8Array(8), -1), "EFAULT");
  assert.equal(await bench.receive(server), "kept");
});

// req: sockets/RECV-1
program("a length beyond the buffer: what has come fits", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "four"), "4");
  await bench.arrived(server, 4);
  await gives(sys.read(server, new Uint8Array(64), HUGE), 4);
});

const INTEGERS = [
  ["SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR],
  ["TCP_NODELAY", SOL_TCP, TCP_NODELAY],
] as const;

for (const [name, level, option] of INTEGERS) {
  // req: sockets/OPT-2
  program(`${name} set with fewer than four octets: EINVAL`, async ({ bench, sys }) => {
    const fd = await bench.stream();
    for (const length of [0, 1, 2, 3]) {
      await fails(
        sys.setsockopt(fd, level, option, Uint8Array.of(1, 0, 0, 0).subarray(0, length)),
        "EINVAL",
      );
    }
    assert.equal(await bench.get(fd, level, option), 0);
  });

  // req: sockets/OPT-2
  program(
    `${name} set with more than four octets: the first four count`,
    async ({ bench, sys }) => {
      const fd = await bench.stream();
      await ok(sys.setsockopt(fd, level, option, Uint8Array.of(1, 0, 0, 0, 9, 9, 9, 9)));
      assert.equal(await bench.get(fd, level, option), 1);
    },
  );

  // req: sockets/OPT-2
  program(`${name} got with little room: cut, and the length says so`, async ({ bench, sys }) => {
    const fd = await bench.stream();
    await bench.set(fd, level, option, 1);
    for (const capacity of [0, 1, 2, 4]) {
      const room: OptionRoom = { octets: new Uint8Array(8).fill(9), capacity };
      await ok(sys.getsockopt(fd, level, option, room));
      assert.equal(room.length, capacity);
      const first = [...Uint8Array.of(1, 0, 0, 0).subarray(0, capacity)];
      assert.deepEqual([...room.octets], [...first, ...Array(8 - capacity).fill(9)]);
    }
  });

  // req: sockets/OPT-2
  program(`${name} got with much room: four octets are written`, async ({ bench, sys }) => {
    const room: OptionRoom = { octets: new Uint8Array(8).fill(9) };
    await ok(sys.getsockopt(await bench.stream(), level, option, room));
    assert.equal(room.length, 4);
    assert.deepEqual([...room.octets], [0, 0, 0, 0, 9, 9, 9, 9]);
  });

  // req: sockets/OPT-2
  program(`${name} with a negative length: EINVAL`, async ({ bench, sys }) => {
    const fd = await bench.stream();
    const room: OptionRoom = { octets: new Uint8Array(4), capacity: -1 };
    await fails(sys.getsockopt(fd, level, option, room), "EINVAL");
    await fails(sys.setsockopt(fd, level, option, Uint8Array.of(1, 0, 0, 0), -1), "EINVAL");
  });
}

// req: sockets/OPT-2
program("IP_TTL is taken from one octet too, none is 0", async ({ bench, sys }) => {
  const fd = await bench.datagram();
  await ok(sys.setsockopt(fd, SOL_IP, IP_TTL, Uint8Array.of(33)));
  assert.equal(await bench.get(fd, SOL_IP, IP_TTL), 33);
  await fails(sys.setsockopt(fd, SOL_IP, IP_TTL, new Uint8Array(0)), "EINVAL");
});

// req: sockets/OPT-2
program("IP_TTL is given as one octet where there is room for no more", async ({ bench, sys }) => {
  const room: OptionRoom = { octets: new Uint8Array(1) };
  await ok(sys.getsockopt(await bench.datagram(), SOL_IP, IP_TTL, room));
  assert.deepEqual([room.length, ...room.octets], [1, 64]);
});

for (const [name, option, length] of [
  ["SO_LINGER", SO_LINGER, 8],
  ["SO_RCVTIMEO", SO_RCVTIMEO, 16],
] as const) {
  // req: sockets/OPT-2, sockets/OPT-9
  program(`${name} set with too few octets: EINVAL`, async ({ bench, sys }) => {
    const fd = await bench.stream();
    for (const octets of [0, 4, length - 1]) {
      await fails(sys.setsockopt(fd, SOL_SOCKET, option, new Uint8Array(octets)), "EINVAL");
    }
    await ok(sys.setsockopt(fd, SOL_SOCKET, option, new Uint8Array(length)));
  });

  // req: sockets/OPT-2, sockets/OPT-9
  program(`${name} got with little room is cut`, async ({ bench, sys }) => {
    const room: OptionRoom = { octets: new Uint8Array(4) };
    await ok(sys.getsockopt(await bench.stream(), SOL_SOCKET, option, room));
    assert.equal(room.length, 4);
  });
}

// req: sockets/OPT-2, sockets/OPT-19
program("TCP_INFO got with little room is cut", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  const room: OptionRoom = { octets: new Uint8Array(1) };
  await ok(sys.getsockopt(client, SOL_TCP, TCP_INFO, room));
  assert.deepEqual([room.length, ...room.octets], [1, 1]);
});

// req: sockets/OPT-2, sockets/OPT-3
program("what cannot be set is refused before its length is looked at", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await fails(sys.setsockopt(fd, SOL_SOCKET, SO_TYPE, new Uint8Array(0)), "EINVAL");
  await fails(sys.setsockopt(fd, SOL_SOCKET, 4711, new Uint8Array(0)), "EINVAL");
  await fails(sys.setsockopt(fd, SOL_SOCKET, 4711, new Uint8Array(4)), "ENOPROTOOPT");
});
