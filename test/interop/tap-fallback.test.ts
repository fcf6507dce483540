/** What a device does on a kernel that offers less, or has no room: that part of the kernel is played. */
import assert from "node:assert/strict";
import { closeSync, writeFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { Errno } from "../../src/base/errno.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { type Libc, loadLibc } from "../../src/platform/node/libc.ts";
import { TapDevice } from "../../src/platform/node/tap-device.ts";
import { attachTun } from "../../src/platform/node/tun-control.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { createNamespace, requireRootAndTun } from "./support/namespace.ts";

const skip = requireRootAndTun() ?? false;
const namespace = skip === false ? await createNamespace({ after }) : null;
await namespace?.enter();
// A silent kernel: what wakes the owner below is not a frame.
if (namespace !== null) writeFileSync("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");

const TUNGETFEATURES = 0x800454cf;
const CHECKSUM = 1;
const EVERYTHING = 7;

/** A kernel that grants only the offload sets in `granted`. */
async function kernelWith(granted: readonly number[], hasHeaders = true): Promise<Libc> {
  const libc = await loadLibc();
  return {
    ...libc,
    ioctl: (fd, request, argument) => {
      const result = libc.ioctl(fd, request, argument);
      if (request === TUNGETFEATURES && !hasHeaders) argument.fill(0);
      return result;
    },
    ioctlValue: (fd, request, argument) =>
      granted.includes(argument) ? libc.ioctlValue(fd, request, argument) : -1,
  };
}

describe("a kernel that offers less", { skip }, () => {
  const cases: [what: string, granted: number[], hasHeaders: boolean, offload: object][] = [
    ["everything", [EVERYTHING], true, { segmentation: true, checksum: true }],
    ["checksums only", [CHECKSUM], true, { segmentation: false, checksum: true }],
    ["nothing", [], true, { segmentation: false, checksum: false }],
    ["no headers either", [], false, { segmentation: false, checksum: false }],
  ];
  for (const [what, granted, hasHeaders, offload] of cases) {
    it(`gives the device ${what}`, async () => {
      const attachment = attachTun(await kernelWith(granted, hasHeaders), "tap", "nl0", true);
      closeSync(attachment.fd);
      assert.deepEqual(attachment.offload, offload);
      assert.equal(attachment.headerLength, hasHeaders ? 10 : 0);
      assert.equal(attachment.isPersistent, false);
    });
  }
});

describe("a kernel without room", { skip }, () => {
  for (const name of ["EAGAIN", "ENOBUFS"] as const) {
    it(`takes nothing, and the owner hears when it might (${name})`, async (t) => {
      const kernel = await loadLibc();
      let writes = 0;
      const libc: Libc = { ...kernel, write: () => ++writes && -1, errno: () => Errno[name] };
      const attachment = attachTun(libc, "tap", "nl0", true);
      const parts = { libc, attachment, mtu: 1500, macAddress: new MacAddress(0x0200, 1) };
      const device = new TapDevice(parts, () => closeSync(attachment.fd));
      t.after(() => device.close());
      await namespace?.output("ip", ["link", "set", "nl0", "up"]);
      const packet = new PacketBuffer();
      packet.reset();
      packet.end = packet.start + 60;
      await new Promise<void>((resolve) => {
        device.attach({ wake: () => {}, run: resolve });
        assert.equal(device.transmit(packet, 0), false);
        assert.equal(device.transmit(packet, 0), false);
      });
      assert.equal(writes, 2);
      assert.equal(device.counters.drops().size, 0);
    });
  }
});
