import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import * as c from "../../../src/socket/constants.ts";
import { isScoped } from "../../../src/socket/inet-socket.ts";
import { equalErrno, name, SocketWorld } from "../../support/socket-world.ts";

test("which addresses need an interface", () => {
  const rows: [string, boolean][] = [
    ["fe80::1", true],
    ["ff02::1", true],
    ["ff0e::1", false],
    ["ff05::1", false],
    ["fd00::1", false],
    ["169.254.0.1", false],
    ["224.0.0.1", false],
  ];
  for (const [text, scoped] of rows) {
    const address = IpAddress.parse(text);
    assert.ok(address);
    assert.equal(isScoped(address), scoped, text);
  }
});

// req: sockets/BIND-8
test("the zone of a bound or connected link-local address stays with the socket, and is shown", () => {
  const world = new SocketWorld();
  const { a } = world;
  world.settle(3000);
  const [, iface] = a.host.stack.interfaces;
  const own = iface?.addresses.find(({ address }) => address.isLinkLocal)?.address;
  assert.ok(iface && own);
  const fd = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  const zoned = { ...name(`[${own}]:7000`), scopeId: iface.index };
  equalErrno(a.calls.bind(fd, zoned, 0), 0);
  const local = a.calls.getsockname(fd);
  assert.ok(typeof local !== "number");
  assert.equal(local.scopeId, iface.index);
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE), iface.name);
  const other = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  equalErrno(a.connect(other, "[fe80::77]:9"), "EINVAL");
  equalErrno(a.calls.connect(other, { ...name("[fe80::77]:9"), scopeId: iface.index }, 0), 0);
  const peer = a.calls.getpeername(other);
  assert.equal(typeof peer === "number" ? peer : peer.scopeId, iface.index);
  equalErrno(
    a.calls.bind(a.socket(c.AF_INET6, c.SOCK_DGRAM), { ...zoned, scopeId: 1 }, 0),
    "EADDRNOTAVAIL",
  );
});

test("a zone against SO_BINDTODEVICE is EINVAL", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  a.set(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, "lo");
  equalErrno(a.calls.bind(fd, { ...name("[fe80::1]:0"), scopeId: 2 }, 0), "EINVAL");
});
