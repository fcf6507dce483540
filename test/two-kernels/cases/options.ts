import assert from "node:assert/strict";
import * as c from "../../../src/index.ts";
import { LOOPBACK4, LOOPBACK6, timeValue } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { type Desk, program } from "../program.ts";
import type { OptionRoom } from "../sys.ts";

const READ_ONLY = [
  ["SO_ERROR", c.SO_ERROR],
  ["SO_TYPE", c.SO_TYPE],
  ["SO_ACCEPTCONN", c.SO_ACCEPTCONN],
  ["SO_DOMAIN", c.SO_DOMAIN],
  ["SO_PROTOCOL", c.SO_PROTOCOL],
  ["SO_SNDLOWAT", c.SO_SNDLOWAT],
] as const;

for (const [name, option] of READ_ONLY) {
  // req: sockets/OPT-3, sockets/OPT-7
  program(`${name} is there to be read only: ENOPROTOOPT`, async ({ bench, sys }) => {
    for (const fd of [await bench.stream(), await bench.datagram()]) {
      await fails(sys.setsockopt(fd, c.SOL_SOCKET, option, 1), "ENOPROTOOPT");
    }
  });
}

const LEVELS = [
  ["SOL_SOCKET", c.SOL_SOCKET],
  ["SOL_IP", c.SOL_IP],
  ["SOL_TCP", c.SOL_TCP],
] as const;

for (const [name, level] of LEVELS) {
  // req: sockets/OPT-1
  program(`an unknown option of ${name}: ENOPROTOOPT`, async ({ bench, sys }) => {
    const fd = await bench.stream();
    for (const option of [4711, -1]) {
      await fails(sys.setsockopt(fd, level, option, 1), "ENOPROTOOPT");
      await fails(sys.getsockopt(fd, level, option, room(4)), "ENOPROTOOPT");
    }
  });
}

// req: sockets/OPT-1
program("an unknown level: ENOPROTOOPT to set, EOPNOTSUPP to get", async ({ bench, sys }) => {
  for (const fd of [await bench.stream(), await bench.datagram()]) {
    for (const level of [9999, -1, 255]) {
      await fails(sys.setsockopt(fd, level, 1, 1), "ENOPROTOOPT");
      await fails(sys.getsockopt(fd, level, 1, room(4)), "EOPNOTSUPP");
    }
  }
});

// req: sockets/OPT-1
program("options of TCP on a datagram socket, of UDP on a stream", async ({ bench, sys }) => {
  const [stream, datagram] = [await bench.stream(), await bench.datagram()];
  await fails(sys.setsockopt(datagram, c.SOL_TCP, c.TCP_NODELAY, 1), "ENOPROTOOPT");
  await fails(sys.getsockopt(datagram, c.SOL_TCP, c.TCP_NODELAY, room(4)), "EOPNOTSUPP");
  await fails(sys.setsockopt(stream, c.SOL_UDP, 101, 1), "ENOPROTOOPT");
  await fails(sys.getsockopt(stream, c.SOL_UDP, 101, room(4)), "EOPNOTSUPP");
});

// req: sockets/OPT-9
program("SO_LINGER: off at first, and as it is set", async (desk) => {
  const { bench, sys } = desk;
  for (const fd of [await bench.stream(), await bench.datagram()]) {
    assert.deepEqual(await octetsOf(desk, fd, c.SO_LINGER, 8), [0, 0, 0, 0, 0, 0, 0, 0]);
    await ok(sys.setsockopt(fd, c.SOL_SOCKET, c.SO_LINGER, Uint8Array.of(5, 0, 0, 0, 9, 0, 0, 0)));
    assert.deepEqual(await octetsOf(desk, fd, c.SO_LINGER, 8), [1, 0, 0, 0, 9, 0, 0, 0]);
    await ok(sys.setsockopt(fd, c.SOL_SOCKET, c.SO_LINGER, Uint8Array.of(0, 0, 0, 0, 3, 0, 0, 0)));
    assert.deepEqual(await octetsOf(desk, fd, c.SO_LINGER, 8), [0, 0, 0, 0, 9, 0, 0, 0]);
  }
});

