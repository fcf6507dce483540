import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  type ErrnoName,
  IP_BIND_ADDRESS_NO_PORT,
  IP_FREEBIND,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_IP,
} from "../../../src/index.ts";
import { at, LOOPBACK4, LOOPBACK6, LOOPBACKS, wildcardOf } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { program } from "../program.ts";
import type { InetName } from "../sys.ts";

const TYPES = [
  ["TCP", SOCK_STREAM],
  ["UDP", SOCK_DGRAM],
] as const;

for (const [kind, type] of TYPES) {
  for (const address of LOOPBACKS) {
    // req: sockets/BIND-1
    program(`bind to port 0: a port above 32,767, ${kind} on ${address}`, async ({ bench }) => {
      const { port, ...name } = await bench.name(await bench.bound(type, address));
      assert.ok(port >= 32_768 && port <= 60_999, String(port));
      assert.equal(name.address, address);
    });

    // req: sockets/BIND-2
    program(`bind twice: EINVAL, ${kind} on ${address}`, async ({ bench, sys }) => {
      const fd = await bench.bound(type, address);
      const before = await bench.name(fd);
      await fails(sys.bind(fd, at(address)), "EINVAL");
      await fails(sys.bind(fd, before), "EINVAL");
      assert.deepEqual(await bench.name(fd), before);
    });

    // req: sockets/BIND-3, sockets/REUSE-1
    program(
      `bind to a port in use: EADDRINUSE, and free again, ${kind} on ${address}`,
      async (desk) => {
        const { bench, sys } = desk;
        const holder = await bench.bound(type, address);
        const name = await bench.name(holder);
        const fd = await ok(sys.socket(name.family, type));
        await fails(sys.bind(fd, name), "EADDRINUSE");
        assert.equal((await bench.name(fd)).port, 0);
        await ok(sys.close(holder));
        await ok(sys.bind(fd, name));
      },
    );

    // req: sockets/BIND-1, sockets/NAME-1
    program(`bind to the wildcard: the port only, ${kind} on ${address}`, async ({ bench }) => {
      const name = await bench.name(await bench.bound(type, wildcardOf(address)));
      assert.equal(name.address, wildcardOf(address));
      assert.notEqual(name.port, 0);
    });
  }
}

// req: sockets/BIND-3
program("TCP and UDP do not share their ports", async ({ bench, sys }) => {
  const tcp = await bench.bound(SOCK_STREAM);
  await ok(sys.bind(await bench.datagram(), await bench.name(tcp)));
});

type Refusal = readonly [what: string, family: number, type: number, name: InetName, ErrnoName];

const REFUSED: readonly Refusal[] = [
  ["an address of nobody", AF_INET, SOCK_STREAM, at("10.1.2.3", 9), "EADDRNOTAVAIL"],
  ["an address of nobody, UDP", AF_INET, SOCK_DGRAM, at("10.1.2.3", 9), "EADDRNOTAVAIL"],
  ["a neighbour's address", AF_INET, SOCK_STREAM, at("10.77.0.2", 9), "EADDRNOTAVAIL"],
  ["an IPv6 address of nobody", AF_INET6, SOCK_STREAM, at("fd99::1", 9), "EADDRNOTAVAIL"],
  ["an IPv6 address of nobody, UDP", AF_INET6, SOCK_DGRAM, at("fd99::1", 9), "EADDRNOTAVAIL"],
  ["a mapped address of nobody", AF_INET6, SOCK_STREAM, at("::ffff:10.1.2.3"), "EADDRNOTAVAIL"],
  ["an IPv6 group, TCP", AF_INET6, SOCK_STREAM, at("ff02::9", 9), "EINVAL"],
  ["an address of class E", AF_INET, SOCK_STREAM, at("240.0.0.1", 9), "EADDRNOTAVAIL"],
  ["IPv6 on an IPv4 socket", AF_INET, SOCK_STREAM, at(LOOPBACK6, 9), "EAFNOSUPPORT"],
  ["IPv6 on an IPv4 socket, UDP", AF_INET, SOCK_DGRAM, at(LOOPBACK6, 9), "EAFNOSUPPORT"],
  ["link-local without a zone", AF_INET6, SOCK_STREAM, at("fe80::1"), "EINVAL"],
  ["link-local without a zone, UDP", AF_INET6, SOCK_DGRAM, at("fe80::1"), "EINVAL"],
];

for (const [what, family, type, name, error] of REFUSED) {
  // req: sockets/BIND-4, sockets/BIND-6, sockets/BIND-8, sockets/GEN-5
  program(`bind to ${what}: ${error}`, async ({ sys, bench }) => {
    const fd = await ok(sys.socket(family, type));
    await fails(sys.bind(fd, name), error);
    assert.equal((await bench.name(fd)).port, 0);
    await ok(sys.bind(fd, at(family === AF_INET6 ? LOOPBACK6 : LOOPBACK4)));
  });
}

// req: sockets/BIND-8
program("bind to a link-local address with an unknown zone: ENODEV", async ({ sys, bench }) => {
  const fd = await bench.stream(LOOPBACK6);
  await fails(sys.bind(fd, { ...at("fe80::1"), scopeId: 4711 }), "ENODEV");
});

// req: sockets/BIND-8
program("bind to a link-local address in the zone of another interface", async ({ sys, bench }) => {
  const scopeId = await ok(sys.if_nametoindex("lo"));
  await fails(
    sys.bind(await bench.stream(LOOPBACK6), { ...at("fe80::1"), scopeId }),
    "EADDRNOTAVAIL",
  );
});

