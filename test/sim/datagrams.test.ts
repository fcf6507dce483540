/** Datagrams of all sizes between two hosts, whole and in fragments. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../src/base/random.ts";
import type { LinkRules } from "../../src/link/link-rules.ts";
import {
  AF_INET,
  AF_INET6,
  POLLIN,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "../../src/socket/constants.ts";
import { Received } from "../../src/socket/received.ts";
import { FAMILIES, type Family, HostPair, type Side } from "../support/host-pair.ts";
import { name } from "../support/socket-world.ts";

const SEED = Number(process.env.NETLOOM_SIM_SEED ?? 4);
const MAX_PAYLOAD = { v4: 65_507, v6: 65_527 };
/** What fits one fragment over MTU 1500, and every further one. */
const FIRST_FRAGMENT = { v4: 1472, v6: 1444 };
const FRAGMENT = { v4: 1480, v6: 1448 };

interface World {
  readonly pair: HostPair;
  readonly client: number;
  send(octets: Uint8Array): number;
  receive(): Uint8Array | null;
}

/** b sends back what it gets. */
function echo(family: Family, rules: LinkRules): World {
  const pair = new HostPair({ seed: SEED, rules });
  const { a, b } = pair;
  const server = udp(b, family, 7);
  const client = udp(a, family, 5000);
  const into = new Uint8Array(70_000);
  const from = new Received();
  const answer = (): void => {
    for (;;) {
      const octets = b.calls.recvfrom(server, into, 0, from, b.now);
      if (octets < 0) return;
      b.calls.sendto(server, into.subarray(0, octets), 0, from, b.now);
    }
  };
  b.calls.description(server)?.waiters.add({ interest: POLLIN, handleReady: answer });
  const target = name(family === "v4" ? "10.0.0.2:7" : "[fd00::2]:7");
  return {
    pair,
    client,
    send: (octets) => a.calls.sendto(client, octets, 0, target, a.now),
    receive: () => {
      const octets = a.calls.recv(client, into, 0, a.now);
      return octets < 0 ? null : into.slice(0, octets);
    },
  };
}

function udp(side: Side, family: Family, port: number): number {
  const fd = side.calls.socket(family === "v4" ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
  const any = family === "v4" ? "0.0.0.0" : "[::]";
  assert.equal(side.calls.bind(fd, name(`${any}:${port}`), side.now), 0);
  side.calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20, side.now);
  return fd;
}

/** Octets that are a function of the size, so that a mix-up of datagrams shows. */
function payload(octets: number): Uint8Array {
  const random = new SeededRandom(octets);
  const bytes = new Uint8Array(octets);
  for (let at = 0; at < octets; at++) bytes[at] = random.int32();
  return bytes;
}

function sizes(family: Family): number[] {
  const all = new Set<number>();
  for (let size = 0; size <= MAX_PAYLOAD[family]; size += 397) all.add(size);
  for (let last = FIRST_FRAGMENT[family]; last <= MAX_PAYLOAD[family]; last += FRAGMENT[family]) {
    for (let size = last - 1; size <= last + 9; size++) all.add(size);
  }
  for (let less = 0; less < 20; less++) all.add(less).add(MAX_PAYLOAD[family] - less);
  return [...all].filter((size) => size <= MAX_PAYLOAD[family]).sort((x, y) => x - y);
}

for (const family of FAMILIES) {
  test(`echo of sizes 0 to ${MAX_PAYLOAD[family]}, ${family}`, (t) => {
    const { pair, send, receive } = echo(family, { delayMs: 1 });
    const tried = sizes(family);
    t.diagnostic(`${tried.length} sizes`);
    for (const size of tried) {
      const sent = payload(size);
      assert.equal(send(sent), size);
      pair.pass(3);
      const back = receive();
      assert.ok(back !== null, `${size} octets come back`);
      assert.ok(Buffer.from(back).equals(sent), `${size} octets, unchanged`);
      assert.equal(receive(), null, "once");
    }
    const tooLong = send(new Uint8Array(MAX_PAYLOAD[family] + 1));
    assert.equal(tooLong, -90, "EMSGSIZE");
  });

  test(`fragments on a bad link: a datagram comes whole or not at all, ${family}`, (t) => {
    t.diagnostic(`seed ${SEED} (NETLOOM_SIM_SEED)`);
    // Damage is rare: two bits in one datagram can make up for each other in its checksum.
    const rules = { loss: 0.02, reordering: 0.1, duplication: 0.02, corruption: 5e-4, delayMs: 5 };
    const { pair, send, receive } = echo(family, rules);
    const sent = new Map<number, Uint8Array>();
    let came = 0;
    for (let i = 0; i < 600; i++) {
      const octets = payload(20_000 + i);
      sent.set(octets.length, octets);
      send(octets);
      pair.pass(20);
      for (let back = receive(); back !== null; back = receive()) {
        came++;
        const whole = sent.get(back.length);
        assert.ok(whole && Buffer.from(back).equals(whole), `${back.length} octets, unchanged`);
      }
    }
    t.diagnostic(`${came} of 600 came back`);
    assert.ok(came > 100 && came < 550, `${came}`);
    pair.pass(120_000);
    const timeouts = [pair.a, pair.b].map(({ host }) =>
      host.stack.counters.dropped("fragment-timeout"),
    );
    assert.ok(
      timeouts.every((count) => count > 20),
      `${timeouts} sets timed out`,
    );
    // Nothing waits any more: a set that is incomplete now would not be for ever.
    for (const { host } of [pair.a, pair.b])
      assert.equal(host.stack.network.ip.pollTimeout(), Infinity);
  });
}
