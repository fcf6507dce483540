import assert from "node:assert/strict";
import { test } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { cable } from "../../../src/link/cable.ts";
import { Capture } from "../../../src/link/capture.ts";
import { type Device, FULL_OFFLOAD, NO_OFFLOAD } from "../../../src/link/device.ts";
import { FaultInjector } from "../../../src/link/fault-injector.ts";
import { Loopback } from "../../../src/link/loopback.ts";
import { OffloadEdge } from "../../../src/link/offload-edge.ts";
import { ReceiveCoalescing } from "../../../src/link/receive-coalescing.ts";
import { EthernetSwitch } from "../../../src/link/switch.ts";
import { drain, WakeCounter } from "../../support/link-devices.ts";
import { octetsIn, plainFrame } from "../../support/link-packets.ts";

/** The contract of `Device`, held by every device of this folder and every middleware around one. */
const LINKS: [string, () => [Device, Device]][] = [
  ["Cable", () => cable()],
  ["Cable of bare IP", () => cable({ medium: "ip" })],
  [
    "Switch",
    () => {
      const net = new EthernetSwitch();
      return [net.port(), net.port()];
    },
  ],
  [
    "Loopback",
    () => {
      const lo = new Loopback();
      return [lo, lo];
    },
  ],
  ["OffloadEdge", () => around((device) => new OffloadEdge(device))],
  ["ReceiveCoalescing", () => around((device) => new ReceiveCoalescing(device))],
  ["Capture", () => around((device) => new Capture(device, () => {}))],
  ["FaultInjector", () => around((device) => new FaultInjector(device, {}, new SeededRandom(1)))],
  [
    "FaultInjector with rules",
    () =>
      around((device) => new FaultInjector(device, { both: { jitterMs: 0 } }, new SeededRandom(1))),
  ],
];

function around(wrap: (device: Device) => Device): [Device, Device] {
  const [a, b] = cable({ offload: NO_OFFLOAD, queuePackets: 1000 });
  return [wrap(a), wrap(b)];
}

function frame(fill: number): ReturnType<typeof plainFrame> {
  return plainFrame(MacAddress.BROADCAST, new MacAddress(0x0200, 1), 100, fill);
}

for (const [name, make] of LINKS) {
  test(`${name}: a frame is borrowed, arrives as it was, and wakes the receiver`, () => {
    const [a, b] = make();
    const owner = new WakeCounter();
    b.attach(owner);
    assert.equal(b.pollTimeout(), Infinity);
    const sent = frame(7);
    const octets = octetsIn(sent);
    assert.equal(a.transmit(sent, 5), true);
    sent.bytes.fill(0);
    assert.equal(owner.wakes, 1);
    assert.ok(b.pollTimeout() <= 5);
    assert.deepEqual(
      drain(b, 5).map((each) => each.octets),
      [octets],
    );
    assert.equal(b.pollTimeout(), Infinity);
  });

  test(`${name}: the budget holds, and says that more may wait`, () => {
    const [a, b] = make();
    for (let i = 0; i < 5; i++) a.transmit(frame(i), 0);
    let count = 0;
    assert.equal(
      b.receive(() => count++, 3, 0),
      true,
    );
    assert.equal(count, 3);
    assert.equal(
      b.receive(() => count++, 10, 0),
      false,
    );
    assert.equal(count, 5);
  });

  test(`${name}: it is bounded; refused means not taken, and a wake when there is room`, () => {
    const [a, b] = make();
    const sender = new WakeCounter();
    a.attach(sender);
    const before = sender.wakes;
    let taken = 0;
    let refused = false;
    while (taken < 5000 && !refused) {
      if (a.transmit(frame(taken & 0xff), 0)) taken++;
      else refused = true;
    }
    const got = drain(b).length;
    assert.ok(got <= 1000);
    // A switch loses what it has no room for; all others refuse.
    if (!refused) return void assert.equal(name, "Switch");
    assert.equal(got + drain(b).length + drainRest(a, b), taken);
    assert.ok(sender.wakes > before);
    assert.ok(a.transmit(frame(1), 0));
  });

  test(`${name}: closed, it delivers nothing, and closing again does nothing`, () => {
    const [a, b] = make();
    a.transmit(frame(1), 0);
    b.close();
    b.close();
    assert.deepEqual(drain(b), []);
    assert.equal(a.transmit(frame(2), 0), true);
    assert.equal(b.pollTimeout(), Infinity);
  });

  test(`${name}: medium, MTU, address and offload fit together`, () => {
    for (const device of make()) {
      assert.equal(device.macAddress !== null, device.medium === "ethernet");
      assert.ok(device.mtu >= 68 && device.mtu <= 65_535);
      assert.ok(device.offload.checksum || !device.offload.segmentation, "who splits must sum");
    }
  });
}

test("offload: all or nothing", () => {
  assert.deepEqual(
    [FULL_OFFLOAD, NO_OFFLOAD],
    [
      { segmentation: true, checksum: true },
      { segmentation: false, checksum: false },
    ],
  );
});

/** What a middleware still held for the device: sent by the sender's next turn. */
function drainRest(sender: Device, receiver: Device): number {
  if (sender === receiver) return 0;
  drain(sender);
  return drain(receiver).length;
}
