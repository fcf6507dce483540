import assert from "node:assert/strict";
import { test } from "node:test";
import { errnoName } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from "../../../src/socket/constants.ts";
import {
  formatSocketName,
  parseSocketAddress,
  type SocketAddress,
} from "../../../src/socket/socket-address.ts";

// req: sockets/GEN-5
test("names, read and written back, or refused", () => {
  const rows: [SocketAddress, string | SocketAddress][] = [
    [{ family: AF_INET, address: "10.0.0.1", port: 80 }, "same"],
    [{ family: AF_INET6, address: "fd00::1", port: 65_535 }, "same"],
    [{ family: AF_INET6, address: "fe80::1", port: 1, scopeId: 2 }, "same"],
    [{ family: AF_INET6, address: "::ffff:1.2.3.4", port: 1 }, "same"],
    [{ family: AF_INET }, { family: AF_INET, address: "0.0.0.0", port: 0 }],
    [
      { family: AF_INET6, address: "" },
      { family: AF_INET6, address: "::", port: 0 },
    ],
    [
      { family: AF_INET6, address: "fe80::1%7", port: 1 },
      { family: AF_INET6, address: "fe80::1", port: 1, scopeId: 7 },
    ],
    [
      { family: AF_INET6, address: "fe80::1%nl0", port: 1 },
      { family: AF_INET6, address: "fe80::1", port: 1, scopeId: 3 },
    ],
    [{ family: AF_INET6, address: "fe80::1%nl9" }, "ENODEV"],
    [{ family: AF_UNSPEC }, { family: AF_UNSPEC, address: "0.0.0.0", port: 0 }],
    [{ family: AF_INET, address: "fd00::1" }, "EINVAL"],
    [{ family: AF_INET6, address: "10.0.0.1" }, "EINVAL"],
    [{ family: AF_INET, address: "10.0.0" }, "EINVAL"],
    [{ family: AF_INET, address: "localhost" }, "EINVAL"],
    [{ family: AF_INET, port: -1 }, "EINVAL"],
    [{ family: AF_INET, port: 65_536 }, "EINVAL"],
    [{ family: AF_INET, port: 1.5 }, "EINVAL"],
    [{ family: AF_INET6, scopeId: 1.5 }, "EINVAL"],
    [{ family: AF_UNIX, address: "/tmp/x" }, "EAFNOSUPPORT"],
  ];
  for (const [given, expected] of rows) {
    const name = parseSocketAddress(given, (zone) => (zone === "nl0" ? 3 : 0));
    const shown = typeof name === "number" ? errnoName(name) : formatSocketName(name);
    assert.deepEqual(shown, expected === "same" ? given : expected, JSON.stringify(given));
  }
});

// req: sockets/ACC-11
test("IPv4 on an IPv6 socket is written as a mapped address", () => {
  const name = { family: AF_INET6, address: IpAddress.LOOPBACK4, port: 1, scopeId: 0 };
  assert.equal(formatSocketName(name).address, "::ffff:127.0.0.1");
});
