import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { Process } from "../../../src/socket/process.ts";
import { equalErrno, name, SocketWorld } from "../../support/socket-world.ts";

const TYPES = [c.SOCK_STREAM, c.SOCK_DGRAM];

// req: sockets/BIND-1, udp/UDP-33
test("port 0 picks a free ephemeral port, a different one each time", () => {
  const { a } = new SocketWorld();
  for (const type of TYPES) {
    const ports = Array.from({ length: 8 }, () => a.port(a.bound(type, "0.0.0.0:0")));
    assert.equal(new Set(ports).size, 8);
    for (const port of ports) assert.ok(port >= 32_768 && port <= 60_999, `${port}`);
    const steps = ports.slice(1).map((port, i) => port - (ports[i] as number));
    assert.ok(new Set(steps).size > 1, "not one after the other (RFC 6056)");
  }
});

// req: sockets/BIND-2
test("a second bind is EINVAL, on a listener and on a connection too", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  for (const type of TYPES) {
    equalErrno(a.bind(a.bound(type, "10.0.0.1:0"), "10.0.0.1:0"), "EINVAL");
  }
  equalErrno(b.bind(b.listener("10.0.0.2:81"), "10.0.0.2:82"), "EINVAL");
  const [client, server] = world.pair();
  equalErrno(a.bind(client, "10.0.0.1:0"), "EINVAL");
  equalErrno(b.bind(server, "10.0.0.2:0"), "EINVAL");
});

// req: sockets/BIND-3
test("an address in use is EADDRINUSE; the two protocols have ports of their own", () => {
  const { a } = new SocketWorld();
  for (const type of TYPES) {
    a.bound(type, "10.0.0.1:5000");
    equalErrno(a.bind(a.socket(c.AF_INET, type), "10.0.0.1:5000"), "EADDRINUSE");
  }
});

// req: sockets/BIND-4
test("an address that is not ours is EADDRNOTAVAIL, unless IP_FREEBIND", () => {
  const { a } = new SocketWorld();
  for (const type of TYPES) {
    equalErrno(a.bind(a.socket(c.AF_INET, type), "192.0.2.1:80"), "EADDRNOTAVAIL");
    equalErrno(a.bind(a.socket(c.AF_INET6, type), "[2001:db8::1]:80"), "EADDRNOTAVAIL");
    const free = a.socket(c.AF_INET, type);
    a.set(free, c.SOL_IP, c.IP_FREEBIND, 1);
    equalErrno(a.bind(free, "192.0.2.1:80"), 0);
  }
});

// req: sockets/BIND-5
test("ports below the floor are EACCES where a floor is set", () => {
  const { a } = new SocketWorld();
  const user = new Process(a.host.stack, { unprivilegedPortStart: 1024 });
  const fd = user.socket(c.AF_INET, c.SOCK_STREAM, 0);
  equalErrno(user.bind(fd, name("0.0.0.0:1023"), 0), "EACCES");
  equalErrno(user.bind(fd, name("0.0.0.0:1024"), 0), 0);
  equalErrno(a.bind(a.socket(c.AF_INET, c.SOCK_STREAM), "0.0.0.0:80"), 0, "no floor by default");
});

// req: sockets/BIND-6
test("TCP cannot bind to an IPv6 group; UDP can bind to groups and to broadcast addresses", () => {
  const { a } = new SocketWorld();
  equalErrno(a.bind(a.socket(c.AF_INET6, c.SOCK_STREAM), "[ff0e::1]:80"), "EINVAL");
  equalErrno(a.bind(a.socket(c.AF_INET, c.SOCK_STREAM), "224.0.0.1:80"), 0, "as Linux 6.18");
  equalErrno(a.bind(a.socket(c.AF_INET6, c.SOCK_DGRAM), "[ff0e::1]:80"), 0);
  equalErrno(a.bind(a.socket(c.AF_INET6, c.SOCK_DGRAM), "[ff02::1]:80"), "EINVAL", "which link?");
  for (const address of ["224.0.0.1:80", "10.0.0.255:80", "255.255.255.255:81"]) {
    equalErrno(a.bind(a.socket(c.AF_INET, c.SOCK_DGRAM), address), 0, address);
  }
});

