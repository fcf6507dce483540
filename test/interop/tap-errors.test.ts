/** What opening a TAP or TUN device says when it cannot, and that nothing is left behind then. */
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { DeviceError, openTap, openTun, type TapOptions } from "../../src/tap.ts";
import { createNamespace, requireRootAndTun } from "./support/namespace.ts";

const skip = requireRootAndTun() ?? false;
const namespace = skip === false ? await createNamespace({ after }) : null;
await namespace?.enter();

const TAP_MODULE = new URL("../../src/tap.ts", import.meta.url).href;
/** Of the namespace we are in; for interfaces still to be made. */
const IPV6_SWITCH = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
const LOADER = import.meta.resolve("tsx");
const WITHOUT_NET_ADMIN = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];

/** A Node that cannot find koffi. */
const WITHOUT_KOFFI = `data:text/javascript,${encodeURIComponent(`
  import { register } from "node:module";
  register("data:text/javascript," + encodeURIComponent(
    "export function resolve(name, context, next) {" +
    "  if (name === 'koffi') throw Object.assign(new Error('no koffi'), { code: 'ERR_MODULE_NOT_FOUND' });" +
    "  return next(name, context); }"));
`)}`;

/** How opening nl0 ends in a Node with other rights or surroundings, which `command` gives it. */
async function outcome(
  command: readonly string[],
  flags: readonly string[] = [],
  options: TapOptions = {},
): Promise<string> {
  const program = `
    const { openTap } = await import(${JSON.stringify(TAP_MODULE)});
    try { (await openTap("nl0", ${JSON.stringify(options)})).close(); console.log("opened"); }
    catch (error) { console.log(error.name, error.code, error.message); }
  `;
  const node = [process.execPath, "--import", LOADER, ...flags];
  const [first = "", ...rest] = [...command, ...node, "--input-type=module", "-e", program];
  return ((await namespace?.output(first, rest)) ?? "").trim();
}

async function interfaces(): Promise<string[]> {
  const output = await namespace?.output("ip", ["-json", "link"]);
  const links: { ifname: string }[] = JSON.parse(output ?? "[]");
  return links.map(({ ifname }) => ifname);
}

/** Descriptors of devices and sockets that we hold. */
function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

