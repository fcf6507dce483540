import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { createNamespace, type Namespace, requireRootAndTun } from "./support/namespace.ts";
import { CleanUps } from "./support/serving.ts";

const skip = requireRootAndTun() ?? false;
const TAP = "tap:nl0,host=10.77.0.1/24";
const ADDRESS = ["--address", "10.77.0.2/24"];

/** What is wrong, how it is tried, the exit status, and what the one line must say. */
const MISTAKES: readonly (readonly [string, readonly string[], 1 | 2, RegExp])[] = [
  [
    "a bad address",
    ["serve", "/", "--link", TAP, "--address", "300.1.1.1/24"],
    2,
    /300\.1\.1\.1\/24 .*such as 10\.77\.0\.2\/24/,
  ],
  [
    "an address without its length",
    ["serve", "/", "--link", TAP, "--address", "10.77.0.2"],
    2,
    /prefix length/,
  ],
  [
    "a bad host= address",
    ["serve", "/", "--link", "tap:nl0,host=10.77.0.1", ...ADDRESS],
    2,
    /10\.77\.0\.1/,
  ],
  [
    "a name of 16 octets",
    ["serve", "/", "--link", "tap:abcdefghijklmnop", ...ADDRESS],
    2,
    /16 octets long; it must have 1 to 15/,
  ],
  [
    "a link that is none",
    ["serve", "/", "--link", "nonsense:", ...ADDRESS],
    2,
    /nonsense:.*tap:NAME/,
  ],
  ["no link", ["serve", "/"], 2, /--link tap:nl0/],
  [
    "a missing folder",
    ["serve", "/no/such/folder", "--link", TAP, ...ADDRESS],
    2,
    /\/no\/such\/folder/,
  ],
  ["a bad port", ["serve", "/", "--port", "0", "--link", TAP, ...ADDRESS], 2, /--port 0/],
  [
    "a capture file in a missing folder",
    ["serve", "/", "--pcap", "/no/such/x", "--link", TAP, ...ADDRESS],
    2,
    /\/no\/such\/x/,
  ],
  [
    "a control socket in a missing folder",
    ["serve", "/", "--control", "/no/such/x", "--link", TAP, ...ADDRESS],
    2,
    /\/no\/such\/x/,
  ],
  [
    "an MTU too small for IPv6",
    ["serve", "/", "--mtu", "1000", "--link", TAP, "--address", "fd77::2/64"],
    2,
    /1280/,
  ],
  [
    "the same link twice",
    ["serve", "/", "--link", TAP, ...ADDRESS, "--link", TAP, "--address", "10.78.0.2/24"],
    2,
    /nl0/,
  ],
  ["an unknown option", ["serve", "/", "--nonsense"], 2, /--nonsense/],
  ["an unknown command", ["nonsense"], 2, /nonsense/],
  [
    "a name for an address",
    ["ping", "example.org", "--link", TAP, ...ADDRESS],
    2,
    /example\.org is not an address/,
  ],
  ["a bad filter", ["tcpdump", "prot", "80", "--link", TAP, ...ADDRESS], 2, /"prot"/],
  [
    "no way to an address",
    ["nc", "192.0.2.1", "80", "--link", TAP, ...ADDRESS],
    1,
    /network is unreachable/,
  ],
  ["no host to look into", ["netstat", "-a"], 2, /--control PATH/],
  ["a capture on standard output", ["serve", "/", "--pcap", "-", "--link", TAP], 2, /--pcap/],
  [
    "a control socket where nobody is",
    ["netstat", "--control", "/no/such/x"],
    2,
    /no host answers at \/no\/such\/x/,
  ],
];

describe("mistakes", { skip }, () => {
  const cleanUps = new CleanUps();
  let namespace: Namespace;
  before(async () => {
    namespace = await createNamespace(cleanUps);
  });
  after(() => cleanUps.run());

  const fails = async (args: readonly string[], status: 1 | 2, message: RegExp): Promise<void> => {
    const child = namespace.netloom(args);
    assert.equal(await child.exit(), status, child.stderr);
    assert.match(child.stderr, message);
    assert.match(child.stderr, /^[^\n]+\n$/, "one line");
    assert.equal(child.stdout, "");
    assert.doesNotMatch(await namespace.output("ip", ["link"]), /nl0/, "nothing is left behind");
  };

  for (const [what, args, status, message] of MISTAKES) {
    test(`${what}: status ${status} and one line`, () => fails(args, status, message));
  }

  test("no permission on the TUN device: status 2 and one line", async () => {
    const args = [
      "--reuid",
      "65534",
      "--regid",
      "65534",
      "--clear-groups",
      "--inh-caps=-all",
      "--bounding-set=-all",
    ];
    const netloom = new URL("../../scripts/netloom.mjs", import.meta.url).pathname;
    const command = [process.execPath, netloom, "serve", "/", "--link", "tap:nl0", ...ADDRESS];
    const { status, stderr } = await namespace.run("setpriv", [...args, ...command]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^netloom: [^\n]*(permi|CAP_NET_ADMIN|root)[^\n]*\n$/);
  });

  test("a device that another process has: status 2, and that one goes on", async () => {
    const first = namespace.netloom(["serve", "/", "--link", TAP, ...ADDRESS]);
    await first.waitForLine(/^serving /);
    const second = namespace.netloom(["serve", "/", "--link", TAP, ...ADDRESS]);
    assert.equal(await second.exit(), 2);
    assert.match(second.stderr, /^netloom: [^\n]*nl0[^\n]*\n$/);
    await namespace.output("ping", ["-c", "1", "10.77.0.2"]);
    first.kill("SIGINT");
    assert.equal(await first.exit(), 0);
  });

  test("a control socket that another host has: status 2, and that one goes on", async () => {
    const control = `/tmp/netloom-taken-${process.pid}.sock`;
    const first = namespace.netloom([
      "serve",
      "/",
      "--control",
      control,
      "--link",
      TAP,
      ...ADDRESS,
    ]);
    await first.waitForLine(/^serving /);
    const other = ["--link", "tap:nl1", "--address", "10.78.0.2/24"];
    const second = namespace.netloom(["serve", "/", "--control", control, ...other]);
    assert.equal(await second.exit(), 2);
    assert.match(second.stderr, /another host answers at/);
    assert.equal(existsSync(control), true);
    first.kill("SIGINT");
    assert.equal(await first.exit(), 0);
    assert.equal(existsSync(control), false);
  });

  test("an IPv6 address that the kernel has already: status 1 and one line", async () => {
    const link = ["--link", "tap:nl0,host=fd77::2/64", "--address", "fd77::2/64"];
    const child = namespace.netloom(["serve", "/", ...link]);
    assert.equal(await child.exit(), 1, child.stderr);
    assert.match(
      child.stderr,
      /^netloom: another host on the link has the address fd77::2; [^\n]*\n$/,
    );
  });

  test("what is killed leaves no device, and its control socket is taken over", async () => {
    const control = `/tmp/netloom-killed-${process.pid}.sock`;
    const args = ["serve", "/", "--control", control, "--link", TAP, ...ADDRESS];
    const first = namespace.netloom(args);
    await first.waitForLine(/^serving /);
    first.kill("SIGKILL");
    await first.exit();
    const second = namespace.netloom(args);
    await second.waitForLine(/^serving /);
    second.kill("SIGINT");
    assert.equal(await second.exit(), 0);
    assert.equal(existsSync(control), false);
  });
});
