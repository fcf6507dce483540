import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { DatagramSocket } from "../../../src/socket/datagram-socket.ts";
import { PingSocket } from "../../../src/socket/ping-socket.ts";
import { createSocket } from "../../../src/socket/socket-families.ts";
import { StreamSocket } from "../../../src/socket/stream-socket.ts";
import { SocketWorld } from "../../support/socket-world.ts";

// req: sockets/SOCK-1, sockets/SOCK-2, sockets/SOCK-3, sockets/SOCK-4
test("what each family, type and protocol opens", () => {
  const { stack } = new SocketWorld().a.host;
  const rows: [family: number, type: number, protocol: number, made: unknown][] = [
    [c.AF_INET, c.SOCK_STREAM, 0, StreamSocket],
    [c.AF_INET6, c.SOCK_STREAM, c.IPPROTO_TCP, StreamSocket],
    [c.AF_INET, c.SOCK_DGRAM, 0, DatagramSocket],
    [c.AF_INET6, c.SOCK_DGRAM, c.IPPROTO_UDP, DatagramSocket],
    [c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP, PingSocket],
    [c.AF_INET6, c.SOCK_DGRAM, c.IPPROTO_ICMPV6, PingSocket],
    [c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMPV6, -Errno.EPROTONOSUPPORT],
    [c.AF_INET, 4, 0, -Errno.ESOCKTNOSUPPORT],
    [c.AF_INET, 11, 0, -Errno.EINVAL],
    [c.AF_INET, c.SOCK_STREAM, -1, -Errno.EINVAL],
    [c.AF_INET, c.SOCK_STREAM, 263, -Errno.EINVAL],
    [c.AF_INET, c.SOCK_STREAM, 262, -Errno.EPROTONOSUPPORT],
    [99, 11, 0, -Errno.EAFNOSUPPORT],
    [-1, c.SOCK_STREAM, 0, -Errno.EAFNOSUPPORT],
    [77, c.SOCK_STREAM, 0, -Errno.EAFNOSUPPORT],
  ];
  for (const [family, type, protocol, made] of rows) {
    const socket = createSocket(stack, { family, type, protocol });
    const what = typeof socket === "number" ? socket : socket.constructor;
    assert.equal(what, made, `${family} ${type} ${protocol}`);
  }
});

test("the protocol of a socket is never 0", () => {
  const { stack } = new SocketWorld().a.host;
  const socket = createSocket(stack, { family: c.AF_INET, type: c.SOCK_DGRAM, protocol: 0 });
  assert.ok(typeof socket !== "number");
  assert.equal(socket.protocol, c.IPPROTO_UDP);
});
