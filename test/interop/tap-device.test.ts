/** TAP and TUN devices against the kernel on their other side. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { after, describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MacAddress } from "../../src/base/mac-address.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { openTap, openTun, type TapDevice, type TapOptions } from "../../src/tap.ts";
import { EtherType, ethernetType } from "../../src/wire/ethernet.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { answerArp, answerEcho, finishChecksum, TcpByHand } from "./support/hand-made-host.ts";
import { createNamespace, requireRootAndTun } from "./support/namespace.ts";

const skip = requireRootAndTun() ?? false;
const namespace = skip === false ? await createNamespace({ after }) : null;
await namespace?.enter();

interface LinkReport {
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly txqlen: number;
  readonly address: string;
  readonly addr_info: readonly { local: string; prefixlen: number; tentative?: boolean }[];
}

/** What the kernel says about an interface; null when there is none. */
async function report(name: string): Promise<LinkReport | null> {
  const result = await namespace?.run("ip", ["-json", "address", "show", "dev", name]);
  return result?.status === 0 ? (JSON.parse(result.stdout)[0] as LinkReport) : null;
}

async function ip(...args: string[]): Promise<void> {
  await namespace?.output("ip", args);
}

/** Opens a device that is closed when the test ends. */
async function tap(t: TestContext, name: string, options?: TapOptions): Promise<TapDevice> {
  const device = await openTap(name, options);
  t.after(() => device.close());
  return device;
}

async function tun(t: TestContext, name: string, options?: TapOptions): Promise<TapDevice> {
  const device = await openTun(name, options);
  t.after(() => device.close());
  return device;
}

/** Lets `handle` see every frame that arrives. */
function drive(device: TapDevice, handle: (packet: PacketBuffer) => void): void {
  const run = (): void => {
    while (device.receive(handle, 64, 0));
  };
  device.attach({ wake: run, run });
}

async function until(condition: () => boolean, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `not within ${timeoutMs} ms: ${condition}`);
    await delay(5);
  }
}

function frameOf(...octets: number[]): PacketBuffer {
  const packet = new PacketBuffer();
  packet.reset();
  packet.bytes.set(octets, packet.start);
  packet.end = packet.start + Math.max(octets.length, 60);
  return packet;
}

describe("the interface behind a device", { skip }, () => {
  it("is made up and ready, and goes when the device is closed", async (t) => {
    const device = await tap(t, "nl0", { hostAddresses: ["10.77.0.1/24", "fd77::1/64"] });
    const link = await report("nl0");
    assert.ok(link);
    assert.ok(link.flags.includes("UP"));
    assert.equal(link.mtu, 1500);
    assert.ok(link.txqlen >= 10_000, "a queue for large windows");
    const addresses = link.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
    assert.ok(addresses.includes("10.77.0.1/24"));
    assert.ok(addresses.includes("fd77::1/64"));
    const v6 = link.addr_info.find(({ local }) => local === "fd77::1");
    assert.equal(v6?.tentative, undefined, "an address that can be used at once");
    assert.equal(device.name, "nl0");
    assert.equal(device.mtu, 1500);
    assert.equal(device.medium, "ethernet");
    device.close();
    device.close();
    assert.equal(await report("nl0"), null);
  });

  it("has another MAC address than our card", async (t) => {
    const device = await tap(t, "nl0", { secureRandom: new SeededRandom(1) });
    const mac = device.macAddress;
    assert.ok(mac && !mac.isMulticast);
    assert.equal(mac.high & 0x0200, 0x0200, "locally administered");
    assert.notEqual(mac.toString(), (await report("nl0"))?.address);
  });

  it("takes the MAC address and MTU that are wanted", async (t) => {
    const macAddress = new MacAddress(0x0200, 7);
    const device = await tap(t, "nl0", { macAddress, mtu: 9000 });
    assert.equal(device.macAddress, macAddress);
    assert.equal(device.mtu, 9000);
    assert.equal((await report("nl0"))?.mtu, 9000);
  });

  it("is numbered by the kernel for a name with %d", async (t) => {
    const [a, b] = [await tap(t, "nl%d"), await tap(t, "nl%d")];
    assert.deepEqual([a.name, b.name], ["nl0", "nl1"]);
  });

  it("has no Ethernet when it is a TUN device", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24"], mtu: 65_535 });
    assert.equal(device.medium, "ip");
    assert.equal(device.macAddress, null);
    assert.equal(device.mtu, 65_535);
    assert.equal((await report("nt0"))?.addr_info[0]?.local, "10.78.0.1");
  });

  it("stays as it is when it was there before", async (t) => {
    await ip("tuntap", "add", "mode", "tap", "nl9");
    t.after(() => ip("link", "delete", "nl9"));
    await ip("link", "set", "nl9", "mtu", "1400", "txqueuelen", "500");
    const device = await tap(t, "nl9");
    assert.equal(device.mtu, 1400);
    assert.deepEqual(device.offload, { segmentation: true, checksum: true });
    device.close();
    const link = await report("nl9");
    assert.equal(link?.txqlen, 500);
    assert.equal(link.flags.includes("UP"), false);
    const again = await tap(t, "nl9", { hostAddresses: ["10.79.0.1/24"], offload: false });
    assert.deepEqual(again.offload, { segmentation: false, checksum: false });
    again.close();
    const last = await tap(t, "nl9", { hostAddresses: ["10.79.0.1/24"] });
    assert.deepEqual(last.offload, { segmentation: true, checksum: true });
    assert.equal((await report("nl9"))?.flags.includes("UP"), true);
  });
});

