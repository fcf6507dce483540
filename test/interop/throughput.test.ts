import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "../../src/socket/constants.ts";
import { requireRootAndTun } from "./support/namespace.ts";
import { CleanUps } from "./support/serving.ts";
import { startTapHost, type TapHost } from "./support/tap-host.ts";

const PORT = 9000;
const LEAST_GBITS = 5;
/** The machine may be busy with other things; a stack that can do it shows it once. */
const TRIES = 5;

/** A kernel socket that sends for two seconds, as fast as it can. */
const SENDER = `
  const socket = require("node:net").connect(${PORT}, "10.77.0.2");
  const chunk = Buffer.alloc(262144);
  const start = performance.now();
  const fill = () => {
    while (performance.now() - start < 2000) if (!socket.write(chunk)) return;
    socket.end();
  };
  socket.on("connect", fill).on("drain", fill);
`;

const skip = requireRootAndTun() ?? false;

describe("one stream from the kernel over TAP with offload", { skip }, () => {
  const cleanUps = new CleanUps();
  let tap: TapHost;

  before(async () => {
    tap = await startTapHost(cleanUps);
    // BBR, the default of some kernels, paces; its figure would say little about the receiver.
    writeFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "reno");
  });

  after(() => cleanUps.run());

  async function measure(): Promise<number> {
    const { host, namespace } = tap;
    const sys = host.sockets;
    const listener = sys.socket(AF_INET, SOCK_STREAM, 0);
    sys.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    sys.bind(listener, { family: AF_INET, address: "10.77.0.2", port: PORT });
    sys.listen(listener, 1);
    const sender = namespace.spawn(process.execPath, ["-e", SENDER]);
    const { fd } = await sys.accept(listener);
    sys.close(listener);
    const buffer = new Uint8Array(1 << 20);
    const start = performance.now();
    let octets = 0;
    for (let n = await sys.read(fd, buffer); n > 0; n = await sys.read(fd, buffer)) octets += n;
    const ms = performance.now() - start;
    sys.close(fd);
    assert.equal(await sender.exit(10_000), 0);
    return (octets * 8) / ms / 1e6;
  }

  test(`passes ${LEAST_GBITS} Gbit/s`, async (t) => {
    assert.deepEqual(tap.card.offload, { segmentation: true, checksum: true });
    let best = 0;
    for (let run = 0; run < TRIES && best < LEAST_GBITS; run++) {
      const gbits = await measure();
      t.diagnostic(`${gbits.toFixed(1)} Gbit/s, sender reno`);
      best = Math.max(best, gbits);
    }
    assert.ok(best >= LEAST_GBITS, `best of ${TRIES}: ${best.toFixed(1)} Gbit/s`);
  });
});