for (const [name, option] of [
  ["SO_RCVTIMEO", c.SO_RCVTIMEO],
  ["SO_SNDTIMEO", c.SO_SNDTIMEO],
] as const) {
  // req: sockets/OPT-8, sockets/GEN-11
  program(`${name}: none at first; EDOM for too many microseconds`, async (desk) => {
    const { bench, sys } = desk;
    const fd = await bench.stream();
    const set = (time: Uint8Array): Promise<number> =>
      sys.setsockopt(fd, c.SOL_SOCKET, option, time);
    assert.deepEqual(await octetsOf(desk, fd, option, 16), [...timeValue(0, 0)]);
    await ok(set(timeValue(3, 500_000)));
    assert.deepEqual(await octetsOf(desk, fd, option, 16), [...timeValue(3, 500_000)]);
    await fails(set(timeValue(0, 1_000_000)), "EDOM");
    await fails(set(timeValue(0, -1)), "EDOM");
    await ok(set(timeValue(0, 0)));
    assert.deepEqual(await octetsOf(desk, fd, option, 16), [...timeValue(0, 0)]);
  });
}

// req: sockets/OPT-8, sockets/GEN-11
program("SO_RCVTIMEO that has passed already: EAGAIN at once, and reads as none", async (desk) => {
  const { bench, sys } = desk;
  const fd = await bench.bound(c.SOCK_DGRAM);
  await ok(sys.setsockopt(fd, c.SOL_SOCKET, c.SO_RCVTIMEO, timeValue(-5, 0)));
  const before = performance.now();
  assert.equal(await bench.receive(fd), "EAGAIN");
  assert.ok(performance.now() - before < 500);
  assert.deepEqual(await octetsOf(desk, fd, c.SO_RCVTIMEO, 16), [...timeValue(0, 0)]);
});

// req: sockets/OPT-18
program("TCP_CONGESTION: a name, ENOENT for an unknown one", async ({ bench, sys }) => {
  const fd = await bench.stream();
  for (const name of ["reno", "cubic"]) {
    await ok(sys.setsockopt(fd, c.SOL_TCP, c.TCP_CONGESTION, text(name)));
    const value = room(16);
    await ok(sys.getsockopt(fd, c.SOL_TCP, c.TCP_CONGESTION, value));
    assert.equal(new TextDecoder().decode(value.octets).replace(/\0.*$/, ""), name);
  }
  await fails(sys.setsockopt(fd, c.SOL_TCP, c.TCP_CONGESTION, text("nosuch")), "ENOENT");
  await fails(sys.setsockopt(fd, c.SOL_TCP, c.TCP_CONGESTION, new Uint8Array(0)), "EINVAL");
});

// req: sockets/OPT-11
program("SO_BINDTODEVICE: a name, none, ENODEV for an unknown one", async ({ bench, sys }) => {
  for (const fd of [await bench.stream(), await bench.datagram()]) {
    const read = async (): Promise<string> => {
      const value = room(16);
      await ok(sys.getsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, value));
      return new TextDecoder().decode(value.octets).replace(/\0.*$/, "");
    };
    assert.equal(await read(), "");
    await ok(sys.setsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, text("v0")));
    assert.equal(await read(), "v0");
    await fails(sys.setsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, text("nosuch0")), "ENODEV");
    assert.equal(await read(), "v0");
    await ok(sys.setsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, text("")));
    assert.equal(await read(), "");
  }
});

// req: sockets/OPT-11
program("SO_BINDTODEVICE: what comes by another interface is not heard", async ({ bench, sys }) => {
  const fd = await bench.datagram();
  await ok(sys.setsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, text("v0")));
  await ok(sys.bind(fd, { family: c.AF_INET, address: "0.0.0.0", port: 0 }));
  const { port } = await bench.name(fd);
  const sender = await bench.datagram();
  await ok(sys.sendto(sender, text("x"), 0, { family: c.AF_INET, address: LOOPBACK4, port }));
  await sys.settle();
  assert.equal(await bench.events(fd), "OUT");
});