describe("opening a device that cannot be opened", { skip }, () => {
  let filesBefore = 0;
  let interfacesBefore: string[] = [];

  beforeEach(async () => {
    interfacesBefore = await interfaces();
    // The first device loads the library.
    (await openTap("nl7")).close();
    filesBefore = openFiles();
  });

  afterEach(async () => {
    assert.equal(openFiles(), filesBefore);
    assert.deepEqual(await interfaces(), interfacesBefore);
  });

  const wrongNames: [name: string, message: string][] = [
    ["", 'interface name "" is empty; it must have 1 to 15 octets'],
    [
      "abcdefghijklmnop",
      'interface name "abcdefghijklmnop" is 16 octets long; it must have 1 to 15 octets',
    ],
    ["ääääääää", 'interface name "ääääääää" is 16 octets long; it must have 1 to 15 octets'],
    [".", 'interface name "." is reserved; choose another name'],
    ["all", 'interface name "all" is reserved; choose another name'],
  ];
  for (const [name, message] of wrongNames) {
    it(`refuses the name ${JSON.stringify(name)}`, async () => {
      await assert.rejects(openTap(name), { name: "DeviceError", code: "EINVAL", message });
      await assert.rejects(openTun(name), { name: "DeviceError", code: "EINVAL", message });
    });
  }
  for (const name of ["a/b", "a b", "a\tb", "a\0b", "a:b", "%s", "%d%d"]) {
    it(`refuses the name ${JSON.stringify(name)}`, async () => {
      const expected = { code: "EINVAL", message: /is not allowed; it must have no slash, colon,/ };
      await assert.rejects(openTap(name), expected);
    });
  }

  it("refuses an MTU that no device has", async () => {
    for (const mtu of [67, 1500.5, 65_522]) {
      const message = `MTU ${mtu} is not possible; it must be 68 to 65521`;
      await assert.rejects(openTap("nl0", { mtu }), { code: "EINVAL", message });
    }
    await assert.rejects(openTun("nt0", { mtu: 65_536 }), { code: "EINVAL" });
  });

  it("refuses addresses that are none, and those no interface can have", async () => {
    const noPrefix = openTap("nl0", { hostAddresses: ["10.77.0.1"] });
    await assert.rejects(noPrefix, {
      code: "EINVAL",
      message: /^"10.77.0.1" is no address with a prefix length, such as 10.77.0.1\/24/,
    });
    for (const address of ["0.0.0.0/0", "::/0", "224.0.0.1/24", "ff02::1/64", "::1/128"]) {
      const message = `${address} is no address for an interface, such as 10.77.0.1/24 or fd77::1/64`;
      const hostAddresses = ["10.77.0.1/24", address];
      await assert.rejects(openTap("nl0", { hostAddresses }), { code: "EINVAL", message });
    }
  });

  it("repeats what the kernel says against an address", async (t) => {
    const hostAddresses = ["10.77.0.1/24", "fd77::1/64"];
    await assert.rejects(openTap("nl0", { hostAddresses, mtu: 1000 }), {
      code: "EINVAL",
      message: "IPv6 needs an MTU of at least 1280; nl0 has 1000",
    });
    writeFileSync(IPV6_SWITCH, "1");
    t.after(() => writeFileSync(IPV6_SWITCH, "0"));
    await assert.rejects(openTap("nl0", { hostAddresses }), {
      code: "EACCES",
      message: /^cannot give nl0 the address fd77::1\/64: .*IPv6 is disabled on this device$/,
    });
  });

  it("names the interface that is in use", async () => {
    const first = await openTap("nl0");
    const message =
      "TAP device nl0 is in use by another process; end that one or choose another name";
    try {
      await assert.rejects(openTap("nl0"), { code: "EBUSY", message });
    } finally {
      first.close();
    }
  });

  it("names the interface that is no TAP device", async () => {
    const message =
      "interface lo exists and is not a TAP device with one queue; choose another name";
    await assert.rejects(openTap("lo"), { code: "EINVAL", message });
    const first = await openTun("nt0");
    try {
      await assert.rejects(openTap("nt0"), { code: "EINVAL", message: /^interface nt0 exists/ });
    } finally {
      first.close();
    }
  });

  it("wants root: a user who may not open /dev/net/tun, or not make an interface", async () => {
    process.seteuid?.("nobody");
    try {
      const message = "opening TAP device nl0 needs root or CAP_NET_ADMIN";
      await assert.rejects(openTap("nl0"), (error) => {
        assert.ok(error instanceof DeviceError);
        assert.ok(error.code === "EACCES" || error.code === "EPERM");
        assert.equal(error.message, message);
        return true;
      });
    } finally {
      process.seteuid?.("root");
    }
  });

  it("wants CAP_NET_ADMIN even of root", async () => {
    const expected = "DeviceError EPERM opening TAP device nl0 needs root or CAP_NET_ADMIN";
    assert.equal(await outcome(WITHOUT_NET_ADMIN), expected);
  });

  it("wants CAP_NET_ADMIN for the addresses even of one's own interface", async (t) => {
    await namespace?.output("ip", ["tuntap", "add", "mode", "tap", "nl0", "user", "root"]);
    t.after(() => namespace?.output("ip", ["link", "delete", "nl0"]));
    interfacesBefore = await interfaces();
    assert.equal(await outcome(WITHOUT_NET_ADMIN), "opened");
    const options = { hostAddresses: ["10.77.0.1/24"] };
    assert.equal(
      await outcome(WITHOUT_NET_ADMIN, [], options),
      "DeviceError EPERM cannot bring nl0 up: operation not permitted (it needs root or CAP_NET_ADMIN)",
    );
  });

  it("says where /dev/net/tun comes from", async () => {
    const hide = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      'mount -t tmpfs none /dev/net && exec "$0" "$@"',
    ];
    assert.match(await outcome(hide), /^DeviceError ENOENT \/dev\/net\/tun is missing: load /);
  });

  it("says how to get koffi", async () => {
    const expected =
      "DeviceError ENOSYS TAP and TUN devices need the package koffi, which is not installed: npm install koffi";
    assert.equal(await outcome([], ["--import", WITHOUT_KOFFI]), expected);
  });
});
