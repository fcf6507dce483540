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
  FAMILIES,
  LINK,
  type Serving,
  startServing,
} from "./support/serving.ts";

const skip = requireRootAndTun() ?? false;

describe("the kernel pings Netloom", { skip }, () => {
  const cleanUps = new CleanUps();
  let serving: Serving;
  before(async () => {
    serving = await startServing(cleanUps);
  });
  after(() => cleanUps.run());

  for (const { family, address } of FAMILIES) {
    test(`100 times over ${family}, and all are answered`, async () => {
      const args = ["-c", "100", "-i", "0.01", "-q", address];
      const output = await serving.namespace.output("ping", args);
      assert.match(output, /100 packets transmitted, 100 received, 0% packet loss/);
    });

    test(`with 65507 octets in fragments over ${family}`, async () => {
      const args = ["-c", "3", "-i", "0.1", "-s", "65507", address];
      const output = await serving.namespace.output("ping", args);
      assert.match(output, /3 received, 0% packet loss/);
    });
  }
});

describe("netloom ping", { skip }, () => {
  const cleanUps = new CleanUps();
  let namespace: Namespace;
  before(async () => {
    namespace = await createNamespace(cleanUps);
  });
  after(() => cleanUps.run());

  /** `netloom ping` with a host of its own. */
  const ping = async (...args: readonly string[]): Promise<RunResult> => {
    const child = namespace.netloom(["ping", ...args, "--link", LINK, ...ADDRESSES]);
    const status = await child.exit(30_000);
    return { status, stdout: child.stdout, stderr: child.stderr };
  };

  for (const [target, head] of [
    ["10.77.0.1", "PING 10.77.0.1 (10.77.0.1) 56(84) bytes of data."],
    ["fd77::1", "PING fd77::1(fd77::1) 56 data bytes"],
  ] as const) {
    test(`${target}: the usual lines, and status 0`, async () => {
      const { status, stdout, stderr } = await ping(target, "-c", "3", "-i", "0.1");
      assert.equal(status, 0, stderr);
      const lines = stdout.split("\n");
      assert.equal(lines[0], head);
      for (const sequence of [1, 2, 3]) {
        const line = `64 bytes from ${target}: icmp_seq=${sequence} ttl=64 time=`;
        assert.ok(lines[sequence]?.startsWith(line), stdout);
        assert.match(lines[sequence] ?? "", /time=[0-9.]+ ms$/);
      }
      assert.equal(lines[5], `--- ${target} ping statistics ---`);
      assert.match(
        lines[6] ?? "",
        /^3 packets transmitted, 3 received, 0% packet loss, time \d+ms$/,
      );
      assert.match(lines[7] ?? "", /^rtt min\/avg\/max\/mdev = (\d+\.\d{3}\/){3}\d+\.\d{3} ms$/);
    });

    test(`${target} with 20000 octets`, async () => {
      const { status, stdout } = await ping(target, "-c", "2", "-i", "0.1", "-s", "20000");
      assert.equal(status, 0, stdout);
      assert.match(stdout, /^20008 bytes from /m);
    });
  }

  for (const [target, own, text] of [
    ["10.77.0.99", "10.77.0.2", "Destination Host Unreachable"],
    ["fd77::99", "fd77::2", "Destination unreachable: Address unreachable"],
  ] as const) {
    test(`${target}, which nobody has: ${text}, and status 1`, async () => {
      const { status, stdout } = await ping(target, "-c", "2", "-i", "0.2", "-W", "6");
      assert.equal(status, 1, stdout);
      assert.ok(stdout.includes(`From ${own} icmp_seq=1 ${text}\n`), stdout);
      assert.match(stdout, /2 packets transmitted, 0 received, \+2 errors, 100% packet loss/);
    });
  }

  test("a link-local address, on the link that is named", async () => {
    const link = ["--link", "tap:nl0,host=fe80::77/64"];
    const child = namespace.netloom(["ping", "fe80::77%nl0", "-c", "6", "-i", "0.5", ...link]);
    assert.equal(await child.exit(), 0, child.stderr + child.stdout);
    assert.match(child.stdout, /^64 bytes from fe80::77\S*: icmp_seq=6 ttl=64 /m);
  });

  test("an address with no way to it: status 1", async () => {
    const { status, stdout } = await ping("192.0.2.1", "-c", "1", "-W", "1");
    assert.equal(status, 1, stdout);
    assert.match(stdout, /network is unreachable/);
  });

  test("a hop limit that is too small says who stopped it", async () => {
    await namespace.output("sh", [
      "-c",
      "ip link add v0 type veth peer name v1; ip addr add 198.51.100.1/24 dev v0; ip link set v0 up; ip link set v1 up; " +
        "sysctl -qw net.ipv4.ip_forward=1",
    ]);
    const { status, stdout } = await ping(
      ...["198.51.100.7", "-c", "1", "-t", "1", "-W", "2", "--gateway", "10.77.0.1"],
    );
    assert.equal(status, 1, stdout);
    assert.match(stdout, /^From 10\.77\.0\.1 icmp_seq=1 Time to live exceeded$/m);
  });

  test("Ctrl-C ends it with the summary and status 0", async () => {
    const child = namespace.netloom([
      "ping",
      "10.77.0.1",
      "-i",
      "0.1",
      "--link",
      LINK,
      ...ADDRESSES,
    ]);
    await child.waitForLine(/icmp_seq=3 /);
    child.kill("SIGINT");
    assert.equal(await child.exit(), 0);
    assert.match(child.stdout, /--- 10\.77\.0\.1 ping statistics ---/);
  });

  test("-q prints only the beginning and the end", async () => {
    const { stdout } = await ping("10.77.0.1", "-c", "2", "-i", "0.1", "-q");
    assert.doesNotMatch(stdout, /icmp_seq/);
    assert.match(stdout, /2 received/);
  });

  test("no device is left behind", async () => {
    assert.doesNotMatch(await namespace.output("ip", ["link"]), /nl0/);
  });
});
