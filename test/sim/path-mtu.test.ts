/** Paths that take less from one moment on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/base/ip-address.ts";
import { TcpState } from "../../src/tcp/state.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import {
  type Ends,
  icmpMessage,
  icmpProtocol,
  ipFrame,
  quoteOf,
} from "../support/frame-builders.ts";
import { FAMILIES, type Family, HostPair, type Stream } from "../support/host-pair.ts";
import { Transfer } from "../support/host-transfer.ts";

const SMALL = { v4: 1000, v6: 1300 };
const ROUTER = { v4: "10.0.0.254", v6: "fd00::fe" };

/** A router on the way from a to b that takes no more than `mtu`, and says so if it `reports`. */
class Narrows {
  dropped = 0;
  reports: number | null;
  readonly #pair: HostPair;
  readonly #family: Family;
  readonly #mtu: number;

  constructor(pair: HostPair, family: Family, mtu: number, reports: number | null) {
    this.#pair = pair;
    this.#family = family;
    this.#mtu = mtu;
    this.reports = reports;
    pair.b.device.install((packet) => this.#judge(packet), "receive");
  }

  #judge(packet: PacketBuffer): "pass" | "drop" {
    if (packet.end - packet.start - ETHERNET <= this.#mtu) return "pass";
    this.dropped++;
    if (this.reports !== null)
      this.#report(packet.bytes.slice(packet.start, packet.end), this.reports);
    return "drop";
  }

  /** Fragmentation needed, or packet too big, as a router would send it back. */
  #report(frame: Uint8Array, mtu: number): void {
    const { a, b } = this.#pair;
    const isV6 = this.#family === "v6";
    const [source, destination] = [ROUTER[this.#family], isV6 ? "fd00::1" : "10.0.0.1"].map(
      (text) => {
        const address = IpAddress.parse(text);
        assert.ok(address);
        return address;
      },
    );
    assert.ok(source && destination && a.device.macAddress && b.device.macAddress);
    const ends: Ends = {
      sourceMac: b.device.macAddress,
      destinationMac: a.device.macAddress,
      source,
      destination,
    };
    const [type, code] = isV6 ? ([2, 0] as const) : ([3, 4] as const);
    const message = icmpMessage(ends, type, code, { word: mtu, body: quoteOf(frame) });
    const reply = new PacketBuffer();
    reply.reset();
    const octets = ipFrame(ends, icmpProtocol(ends), message);
    reply.bytes.set(octets, reply.start);
    reply.end = reply.start + octets.length;
    // The card of b sends it: who it is from is for a to judge by the addresses alone.
    b.device.transmit(reply, b.now);
  }
}

const ETHERNET = 14;

function started(family: Family, octets: number): [HostPair, Stream, Transfer] {
  const pair = new HostPair({ seed: 6, rules: { delayMs: 20 } });
  const [client, server] = pair.connect(family);
  const transfer = new Transfer(client, server, octets).start();
  pair.until(() => transfer.received > octets / 4, 60_000);
  return [pair, client, transfer];
}

for (const family of FAMILIES) {
  // req: tcp/PMTU-1
  test(`a path that shrinks in mid-transfer and says so: it goes on at once, ${family}`, (t) => {
    const [pair, client, transfer] = started(family, 20_000_000);
    const narrows = new Narrows(pair, family, SMALL[family], SMALL[family]);
    const before = transfer.received;
    const ms = pair.until(() => transfer.received > before + 1_000_000, 60_000);
    t.diagnostic(`${narrows.dropped} packets were too big; a megabyte more took ${ms} ms`);
    pair.until(() => transfer.isDone, 60_000);
    transfer.assertWhole();
    assert.equal(client.connection.info().pathMtu, SMALL[family]);
    assert.ok(ms < 1000, `${ms} ms`);
  });

  test(`a black hole: the connection fails in its time, without a storm, ${family}`, () => {
    const [pair, client, transfer] = started(family, 20_000_000);
    const narrows = new Narrows(pair, family, SMALL[family], null);
    pair.pass(2000);
    const early = narrows.dropped;
    pair.pass(600_000);
    assert.ok(narrows.dropped - early < 40, `${narrows.dropped - early} packets in ten minutes`);
    assert.ok(!transfer.isDone);
    const { connection } = client;
    const ms = pair.until(() => connection.state === TcpState.CLOSED, 2_000_000, 1000);
    assert.ok(ms < 500_000, `gave up ${ms} ms later`);
  });
}

// req: tcp/PMTU-3
test("a router that names a tiny MTU does not make tiny segments, v4", () => {
  const [pair, client, transfer] = started("v4", 20_000_000);
  new Narrows(pair, "v4", SMALL.v4, 100);
  pair.pass(5000);
  const { sndMss } = client.connection.info();
  assert.ok(sndMss >= 500 && sndMss < 552, `segments of ${sndMss} octets`);
  pair.until(() => transfer.isDone, 60_000);
  transfer.assertWhole();
});

// req: tcp/PMTU-3
test("a router that names less than IPv6 asks of every link is not believed", () => {
  const [pair, client] = started("v6", 20_000_000);
  const before = client.connection.info().sndMss;
  const narrows = new Narrows(pair, "v6", SMALL.v6, 1279);
  pair.pass(5000);
  assert.ok(narrows.dropped > 0);
  assert.equal(client.connection.info().sndMss, before);
});

// req: tcp/PMTU-4
test("what was learned is forgotten after ten minutes, and larger segments are tried again", () => {
  const [pair, client, transfer] = started("v4", 20_000_000);
  new Narrows(pair, "v4", 1000, 1000);
  pair.until(() => transfer.isDone, 60_000);
  assert.equal(client.connection.info().pathMtu, 1000);
  pair.pass(601_000);
  assert.equal(client.connection.info().pathMtu, 1500);
});
