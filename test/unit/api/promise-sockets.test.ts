import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemError } from "../../../src/api/system-error.ts";
import * as c from "../../../src/socket/constants.ts";
import {
  octets,
  rejectsErrno,
  SocketWorld,
  socketAddress,
  text,
  throwsErrno,
} from "../../support/socket-world.ts";

test("the server of the README: accept, read, write, close", async () => {
  const world = new SocketWorld();
  const [a, b] = [world.a.sys, world.b.sys];
  const listener = b.socket(c.AF_INET, c.SOCK_STREAM, 0);
  b.bind(listener, { family: c.AF_INET, address: "0.0.0.0", port: 8080 });
  b.listen(listener, 128);
  const serve = async (): Promise<void> => {
    const buffer = new Uint8Array(1000);
    const { fd } = await b.accept(listener);
    for (let n = await b.read(fd, buffer); n > 0; n = await b.read(fd, buffer)) {
      await b.write(fd, buffer.subarray(0, n));
    }
    b.close(fd);
  };
  const talk = async (): Promise<string> => {
    const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
    await a.connect(fd, socketAddress("10.0.0.2:8080"));
    await a.writev(fd, ["hello ", "world"].map(octets));
    a.shutdown(fd, c.SHUT_WR);
    const parts = [new Uint8Array(6), new Uint8Array(100)];
    let said = "";
    for (let n = await a.readv(fd, parts); n > 0; n = await a.readv(fd, parts)) {
      const [first, second] = parts as [Uint8Array, Uint8Array];
      said += text(first.subarray(0, n)) + text(second.subarray(0, Math.max(n - 6, 0)));
    }
    a.close(fd);
    return said;
  };
  const [said] = await world.complete(Promise.all([talk(), serve()]));
  assert.equal(said, "hello world");
});

test("errors name the call and its target", async () => {
  const { sys } = new SocketWorld().a;
  const stream = sys.socket(c.AF_INET, c.SOCK_STREAM);
  const rows: [() => unknown, message: string][] = [
    [() => sys.bind(stream, socketAddress("192.0.2.1:80")), "bind EADDRNOTAVAIL 192.0.2.1:80"],
    [() => sys.bind(stream, { family: c.AF_INET, address: "x" }), "bind EINVAL x"],
    [
      () => sys.bind(stream, { family: c.AF_INET6, address: "fe80::1%no" }),
      "bind ENODEV fe80::1%no",
    ],
    [() => sys.shutdown(stream, 9), "shutdown EINVAL"],
    [() => sys.getpeername(stream), "getpeername ENOTCONN"],
    [() => sys.ioctl(stream, 1), "ioctl ENOTTY"],
    [() => sys.fcntl(stream, 99), "fcntl EINVAL"],
  ];
  for (const [call, message] of rows) assert.throws(call, { name: "SystemError", message });
  const error = await sys.connect(stream, socketAddress("192.0.2.1:80")).catch((reason) => reason);
  assert.ok(error instanceof SystemError);
  assert.equal(error.message, "connect ENETUNREACH 192.0.2.1:80");
  const sending = sys.sendto(stream, octets("x"), 0, { family: c.AF_INET, address: "?" });
  await rejectsErrno(sending, "EINVAL");
});

test("a zone may be the name of an interface", async () => {
  const world = new SocketWorld();
  world.settle(3000);
  const [a, b] = [world.a.sys, world.b.sys];
  const server = b.socket(c.AF_INET6, c.SOCK_DGRAM);
  b.bind(server, socketAddress("[::]:9000"));
  const [, iface] = world.b.host.stack.interfaces;
  const target = iface?.addresses.find(({ address }) => address.isLinkLocal)?.address;
  const [, own] = world.a.host.stack.interfaces;
  const client = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  const to = { family: c.AF_INET6, address: `${target}%${own?.name}`, port: 9000 };
  await world.complete(a.sendto(client, octets("x"), 0, to));
  const { address } = await world.complete(b.recvfrom(server, new Uint8Array(9)));
  assert.equal(address?.scopeId, iface?.index, "and the sender's zone is told");
});

test("who waits for a socket that nobody writes to can be called off", async () => {
  const world = new SocketWorld();
  const { sys } = world.a;
  const fd = sys.socket(c.AF_INET, c.SOCK_DGRAM);
  const abort = new AbortController();
  const reading = sys.read(fd, new Uint8Array(1), { signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(reading, /enough/);
  throwsErrno(() => sys.setsockopt(fd, c.SOL_SOCKET, c.SO_TYPE, 1), "ENOPROTOOPT");
  sys.setsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, octets("lo\0"));
  assert.equal(sys.getsockopt(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE), "lo");
});