// req: sockets/OPT-11
program("SO_BINDTODEVICE: two interfaces, one port", async ({ bench, sys }) => {
  const [one, other] = [await bench.datagram(), await bench.datagram()];
  await ok(sys.setsockopt(one, c.SOL_SOCKET, c.SO_BINDTODEVICE, text("v0")));
  await ok(sys.setsockopt(other, c.SOL_SOCKET, c.SO_BINDTODEVICE, text("lo")));
  await ok(sys.bind(one, { family: c.AF_INET, address: "0.0.0.0", port: 0 }));
  await ok(sys.bind(other, await bench.name(one)));
});

// req: sockets/OPT-25
program("IP_MTU: ENOTCONN before there is a peer, the path's after", async ({ bench, sys }) => {
  for (const fd of [await bench.stream(), await bench.datagram()]) {
    await fails(sys.getsockopt(fd, c.SOL_IP, c.IP_MTU, room(4)), "ENOTCONN");
    await fails(sys.setsockopt(fd, c.SOL_IP, c.IP_MTU, 1500), "ENOPROTOOPT");
  }
  const fd = await bench.datagram();
  await ok(sys.connect(fd, { family: c.AF_INET, address: "10.77.0.9", port: 9 }));
  assert.equal(await bench.get(fd, c.SOL_IP, c.IP_MTU), 1500);
});

// req: sockets/OPT-25, sockets/SEND-14
program("IPV6_MTU: ENOTCONN before there is a peer, the path's after", async ({ bench, sys }) => {
  const fd = await bench.datagram(LOOPBACK6);
  await fails(sys.getsockopt(fd, c.SOL_IPV6, c.IPV6_MTU, room(4)), "ENOTCONN");
  await ok(sys.connect(fd, { family: c.AF_INET6, address: "fd77::9", port: 9 }));
  assert.equal(await bench.get(fd, c.SOL_IPV6, c.IPV6_MTU), 1500);
});

// req: sockets/SEND-14, sockets/OPT-25
program("IP_PMTUDISC_DO: a datagram longer than the path takes is EMSGSIZE", async (desk) => {
  const { bench, sys } = desk;
  for (const [address, level, option, most] of [
    ["10.77.0.9", c.SOL_IP, c.IP_MTU_DISCOVER, 1472],
    ["fd77::9", c.SOL_IPV6, c.IPV6_MTU_DISCOVER, 1452],
  ] as const) {
    const fd = await bench.datagram(address);
    await bench.set(fd, level, option, c.IP_PMTUDISC_DO);
    await ok(sys.connect(fd, { family: address.includes(":") ? 10 : 2, address, port: 9 }));
    assert.equal(await sys.send(fd, new Uint8Array(most)), most);
    await fails(sys.send(fd, new Uint8Array(most + 1)), "EMSGSIZE");
  }
});

// req: sockets/OPT-15
program(
  "TCP_MAXSEG of a connection: what the path and timestamps leave",
  async ({ bench, sys }) => {
    const listener = await bench.listener("10.77.0.1");
    const fd = await bench.stream();
    await bench.set(fd, c.SOL_TCP, c.TCP_MAXSEG, 900);
    await ok(sys.connect(fd, await bench.name(listener)));
    assert.equal(await bench.get(fd, c.SOL_TCP, c.TCP_MAXSEG), 888);
    assert.equal(await bench.get(await ok(sys.accept(listener)), c.SOL_TCP, c.TCP_MAXSEG), 888);
  },
);

// req: sockets/OPT-4
program("SO_ERROR of a socket without an error: 0", async ({ bench }) => {
  const { client, server, listener } = await bench.connected();
  for (const fd of [client, server, listener, await bench.stream(), await bench.datagram()]) {
    assert.equal(await bench.error(fd), "0");
  }
});

function room(octets: number): OptionRoom {
  return { octets: new Uint8Array(octets) };
}

async function octetsOf(
  { sys }: Desk,
  fd: number,
  option: number,
  length: number,
): Promise<number[]> {
  const value = room(length);
  await ok(sys.getsockopt(fd, c.SOL_SOCKET, option, value));
  return [...value.octets];
}

function text(name: string): Uint8Array {
  return new TextEncoder().encode(`${name}\0`);
}
