import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { type ListenKey, ListenTable } from "../../../src/stack/listen-table.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

function listen(address: string, options: { v6Only?: boolean; on?: number } = {}): ListenKey {
  return {
    address: IpAddress.parse(address) as IpAddress,
    port: 80,
    v6Only: options.v6Only ?? false,
    interfaceIndex: options.on ?? 0,
  };
}

function synTo(address: string, sourcePort = 40_000): PacketBuffer {
  const packet = new PacketBuffer(64);
  packet.end = 20;
  packet.view.setUint16(0, sourcePort);
  const { a, b, c, d } = IpAddress.parse(address) as IpAddress;
  packet.destinationA = a;
  packet.destinationB = b;
  packet.destinationC = c;
  packet.destinationD = d;
  return packet;
}

function tableOf(...listeners: ListenKey[]): ListenTable<ListenKey> {
  const table = new ListenTable<ListenKey>();
  for (const listener of listeners) table.add(listener);
  return table;
}

test("the most specific listener is found", () => {
  const any4 = listen("0.0.0.0");
  const dual = listen("::");
  const one = listen("10.0.0.1");
  const onSecond = listen("0.0.0.0", { on: 2 });
  const rows: [listeners: ListenKey[], to: string, iface: number, expected: ListenKey | null][] = [
    [[dual, any4, one], "10.0.0.1", 1, one],
    [[dual, any4, one], "10.0.0.2", 1, any4],
    [[dual, any4], "fd00::1", 1, dual],
    [[dual], "10.0.0.1", 1, dual],
    [[listen("::", { v6Only: true })], "10.0.0.1", 1, null],
    [[any4], "fd00::1", 1, null],
    [[any4, onSecond], "10.0.0.1", 2, onSecond],
    [[any4, onSecond], "10.0.0.1", 1, any4],
    [[onSecond], "10.0.0.1", 1, null],
    [[one, onSecond], "10.0.0.1", 2, one],
    [[], "10.0.0.1", 1, null],
  ];
  for (const [index, [listeners, to, iface, expected]] of rows.entries()) {
    assert.equal(tableOf(...listeners).find(synTo(to), 80, iface), expected, `row ${index}`);
  }
});

// req: sockets/REUSE-4
test("equals share the peers, and a peer always meets the same one", () => {
  const equals = [listen("0.0.0.0"), listen("0.0.0.0"), listen("0.0.0.0")];
  const table = tableOf(...equals, listen("::"));
  const counts = new Map<ListenKey | null, number>();
  for (let port = 1024; port < 4024; port++) {
    const found = table.find(synTo("10.0.0.1", port), 80, 1);
    assert.equal(table.find(synTo("10.0.0.1", port), 80, 1), found);
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  for (const listener of equals)
    assert.ok((counts.get(listener) ?? 0) > 700, [...counts.values()].join());
});

test("a listener that was deleted is not found again", () => {
  const listener = listen("0.0.0.0");
  const table = tableOf(listener);
  table.delete(listener);
  table.delete(listener);
  assert.equal(table.find(synTo("10.0.0.1"), 80, 1), null);
  assert.deepEqual([...table], []);
});
