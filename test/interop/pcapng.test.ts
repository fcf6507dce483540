import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cable } from "../../src/link/cable.ts";
import { Capture } from "../../src/link/capture.ts";
import { PcapngWriter } from "../../src/link/pcapng-writer.ts";
import { tcpPacket } from "../support/link-packets.ts";

const FIELDS = [
  "frame.interface_name",
  "frame.time_epoch",
  "frame.packet_flags_direction",
  "frame.comment",
  "ip.checksum.status",
  "tcp.checksum.status",
  "tcp.len",
  "frame.len",
];

test("Wireshark reads a capture of ours, and finds every checksum right", () => {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter({
    epochMs: 1_800_000_000_000,
    write: (octets) => blocks.push(octets.slice()),
  });
  const [a, b] = cable();
  const left = new Capture(
    a,
    writer.sinkFor(writer.addInterface({ name: "nl0", medium: "ethernet" })),
  );
  const tun = writer.addInterface({ name: "tun0", medium: "ip" });
  left.transmit(tcpPacket({ payload: 3000, gsoSize: 1448 }), 1.25);
  b.transmit(tcpPacket({ family: 6, payload: 10 }), 2);
  left.receive(() => {}, 10, 2.000_001);
  const packet = tcpPacket({ medium: "ip", payload: 1, partial: false });
  writer.packet(tun, packet, { now: 3, comment: "dropped: tcp-paws ✓" });
  assert.deepEqual(tshark(Buffer.concat(blocks)), [
    ["nl0", "1800000000.001250000", "0x00000002", "", "1", "1", "1448", "1502"],
    ["nl0", "1800000000.001250000", "0x00000002", "", "1", "1", "1448", "1502"],
    ["nl0", "1800000000.001250000", "0x00000002", "", "1", "1", "104", "158"],
    ["nl0", "1800000000.002000001", "0x00000001", "", "", "1", "10", "84"],
    ["tun0", "1800000000.003000000", "", "dropped: tcp-paws ✓", "1", "1", "1", "41"],
  ]);
});

/** The fields of every packet, as tshark sees them. */
function tshark(file: Uint8Array): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "netloom-pcapng-"));
  try {
    const path = join(folder, "capture.pcapng");
    writeFileSync(path, file);
    const checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
    const { status, stdout, stderr } = spawnSync(
      "tshark",
      ["-r", path, ...checks, "-T", "fields", ...FIELDS.flatMap((field) => ["-e", field])],
      { encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
