import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { SocketWorld } from "../../support/socket-world.ts";

// req: udp/UDP-9
test("zero-checksum mode is off, and each direction is switched for itself", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  const both = (): unknown[] =>
    [c.UDP_NO_CHECK6_TX, c.UDP_NO_CHECK6_RX].map((name) => a.get(fd, c.SOL_UDP, name));
  assert.deepEqual(both(), [0, 0]);
  a.set(fd, c.SOL_UDP, c.UDP_NO_CHECK6_TX, 1);
  assert.deepEqual(both(), [1, 0]);
  a.set(fd, c.SOL_UDP, c.UDP_NO_CHECK6_RX, 1);
  a.set(fd, c.SOL_UDP, c.UDP_NO_CHECK6_TX, 0);
  assert.deepEqual(both(), [0, 1]);
});