describe("frames", { skip }, () => {
  it("arrive from the kernel as it brings its interface up", async (t) => {
    const device = await tap(t, "nl0", { hostAddresses: ["fd77::1/64"] });
    const types = new Set<number>();
    drive(device, ({ view, start }) => types.add(ethernetType(view, start)));
    await until(() => types.has(EtherType.IPV6));
  });

  for (const offload of [true, false]) {
    it(`answer ping and ARP, offload ${offload ? "on" : "off"}`, async (t) => {
      const device = await tap(t, "nl0", { hostAddresses: ["10.77.0.1/24"], offload });
      const mac = device.macAddress as MacAddress;
      drive(device, (packet) => {
        if (answerArp(packet, mac) || answerEcho(packet, mac)) device.transmit(packet, 0);
      });
      const args = ["-n", "-c", "3", "-i", "0.1", "-w", "5", "-s", "1400", "10.77.0.2"];
      assert.match((await namespace?.output("ping", args)) ?? "", / 3 received/);
    });
  }

  it("answer ping over IPv4 and IPv6 without Ethernet", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24", "fd78::1/64"] });
    drive(device, (packet) => {
      if (answerEcho(packet, null)) device.transmit(packet, 0);
    });
    for (const address of ["10.78.0.2", "fd78::2"]) {
      const output = await namespace?.output("ping", [
        "-n",
        "-c",
        "2",
        "-i",
        "0.1",
        "-w",
        "5",
        address,
      ]);
      assert.match(output ?? "", / 2 received/);
    }
  });

  it("carry TCP super-segments both ways where the kernel offers it", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24"] });
    assert.deepEqual(device.offload, { segmentation: true, checksum: true });
    const peer = new TcpByHand();
    const kept = new PacketBuffer();
    drive(device, (packet) => {
      if (!peer.answer(packet)) return;
      device.transmit(packet, 0);
      kept.copyFrom(packet);
    });
    const socket = connect(80, "10.78.0.2");
    t.after(() => socket.destroy());
    await once(socket, "connect");
    socket.write(new Uint8Array(500_000));
    await until(() => peer.received === 500_000);
    assert.ok(peer.largest > 1500, `whole super-segments, largest ${peer.largest}`);
    assert.equal(peer.gsoSize, 536, "split by the segment size of a SYN without the option");
    assert.equal(peer.unverified, 0, "nobody sums what stays in memory");

    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    peer.fill(kept, 60_000, 1460);
    assert.equal(device.transmit(kept, 0), true);
    await until(() => chunks.reduce((sum, { length }) => sum + length, 0) === 60_000);
    const expected = Buffer.from(Uint8Array.from({ length: 60_000 }, (_, at) => at));
    assert.ok(Buffer.concat(chunks).equals(expected));
    assert.equal(device.counters.drops().size, 0);
  });

  it("are whole and summed without offload", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24"], offload: false });
    const peer = new TcpByHand();
    drive(device, (packet) => {
      if (!peer.answer(packet)) return;
      assert.equal(device.transmit(packet, 0), true, "a partial checksum is a drop");
      finishChecksum(packet);
      device.transmit(packet, 0);
    });
    const socket = connect(80, "10.78.0.2");
    t.after(() => socket.destroy());
    await once(socket, "connect");
    socket.write(new Uint8Array(100_000));
    await until(() => peer.received === 100_000);
    assert.equal(peer.largest, 536);
    assert.equal(peer.gsoSize, 0);
    assert.ok(device.counters.dropped("link-bad-offload") > 0);
  });
});

