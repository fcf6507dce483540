import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { DatagramFlow } from "../../../src/stack/datagram-flow.ts";
import { DatagramTable } from "../../../src/stack/datagram-table.ts";
import { PortAllocator, Reservation } from "../../../src/stack/port-allocator.ts";
import { defaultDatagramSettings } from "../../../src/udp/datagram-settings.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

// req: udp/UDP-18, sockets/REUSE-10
test("the best fit wins, of equals the last one bound", () => {
  const table = new DatagramTable(5);
  const wild = flowOn(table, 53);
  const specific = flowOn(table, 53, IpAddress.LOOPBACK4);
  assert.equal(table.find(packet(1), 53, 9, 1), specific);
  table.remove(specific);
  assert.equal(table.find(packet(1), 53, 9, 1), wild);
  const later = flowOn(table, 53);
  assert.equal(table.find(packet(1), 53, 9, 1), later);
  assert.equal(table.find(packet(1), 54, 9, 1), null);
  assert.deepEqual([...table], [wild, later]);
});

test("removing from a port while going over it misses nobody", () => {
  const table = new DatagramTable(5);
  const flows = [1, 2, 3].map(() => flowOn(table, 53));
  const seen: DatagramFlow[] = [];
  for (const flow of table.on(53)) {
    seen.push(flow);
    table.remove(flow);
  }
  assert.deepEqual(seen, flows);
  assert.deepEqual([...table.on(53)], []);
  table.remove(flows[0] as DatagramFlow);
});

// req: sockets/REUSE-10
test("SO_REUSEPORT spreads peers evenly, and each peer always to the same flow", () => {
  const table = new DatagramTable(0x12345678);
  const flows = [1, 2, 3, 4].map(() => {
    const flow = flowOn(table, 53);
    flow.reservation = sharedReservation();
    return flow;
  });
  const counts = new Map(flows.map((flow) => [flow, 0]));
  for (let peer = 0; peer < 4000; peer++) {
    const first = table.find(packet(peer), 53, 1000 + peer, 1);
    assert.ok(first !== null && first === table.find(packet(peer), 53, 1000 + peer, 1));
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  for (const count of counts.values()) assert.ok(count > 800 && count < 1200, `${count}`);
});

// req: udp/UDP-27
test("the sender of a quoted datagram", () => {
  const table = new DatagramTable(5);
  const wild = flowOn(table, 53);
  const connected = flowOn(table, 53, IpAddress.LOOPBACK4);
  connected.endpoint.remoteAddress = IpAddress.v4(7);
  connected.endpoint.remotePort = 9;
  assert.equal(table.findSender(IpAddress.LOOPBACK4, 53, IpAddress.v4(7), 9), connected);
  assert.equal(table.findSender(IpAddress.LOOPBACK4, 53, IpAddress.v4(8), 9), wild);
  assert.equal(table.findSender(IpAddress.LOOPBACK4, 54, IpAddress.v4(7), 9), null);
});

function flowOn(table: DatagramTable, port: number, address = IpAddress.ANY4): DatagramFlow {
  const flow = new DatagramFlow(false, defaultDatagramSettings(), 1000);
  flow.endpoint.localPort = port;
  flow.endpoint.localAddress = address;
  table.add(flow);
  return flow;
}

function sharedReservation(): Reservation {
  const reservation = new PortAllocator(new SeededRandom(1)).reserve({
    port: 53,
    address: IpAddress.ANY4,
    v6Only: false,
    interfaceIndex: 0,
    reuseAddress: false,
    reusePort: true,
  });
  assert.ok(reservation instanceof Reservation);
  return reservation;
}

function packet(source: number): PacketBuffer {
  const made = new PacketBuffer(256);
  made.sourceC = 0xffff;
  made.sourceD = source;
  made.destinationC = 0xffff;
  made.destinationD = IpAddress.LOOPBACK4.d;
  return made;
}