const TAKEN: readonly (readonly [what: string, type: number, address: string])[] = [
  ["the broadcast of all, TCP", SOCK_STREAM, "255.255.255.255"],
  ["the broadcast of all, UDP", SOCK_DGRAM, "255.255.255.255"],
  ["the broadcast of the link, UDP", SOCK_DGRAM, "10.77.0.255"],
  ["the broadcast of the loopback, UDP", SOCK_DGRAM, "127.255.255.255"],
  ["a group, UDP", SOCK_DGRAM, "224.0.0.9"],
  ["a group, TCP", SOCK_STREAM, "224.0.0.9"],
  ["an IPv6 group, UDP", SOCK_DGRAM, "ff05::9"],
  ["another address of the loopback", SOCK_STREAM, "127.3.2.1"],
  ["the link's address", SOCK_STREAM, "10.77.0.1"],
  ["the link's IPv6 address", SOCK_STREAM, "fd77::1"],
];

for (const [what, type, address] of TAKEN) {
  // req: sockets/BIND-4, sockets/BIND-6
  program(`bind to ${what} is allowed`, async ({ sys, bench }) => {
    const fd = await ok(sys.socket(at(address).family, type));
    await ok(sys.bind(fd, at(address)));
    assert.equal((await bench.name(fd)).address, address);
  });
}

// req: sockets/GEN-5
program("bind with AF_UNSPEC: the wildcard passes for IPv4, an address does not", async (desk) => {
  const { sys, bench } = desk;
  const fd = await bench.stream();
  const unspecified = { family: AF_UNSPEC, port: 0 };
  await fails(sys.bind(fd, { ...unspecified, address: LOOPBACK4 }), "EAFNOSUPPORT");
  await ok(sys.bind(fd, { ...unspecified, address: "0.0.0.0" }));
  assert.notEqual((await bench.name(fd)).port, 0);
});

// req: sockets/GEN-5
program("bind an IPv6 socket to AF_INET or AF_UNSPEC: EAFNOSUPPORT", async ({ sys, bench }) => {
  for (const family of [AF_INET, AF_UNSPEC]) {
    const octets = new Uint8Array(28);
    octets[0] = family;
    await fails(sys.bind(await bench.stream(LOOPBACK6), { octets }), "EAFNOSUPPORT");
  }
});

// req: sockets/GEN-5
program("bind to a name of AF_UNIX: EAFNOSUPPORT", async ({ sys, bench }) => {
  const name = { family: AF_UNIX, path: "\0a-name-of-some-length" };
  await fails(sys.bind(await bench.stream(), name), "EAFNOSUPPORT");
});

for (const [kind, type] of TYPES) {
  // req: sockets/BIND-4
  program(`IP_FREEBIND: bind takes an address of nobody, ${kind}`, async ({ sys, bench }) => {
    const fd = await ok(sys.socket(AF_INET, type));
    await bench.set(fd, SOL_IP, IP_FREEBIND, 1);
    await ok(sys.bind(fd, at("10.1.2.3")));
    assert.equal((await bench.name(fd)).address, "10.1.2.3");
  });
}

// req: sockets/BIND-11
program("IP_BIND_ADDRESS_NO_PORT: the port comes with connect()", async ({ sys, bench }) => {
  const fd = await bench.stream();
  await bench.set(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  await ok(sys.bind(fd, at("127.0.0.7")));
  assert.deepEqual(await bench.name(fd), at("127.0.0.7"));
  await ok(sys.connect(fd, await bench.name(await bench.listener())));
  const { address, port } = await bench.name(fd);
  assert.equal(address, "127.0.0.7");
  assert.notEqual(port, 0);
});

// req: sockets/BIND-5
program("ports below 1024 are root's to bind", async ({ sys, bench }) => {
  await ok(sys.bind(await bench.stream(), at(LOOPBACK4, 81)));
  await ok(sys.bind(await bench.datagram(), at(LOOPBACK4, 1)));
});

// req: sockets/BIND-2
program("bind after connect: EINVAL", async ({ sys, bench }) => {
  const { client } = await bench.connected();
  await fails(sys.bind(client, at(LOOPBACK4)), "EINVAL");
  const [datagram] = await bench.datagrams();
  await fails(sys.bind(datagram, at(LOOPBACK4)), "EINVAL");
});

// req: sockets/BIND-2, sockets/SEND-18
program("bind after a first send has bound it: EINVAL", async ({ sys, bench }) => {
  const fd = await bench.datagram();
  await ok(sys.sendto(fd, new Uint8Array(1), 0, at(LOOPBACK4, 9)));
  await fails(sys.bind(fd, at(LOOPBACK4)), "EINVAL");
});

// req: sockets/BIND-2
program("bind goes after a bind that failed", async ({ sys, bench }) => {
  const holder = await bench.name(await bench.bound(SOCK_STREAM));
  const fd = await bench.stream();
  await fails(sys.bind(fd, holder), "EADDRINUSE");
  await ok(sys.bind(fd, at(LOOPBACK4)));
});

// req: sockets/NAME-2
program("a socket bound to an address connects from there", async ({ sys, bench }) => {
  const fd = await bench.stream();
  await ok(sys.bind(fd, at("127.0.0.9")));
  const { port } = await bench.name(fd);
  const listener = await bench.listener();
  await ok(sys.connect(fd, await bench.name(listener)));
  assert.deepEqual(await bench.peer(await ok(sys.accept(listener))), at("127.0.0.9", port));
});