describe("a device in trouble", { skip }, () => {
  const frame = frameOf(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5);

  it("counts what it cannot send while the interface is down", async (t) => {
    const device = await tap(t, "nl0");
    assert.equal(device.transmit(frame, 0), true);
    assert.equal(device.counters.dropped("link-down"), 0);
    await ip("link", "set", "nl0", "down");
    assert.equal(device.transmit(frame, 0), true);
    assert.equal(device.counters.dropped("link-down"), 1);
    await ip("link", "set", "nl0", "up");
    assert.equal(device.transmit(frame, 0), true);
    assert.equal(device.counters.dropped("link-down"), 1);
  });

  it("counts what the kernel refuses", async (t) => {
    const device = await tap(t, "nl0");
    const stub = frameOf();
    stub.end = stub.start + 13;
    assert.equal(device.transmit(stub, 0), true);
    assert.equal(device.counters.dropped("link-truncated"), 1);
    const unfinished = frameOf(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45);
    unfinished.gsoSize = 1000;
    assert.equal(device.transmit(unfinished, 0), true);
    assert.equal(device.counters.dropped("link-bad-offload"), 1);
  });

  it("rests when somebody deletes its interface", async (t) => {
    const device = await tap(t, "nl0");
    let runs = 0;
    device.attach({
      wake: () => {},
      run: () => {
        runs += 1;
        device.receive(() => {}, 64, 0);
      },
    });
    await ip("link", "delete", "nl0");
    await delay(50);
    const runsThen = runs;
    await delay(200);
    assert.equal(runs, runsThen, "no busy loop");
    assert.equal(
      device.receive(() => {}, 64, 0),
      false,
    );
    assert.equal(device.transmit(frame, 0), true);
    assert.equal(device.counters.dropped("link-down"), 1);
  });

  it("delivers nothing more once its sink has closed it", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24"] });
    await sendDatagrams(2, 100);
    let frames = 0;
    const isMore = device.receive(
      () => {
        frames += 1;
        device.close();
      },
      64,
      0,
    );
    assert.deepEqual([frames, isMore], [1, false]);
  });
});

describe("a driver of the event loop", { skip }, () => {
  it("goes on with what waits for a promise right after its turn", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24"] });
    const elapsed = new Promise<number>((resolve) => {
      drive(device, () => {
        const from = performance.now();
        Promise.resolve().then(() => resolve(performance.now() - from));
      });
    });
    await sendDatagrams(1, 100);
    assert.ok((await elapsed) < 50);
  });

  it("is handed frames up to the budget, then the rest", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24"] });
    await sendDatagrams(10, 100);
    let frames = 0;
    const count = (): void => {
      frames += 1;
    };
    assert.equal(device.receive(count, 4, 0), true);
    assert.equal(frames, 4);
    assert.equal(device.receive(count, 64, 0), false);
    // IPv6 sends some on its own account.
    assert.ok(frames >= 10);
  });

  it("moves frames at the speed of the machine", async (t) => {
    const device = await tun(t, "nt0", { hostAddresses: ["10.78.0.1/24"] });
    const [batches, batch] = [20, 400];
    let frames = 0;
    let readMs = 0;
    for (let i = 0; i < batches; i++) {
      await sendDatagrams(batch, 1400);
      const from = performance.now();
      device.receive(() => frames++, 10 * batch, 0);
      readMs += performance.now() - from;
    }
    const packet = frameOf(0x45, 0, 5, 220);
    const writes = batches * batch;
    const from = performance.now();
    for (let i = 0; i < writes; i++) device.transmit(packet, 0);
    const writeMs = performance.now() - from;
    const ns = (ms: number, count: number): string => `${Math.round((ms * 1e6) / count)} ns`;
    t.diagnostic(`read ${ns(readMs, frames)} a frame, write ${ns(writeMs, writes)} a frame`);
    assert.ok(frames >= writes);
  });
});

/** Has the kernel send `count` UDP datagrams into 10.78.0.0/24, and waits until they are sent. */
async function sendDatagrams(count: number, octets: number): Promise<void> {
  const socket = createSocket("udp4");
  const data = new Uint8Array(octets);
  const sent = (): Promise<void> =>
    new Promise((resolve) => socket.send(data, 9, "10.78.0.2", () => resolve()));
  await Promise.all(Array.from({ length: count }, sent));
  socket.close();
}