// req: sockets/BIND-8
test("an IPv6 link-local address needs its zone", () => {
  const { a } = new SocketWorld();
  const iface = a.host.stack.interfaces[1];
  const own = iface?.addresses.find(({ address }) => address.isLinkLocal)?.address;
  assert.ok(iface && own);
  a.net.runSync({ forMs: 3000 });
  for (const type of TYPES) {
    const bind = (address: string, scopeId: number): number => {
      const fd = a.socket(c.AF_INET6, type);
      return a.calls.bind(fd, { ...name(`[${address}]:0`), scopeId }, a.now);
    };
    equalErrno(bind("fe80::1", 0), "EINVAL");
    equalErrno(bind("fe80::1", 99), "ENODEV");
    equalErrno(bind("fe80::1", iface.index), "EADDRNOTAVAIL");
    equalErrno(bind(own.toString(), iface.index), 0);
  }
});

// req: sockets/BIND-9
test("a dual-stack :: takes the port in IPv4 too", () => {
  const { a } = new SocketWorld();
  for (const type of TYPES) {
    a.bound(type, "[::]:6000");
    equalErrno(a.bind(a.socket(c.AF_INET, type), "0.0.0.0:6000"), "EADDRINUSE");
    equalErrno(a.bind(a.socket(c.AF_INET, type), "127.0.0.1:6000"), "EADDRINUSE");
    a.bound(type, "0.0.0.0:6001");
    equalErrno(
      a.bind(a.socket(c.AF_INET6, type), "[::]:6001"),
      "EADDRINUSE",
      "the other way round",
    );
    equalErrno(a.bind(a.socket(c.AF_INET6, type), "[::1]:6001"), 0, "a specific IPv6 address");
  }
});

// req: sockets/BIND-10, sockets/OPT-27
test("with IPV6_V6ONLY the families share a port, and the option is settled by bind()", () => {
  const { a } = new SocketWorld();
  for (const type of TYPES) {
    a.bound(type, "0.0.0.0:6000");
    const v6 = a.socket(c.AF_INET6, type);
    assert.equal(a.get(v6, c.SOL_IPV6, c.IPV6_V6ONLY), 0, "off by default");
    equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_V6ONLY, 1), 0);
    equalErrno(a.bind(v6, "[::]:6000"), 0);
    equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_V6ONLY, 0), "EINVAL");
    const mapped = a.socket(c.AF_INET6, type);
    a.set(mapped, c.SOL_IPV6, c.IPV6_V6ONLY, 1);
    equalErrno(a.bind(mapped, "[::ffff:10.0.0.1]:0"), "EINVAL", "IPv4 on an IPv6-only socket");
  }
});

// req: sockets/BIND-11
test("IP_BIND_ADDRESS_NO_PORT leaves the port to connect()", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  b.listener("10.0.0.2:80");
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.set(fd, c.SOL_IP, c.IP_BIND_ADDRESS_NO_PORT, 1), 0);
  equalErrno(a.bind(fd, "10.0.0.1:0"), 0);
  assert.equal(a.local(fd), "10.0.0.1:0");
  equalErrno(a.connect(fd, "10.0.0.2:80"), "EINPROGRESS");
  assert.match(a.local(fd), /^10\.0\.0\.1:[1-9]/);
});

// req: sockets/GEN-5
test("another family is EAFNOSUPPORT; AF_UNSPEC with the wildcard is IPv4's old habit", () => {
  const { a } = new SocketWorld();
  for (const type of TYPES) {
    equalErrno(a.bind(a.socket(c.AF_INET, type), "[::]:0"), "EAFNOSUPPORT");
    equalErrno(a.bind(a.socket(c.AF_INET6, type), "0.0.0.0:0"), "EAFNOSUPPORT");
    const bind = (address: string): number => {
      const fd = a.socket(c.AF_INET, type);
      return a.calls.bind(fd, { ...name(`${address}:0`), family: c.AF_UNSPEC }, 0);
    };
    equalErrno(bind("0.0.0.0"), 0);
    equalErrno(bind("127.0.0.1"), "EAFNOSUPPORT");
  }
});

// req: sockets/BIND-7
test("an exhausted ephemeral range is EADDRINUSE for bind and EAGAIN for a first send", () => {
  const { a } = new SocketWorld();
  for (let port = 32_768; port <= 60_999; port++) {
    a.host.stack.udp.ports.reserve({
      ...name(`0.0.0.0:${port}`),
      v6Only: false,
      interfaceIndex: 0,
      reuseAddress: false,
      reusePort: false,
    });
  }
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.bind(fd, "0.0.0.0:0"), "EADDRINUSE");
  equalErrno(a.sendto(fd, "x", "10.0.0.2:9"), "EAGAIN");
});
