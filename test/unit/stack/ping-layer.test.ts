import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { equalErrno, SocketWorld } from "../../support/socket-world.ts";

test("each family has its own identifiers and hears only its own replies", () => {
  const world = new SocketWorld();
  const { a } = world;
  const { ping } = a.host.stack;
  assert.equal(ping.family(false), ping.v4);
  assert.equal(ping.family(true), ping.v6);
  const v4 = a.socket(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP);
  const v6 = a.socket(c.AF_INET6, c.SOCK_DGRAM, c.IPPROTO_ICMPV6);
  equalErrno(a.bind(v4, "0.0.0.0:40000"), 0);
  equalErrno(a.bind(v6, "[::]:40000"), 0);
  assert.equal([...ping.flows()].length, 2);
  equalErrno(a.sendto(v4, Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 1), "10.0.0.2:0"), 8);
  world.settle();
  assert.deepEqual([a.poll(v4), a.poll(v6)], ["IN|OUT", "OUT"]);
  equalErrno(a.sendto(v6, Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 1), "[fd00::2]:0"), 8);
  world.settle();
  assert.equal(a.poll(v6), "IN|OUT");
});
