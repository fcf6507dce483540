import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { PcapngReader } from "../../src/link/pcapng-reader.ts";
import { FrameFormatter } from "../../src/wire/pretty.ts";
import { type Namespace, requireRootAndTun } from "./support/namespace.ts";
import { CleanUps, FAMILIES, makeFile, type Serving, startServing } from "./support/serving.ts";

const skip = requireRootAndTun() ?? false;

const VALIDATION = ["ip", "tcp", "udp"].flatMap((protocol) => [
  "-o",
  `${protocol}.check_checksum:TRUE`,
]);
/** Frames that tshark holds against us. */
const FAULTS = [
  "_ws.malformed",
  ...["ip", "tcp", "udp", "icmp", "icmpv6"].map((protocol) => `${protocol}.checksum.status==0`),
].join(" || ");

/** All kinds of traffic that the kernel can be made to have with us. */
async function makeTraffic({ namespace, folder }: Serving): Promise<void> {
  makeFile(join(folder, "file"), 2_000_000);
  for (const { address, url } of FAMILIES) {
    await namespace.output("ping", ["-c", "2", "-i", "0.1", address]);
    // Three fragments each way.
    await namespace.output("ping", ["-c", "1", "-s", "4000", address]);
    await namespace.output("curl", ["-sS", "-o", "/dev/null", `${url}/file`]);
    await namespace.output("curl", ["-sS", "-T", join(folder, "file"), `${url}/copy`]);
    // Refused by TCP and by UDP.
    await namespace.run("curl", ["-s", `${url}:81/`]);
    await namespace.run("nc", ["-n", "-u", "-w", "1", address, "9"], { input: "anybody?" });
    await namespace.run("nc", ["-n", "-u", "-w", "1", address, "9"], { input: "x".repeat(4000) });
  }
}

describe("--pcap", { skip }, () => {
  const cleanUps = new CleanUps();
  let namespace: Namespace;
  let file: string;

  before(async () => {
    file = `/tmp/netloom-pcap-${process.pid}.pcapng`;
    const serving = await startServing(cleanUps, ["--upload", "--pcap", file]);
    ({ namespace } = serving);
    cleanUps.after(async () => {
      await namespace.run("rm", ["-f", file]);
    });
    await makeTraffic(serving);
    serving.server.kill("SIGINT");
    assert.equal(await serving.server.exit(), 0);
  });
  after(() => cleanUps.run());

  test("holds nothing that tshark finds malformed or badly summed", async () => {
    const args = [...VALIDATION, "-r", file, "-Y", FAULTS];
    assert.equal(await namespace.output("tshark", args, { timeoutMs: 120_000 }), "");
  });

  test("holds every kind of frame there was", async () => {
    const kinds = [
      "arp",
      "icmp",
      "icmpv6",
      "tcp",
      "udp",
      "http.request.method==PUT",
      "ip.flags.mf==1",
    ];
    for (const kind of [...kinds, "tcp.flags.reset==1", "icmp.type==3", "icmpv6.type==1"]) {
      const args = ["-r", file, "-Y", kind, "-c", "10000"];
      assert.notEqual(await namespace.output("tshark", args, { timeoutMs: 60_000 }), "", kind);
    }
  });

  for (const flags of [[], ["-e"], ["-S"], ["-v"]] as const) {
    test(`is told by us as by tcpdump -n ${flags.join(" ")}`, async () => {
      const output = await namespace.output("tcpdump", ["-nt", ...flags, "-r", file]);
      const theirs = output.trimEnd().split("\n");
      const ours = formatFile(file, flags);
      for (const [index, line] of theirs.entries())
        assert.equal(ours[index], line, `line ${index}`);
      assert.equal(ours.length, theirs.length);
      assert.ok(ours.length > 1000, `${ours.length} lines`);
    });
  }
});

/** Every frame of a pcapng file as `netloom tcpdump` would print it, without the time. */
function formatFile(path: string, flags: readonly string[]): string[] {
  const formatter = new FrameFormatter({
    verbose: flags.includes("-v") ? 1 : 0,
    linkHeader: flags.includes("-e"),
    absoluteSequence: flags.includes("-S"),
  });
  const reader = new PcapngReader(readFileSync(path));
  const lines: string[] = [];
  for (let packet = reader.next(); packet !== null; packet = reader.next()) {
    const { bytes } = packet;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    lines.push(...formatter.format(view, 0, bytes.length, "ethernet").split("\n"));
  }
  assert.equal(reader.error, null);
  return lines;
}
