import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { PathCache } from "../../../src/stack/path-cache.ts";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import { address, DatagramWire } from "../../support/datagram-wire.ts";

const PEER = address("10.0.0.2");

test("a way is looked up once, until something changes", () => {
  const { network } = new DatagramWire().host.host.stack;
  const cache = new PathCache(network, IpProtocol.UDP);
  const path = cache.find(PEER, null, 0, 0);
  assert.ok(typeof path !== "number");
  assert.equal(cache.find(address("10.0.0.2"), null, 0, 0), path);
  assert.notEqual(cache.find(PEER, address("10.0.0.1"), 0, 0), path, "another source");
  assert.equal(cache.find(PEER, null, 99, 0), -Errno.ENODEV, "another interface");
  assert.equal(cache.find(address("192.0.2.1"), null, 0, 0), -Errno.ENETUNREACH);
});

test("a way whose source is gone is not given out again", () => {
  const { stack } = new DatagramWire().host.host;
  const cache = new PathCache(stack.network, IpProtocol.UDP);
  const iface = stack.interfaces[1];
  assert.ok(iface);
  assert.notEqual(typeof cache.find(PEER, null, 0, 0), "number");
  stack.network.removeAddress(iface, address("10.0.0.1"), 0);
  assert.equal(cache.find(PEER, null, 0, 0), -Errno.ENETUNREACH);
});

test("more destinations than there are places", () => {
  const { network } = new DatagramWire().host.host.stack;
  const cache = new PathCache(network, IpProtocol.UDP);
  for (let round = 0; round < 2; round++) {
    for (let host = 2; host < 250; host++) {
      for (const prefix of ["10.0.0.", "fd00::"]) {
        const wanted = address(prefix + host);
        const path = cache.find(wanted, null, 0, 0);
        assert.ok(typeof path !== "number" && path.destination.equals(wanted));
      }
    }
  }
});
