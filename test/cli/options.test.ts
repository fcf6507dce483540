import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Command } from "commander";
import { CommandError } from "../../src/cli/command-error.ts";
import {
  addLinkOptions,
  type HostPlan,
  readNumber,
  readPort,
  requireLink,
} from "../../src/cli/link-options.ts";
import { readTarget } from "../../src/cli/target.ts";

function parse(...args: readonly string[]): HostPlan {
  const command = new Command("x").exitOverride();
  const read = addLinkOptions(command);
  command.parse(args, { from: "user" });
  return read();
}

function refuses(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof CommandError, String(error));
    assert.equal(error.status, 2);
    assert.match(error.message, message);
    return true;
  });
}

describe("link options", () => {
  test("without any there is a host without links", () => {
    assert.deepEqual(parse(), { name: "netloom", links: [] });
    refuses(() => requireLink(parse()), /--link tap:nl0/);
  });

  test("what follows a link is that link's", () => {
    const { links } = parse(
      ...["--link", "tap:one,host=10.1.0.1/24", "--address", "10.1.0.2/24", "--mtu", "1400"],
      ...[
        "--link",
        "tun:two",
        "--address",
        "10.2.0.2/24",
        "--address",
        "fd02::2/64",
        "--gateway",
        "10.2.0.1",
      ],
    );
    assert.deepEqual(
      links.map(({ spec, addresses, gateways, mtu }) => [spec.name, addresses, gateways, mtu]),
      [
        ["one", ["10.1.0.2/24"], [], 1400],
        ["two", ["10.2.0.2/24", "fd02::2/64"], ["10.2.0.1"], undefined],
      ],
    );
  });

  test("what comes before the first link is that link's too", () => {
    const { links } = parse(
      "--address",
      "10.1.0.2/24",
      "--mac",
      "02:00:00:00:00:07",
      "--link",
      "tap:one",
    );
    assert.equal(links.length, 1);
    assert.deepEqual([links[0]?.addresses, links[0]?.mac], [["10.1.0.2/24"], "02:00:00:00:00:07"]);
  });

  test("slaac is no address but a wish", () => {
    const { links } = parse("--link", "tap:one", "--address", "slaac");
    assert.deepEqual([links[0]?.addresses, links[0]?.slaac], [[], true]);
  });

  test("name, capture file and control socket are the host's", () => {
    const plan = parse("--name", "web", "--pcap", "x.pcapng", "--control", "/tmp/x");
    assert.deepEqual(plan, { name: "web", links: [], pcap: "x.pcapng", control: "/tmp/x" });
  });

  const MISTAKES: readonly (readonly [readonly string[], RegExp])[] = [
    [["--link", "nonsense:"], /^--link: unknown link "nonsense:"/],
    [["--link", "tap:"], /lacks a name/],
    [["--link", "qemu:/tmp/x"], /not available yet/],
    [["--address", "10.0.0.1"], /prefix length/],
    [["--address", "300.1.1.1/24"], /300\.1\.1\.1\/24/],
    [["--address", "10.0.0.1/33"], /10\.0\.0\.1\/33/],
    [["--address", "dhcp"], /not available yet/],
    [["--gateway", "10.0.0"], /--gateway 10\.0\.0 is not an IP address/],
    [["--mac", "01:00:5e:00:00:01"], /unicast/],
    [["--mac", "x"], /--mac x/],
    [["--mtu", "67"], /from 68 to 65535/],
    [["--mtu", "1e3"], /--mtu 1e3/],
    [["--dns", "10.0.0.1"], /not available yet/],
    [["--address", "10.0.0.1/24"], /need a --link/],
  ];
  for (const [args, message] of MISTAKES) {
    test(`${args.join(" ")} is refused`, () => refuses(() => parse(...args), message));
  }
});

test("numbers are decimal and in their range", () => {
  assert.equal(readNumber("-c", "5", { least: 1, most: 9 }), 5);
  assert.equal(readNumber("-i", "0.25", { least: 0, most: 9, whole: false }), 0.25);
  for (const text of ["", "0", "10", "1.5", "-1", "0x5", "5 ", "NaN", "Infinity"]) {
    refuses(
      () => readNumber("-c", text, { least: 1, most: 9 }),
      /must be a whole number from 1 to 9/,
    );
  }
});

test("ports are 1 to 65535", () => {
  assert.deepEqual([readPort("--port", "1"), readPort("--port", "65535")], [1, 65_535]);
  for (const text of ["0", "65536", "http", "-1", "080000"]) {
    refuses(() => readPort("--port", text), /is no port/);
  }
});

test("a target is an address of the family asked for", () => {
  assert.equal(readTarget("10.77.0.1", {}).toString(), "10.77.0.1");
  assert.equal(readTarget("fd77::1", { 6: true }).toString(), "fd77::1");
  assert.equal(readTarget("localhost", {}).toString(), "127.0.0.1");
  assert.equal(readTarget("localhost", { 6: true }).toString(), "::1");
  assert.equal(readTarget("fe80::1%nl0", {}).toString(), "fe80::1%nl0");
  refuses(() => readTarget("fe80::1", {}), /name the one that is meant: fe80::1%nl0/);
  refuses(() => readTarget("10.0.0.1%nl0", {}), /is not an address/);
  refuses(() => readTarget("example.org", {}), /example\.org is not an address/);
  refuses(() => readTarget("fd77::1", { 4: true }), /-4 asks for IPv4/);
  refuses(() => readTarget("10.77.0.1", { 6: true }), /-6 asks for IPv6/);
  refuses(() => readTarget("10.77.0.1", { 4: true, 6: true }), /exclude each other/);
});
