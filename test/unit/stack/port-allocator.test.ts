import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { PortAllocator, type PortSpec, Reservation } from "../../../src/stack/port-allocator.ts";

// req: sockets/REUSE-1, sockets/REUSE-6, sockets/REUSE-7, sockets/BIND-9, sockets/BIND-10
test("who conflicts with whom on one port", () => {
  const rows: [one: Partial<PortSpec>, other: Partial<PortSpec>, conflict: boolean][] = [
    [at("10.0.0.1"), at("10.0.0.1"), true],
    [at("10.0.0.1"), at("10.0.0.2"), false],
    [at("0.0.0.0"), at("10.0.0.1"), true],
    [at("::"), at("10.0.0.1"), true],
    [at("::"), at("0.0.0.0"), true],
    [at("::"), at("fd00::1"), true],
    [{ ...at("::"), v6Only: true }, at("0.0.0.0"), false],
    [{ ...at("::"), v6Only: true }, at("fd00::1"), true],
    [at("fd00::1"), at("0.0.0.0"), false],
    [{ ...at("0.0.0.0"), interfaceIndex: 1 }, { ...at("0.0.0.0"), interfaceIndex: 2 }, false],
    [{ ...at("0.0.0.0"), interfaceIndex: 1 }, at("0.0.0.0"), true],
    [{ ...at("fe80::1"), interfaceIndex: 1 }, { ...at("fe80::1"), interfaceIndex: 2 }, false],
  ];
  for (const [one, other, conflict] of rows) {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const ports = allocator();
      reserved(ports, { port: 80, ...first });
      const result = ports.reserve(spec({ port: 80, ...second }));
      const why = `${first.address} then ${second.address}`;
      assert.equal(result === -Errno.EADDRINUSE, conflict, why);
    }
  }
});

// req: sockets/REUSE-2, sockets/REUSE-3, sockets/REUSE-4, sockets/REUSE-5, sockets/REUSE-10
test("options that let two share a port", () => {
  const A = { reuseAddress: true };
  const P = { reusePort: true };
  const rows: [Partial<PortSpec>, Partial<PortSpec>, bound: boolean, listening: boolean][] = [
    [{}, {}, false, false],
    [A, {}, false, false],
    [{}, A, false, false],
    [A, A, true, false],
    [P, P, true, true],
    [P, A, false, false],
    [A, P, false, false],
    [{ ...A, ...P }, { ...A, ...P }, true, true],
    [{ ...A, ...P }, A, true, false],
  ];
  for (const [one, other, bound, listening] of rows) {
    for (const isListening of [false, true]) {
      const ports = allocator();
      reserved(ports, { port: 80, ...one }).listening = isListening;
      const result = ports.reserve(spec({ port: 80, ...other }));
      const why = JSON.stringify([one, other, isListening]);
      assert.equal(typeof result !== "number", isListening ? listening : bound, why);
    }
  }
});

// req: sockets/LIST-5
test("who may start to listen", () => {
  const ports = allocator();
  const A = { port: 80, reuseAddress: true };
  const [first, second] = [reserved(ports, A), reserved(ports, A)];
  assert.ok(ports.mayListen(first));
  first.listening = true;
  assert.ok(ports.mayListen(first));
  assert.ok(!ports.mayListen(second));
  first.listening = false;
  assert.ok(ports.mayListen(second));
});

// req: sockets/REUSE-8, sockets/REUSE-9
test("a port is taken until the last hold is gone", () => {
  const ports = allocator();
  const reservation = reserved(ports, { port: 80 });
  ports.retain(reservation);
  ports.release(reservation);
  assert.equal(ports.reserve(spec({ port: 80 })), -Errno.EADDRINUSE);
  ports.release(reservation);
  const next = reserved(ports, { port: 80 });
  const sharer = ports.reserve(spec({ port: 80, reuseAddress: true }));
  assert.equal(sharer, -Errno.EADDRINUSE);
  next.reuseAddress = true;
  assert.notEqual(ports.reserve(spec({ port: 80, reuseAddress: true })), -Errno.EADDRINUSE);
  ports.release(next);
  assert.equal(ports.reserve(spec({ port: 80 })), -Errno.EADDRINUSE, "the sharer has it still");
});

// req: sockets/BIND-1, sockets/BIND-7, udp/UDP-33
test("port 0: each free port once, in no order, then shared ones, then none", () => {
  const ports = allocator(5);
  const wish = { port: 0, reuseAddress: true };
  const taken = [1, 2, 3, 4, 5].map(() => reserved(ports, wish).port);
  assert.deepEqual([...taken].sort(), [100, 101, 102, 103, 104]);
  const shared = reserved(ports, wish);
  assert.ok(taken.includes(shared.port));
  assert.equal(ports.reserve(spec({ port: 0 })), -Errno.EADDRINUSE);
  const starts = new Set(
    Array.from({ length: 40 }, (_, seed) => reserved(allocator(100, seed), { port: 0 }).port),
  );
  assert.ok(starts.size > 20, "another seed, another port");
});

// req: sockets/REUSE-13, sockets/CONN-22, sockets/BIND-7
test("outgoing connections share ports with each other, not with bound sockets", () => {
  const ports = allocator(3);
  reserved(ports, { port: 101 });
  const busy = new Set<number>();
  const connect = (): Reservation | number =>
    ports.reserveForConnect(spec({ port: 0, ...at("10.0.0.1") }), (port) => busy.has(port));
  const first = connect();
  assert.ok(first instanceof Reservation);
  assert.equal(ports.reserve(spec({ port: first.port })), -Errno.EADDRINUSE, "not free for bind()");
  busy.add(100).add(102);
  assert.equal(connect(), -Errno.EADDRNOTAVAIL);
  busy.delete(first.port);
  const again = connect();
  assert.ok(again instanceof Reservation && again.port === first.port, "for another peer");
});

function allocator(count = 10, seed = 1): PortAllocator {
  return new PortAllocator(new SeededRandom(seed), { from: 100, to: 99 + count });
}

function reserved(ports: PortAllocator, wish: Partial<PortSpec>): Reservation {
  const reservation = ports.reserve(spec(wish));
  assert.ok(reservation instanceof Reservation);
  return reservation;
}

function spec(wish: Partial<PortSpec>): PortSpec {
  return {
    port: 0,
    address: IpAddress.ANY4,
    v6Only: false,
    interfaceIndex: 0,
    reuseAddress: false,
    reusePort: false,
    ...wish,
  };
}

function at(text: string): { address: IpAddress } {
  const address = IpAddress.parse(text);
  assert.ok(address);
  return { address };
}
