import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { PortHold } from "../../../src/socket/port-hold.ts";
import { PortAllocator } from "../../../src/stack/port-allocator.ts";

const SPEC = {
  port: 80,
  address: IpAddress.ANY4,
  v6Only: false,
  interfaceIndex: 0,
  reuseAddress: false,
  reusePort: false,
};

test("a hold is taken, given up, and counts the reuse options of now", () => {
  const ports = new PortAllocator(new SeededRandom(1));
  const [first, second] = [new PortHold(ports), new PortHold(ports)];
  assert.equal(first.port, 0);
  first.release();
  first.setReuse({ reuseAddress: true, reusePort: true });
  assert.equal(first.take(SPEC), 0);
  assert.equal(first.port, 80);
  const sharing = { ...SPEC, reuseAddress: true };
  assert.equal(second.take(sharing), -Errno.EADDRINUSE);
  assert.equal(second.reservation, null);
  first.setReuse(sharing);
  assert.equal(second.take(sharing), 0);
  second.release();
  first.release();
  assert.equal(first.reservation, null);
  assert.equal(second.take(SPEC), 0);
});
