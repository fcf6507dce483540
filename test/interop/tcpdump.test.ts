import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  createNamespace,
  type Namespace,
  type RunResult,
  requireRootAndTun,
} from "./support/namespace.ts";
import {
  ADDRESSES,
  CleanUps,
  LINK,
  makeText,
  type Serving,
  startServing,
} from "./support/serving.ts";

const skip = requireRootAndTun() ?? false;

describe("netloom tcpdump and netstat of a running host", { skip }, () => {
  const cleanUps = new CleanUps();
  const control = `/tmp/netloom-control-${process.pid}.sock`;
  let serving: Serving;
  let namespace: Namespace;

  before(async () => {
    serving = await startServing(cleanUps, ["--control", control, "--name", "web"]);
    ({ namespace } = serving);
    makeText(serving, "page", "hello");
  });
  after(() => cleanUps.run());

  /** Runs `netloom tcpdump` until it has seen enough of what `act` causes. */
  const dump = async (args: readonly string[], act: () => Promise<unknown>): Promise<RunResult> => {
    const child = namespace.netloom(["tcpdump", ...args, "--control", control]);
    await child.waitForLine(/^listening on /);
    await act();
    const status = await child.exit();
    return { status, stdout: child.stdout, stderr: child.stderr };
  };
  const ping = (): Promise<string> =>
    namespace.output("ping", ["-c", "2", "-i", "0.2", "10.77.0.2"]);
  const get = (): Promise<string> => namespace.output("curl", ["-sS", "http://10.77.0.2/page"]);

  test("shows frames as they pass, with the time", async () => {
    const { status, stdout, stderr } = await dump(["-n", "-c", "4", "icmp"], ping);
    assert.equal(status, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 4);
    const clock = /^\d\d:\d\d:\d\d\.\d{6} /;
    assert.match(lines[0] ?? "", clock);
    assert.match(
      lines[0] ?? "",
      /IP 10\.77\.0\.1 > 10\.77\.0\.2: ICMP echo request, id \d+, seq 1, length 64$/,
    );
    assert.match(
      lines[1] ?? "",
      /IP 10\.77\.0\.2 > 10\.77\.0\.1: ICMP echo reply, id \d+, seq 1, length 64$/,
    );
    assert.match(stderr, /^4 packets captured\n0 packets dropped\n$/m);
  });

  test("a filter chooses, and sequence numbers are relative", async () => {
    const filter = ["tcp", "and", "port", "80"];
    const { stdout } = await dump(["-c", "4", ...filter], () => Promise.all([ping(), get()]));
    const lines = stdout.trimEnd().split("\n");
    assert.match(
      lines[0] ?? "",
      / > 10\.77\.0\.2\.80: Flags \[S\], seq \d+, win \d+, options \[mss 1460,/,
    );
    assert.match(lines[1] ?? "", /10\.77\.0\.2\.80 > \S+: Flags \[S\.\], seq \d+, ack \d+, win /);
    assert.match(lines[2] ?? "", /Flags \[\.\], ack 1, win \d+, options .*, length 0$/);
    assert.match(
      lines[3] ?? "",
      /Flags \[P\.\], seq 1:\d+, ack 1, .*: HTTP: GET \/page HTTP\/1\.1$/,
    );
  });

  test("-e tells the link-layer header", async () => {
    const { stdout } = await dump(["-e", "-c", "1", "icmp"], ping);
    assert.match(stdout, /([0-9a-f]{2}:){5}[0-9a-f]{2}, ethertype IPv4 \(0x0800\), length 98: /);
  });

  test("-w writes what the kernel's tcpdump reads", async () => {
    const file = `/tmp/netloom-dump-${process.pid}.pcapng`;
    await dump(["-w", file, "-c", "4", "icmp"], ping);
    const output = await namespace.output("tcpdump", ["-nr", file]);
    await namespace.run("rm", ["-f", file]);
    assert.equal(output.trimEnd().split("\n").length, 4);
    assert.match(output, /ICMP echo reply/);
  });

  test("-i names a link, and one that is not there is refused", async () => {
    const { stdout } = await dump(["-i", "nl0", "-c", "1", "icmp"], ping);
    assert.match(stdout, /ICMP echo request/);
    const child = namespace.netloom(["tcpdump", "-i", "nl9", "--control", control]);
    assert.equal(await child.exit(), 2);
    assert.match(child.stderr, /there is no link nl9; there is nl0/);
  });

  test("Ctrl-C ends it with status 0 and the count", async () => {
    const child = namespace.netloom(["tcpdump", "icmp", "--control", control]);
    await child.waitForLine(/^listening on /);
    await ping();
    await child.waitForLine(/seq 2, length 64$/);
    child.kill("SIGINT");
    assert.equal(await child.exit(), 0);
    assert.match(child.stderr, /^4 packets captured$/m);
  });

  test("netstat shows the listener and a connection with its timer", async () => {
    const client = namespace.spawn("nc", ["-n", "10.77.0.2", "80"]);
    client.write("GET /page HTTP/1.1\r\nHost: b\r\n\r\n");
    await client.waitForLine(/^HTTP\/1\.1 200 OK\r$/);
    const netstat = async (...flags: string[]): Promise<string> => {
      const child = namespace.netloom(["netstat", ...flags, "--control", control]);
      assert.equal(await child.exit(), 0, child.stderr);
      return child.stdout;
    };
    const all = (await netstat("-ano")).split("\n");
    assert.equal(all[0], "Active Internet connections (servers and established)");
    assert.match(
      all[1] ?? "",
      /^Proto Recv-Q Send-Q Local Address +Foreign Address +State +PID\/Program name +Timer$/,
    );
    assert.ok(
      all.some((line) =>
        /^tcp6 +0 +0 :::80 +:::\* +LISTEN +\d+\/web +off \(0\.00\/0\/0\)$/.test(line),
      ),
      all.join("\n"),
    );
    assert.ok(
      all.some((line) =>
        /^tcp\w* +0 +0 \S*10\.77\.0\.2:80 +\S*10\.77\.0\.1:\d+ +ESTABLISHED/.test(line),
      ),
      all.join("\n"),
    );
    assert.doesNotMatch(await netstat("-n"), /LISTEN/);
    assert.doesNotMatch(await netstat("-ln"), /ESTABLISHED/);
    assert.doesNotMatch(await netstat("-anu"), /tcp/);
    await client.stop();
  });
});

describe("netloom tcpdump of a host of its own", { skip }, () => {
  test("shows what it sends and answers", async (t) => {
    const namespace = await createNamespace(t);
    const child = namespace.netloom(["tcpdump", "-n", "--link", LINK, ...ADDRESSES]);
    await child.waitForLine(/neighbor solicitation, who has fd77::2, length/);
    await namespace.output("ping", ["-c", "1", "10.77.0.2"]);
    await child.waitForLine(/IP 10\.77\.0\.2 > 10\.77\.0\.1: ICMP echo reply/);
    child.kill("SIGINT");
    assert.equal(await child.exit(), 0);
    assert.doesNotMatch(await namespace.output("ip", ["link"]), /nl0/);
  });
});
