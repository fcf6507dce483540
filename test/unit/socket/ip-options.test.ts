import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { SocketWorld } from "../../support/socket-world.ts";

// req: sockets/OPT-20, sockets/OPT-21, sockets/OPT-28
test("an IPv6 socket has the options of both families, each for its own packets", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  const rows: [level: number, name: number, value: number][] = [
    [c.SOL_IP, c.IP_TTL, 11],
    [c.SOL_IPV6, c.IPV6_UNICAST_HOPS, 22],
    [c.SOL_IP, c.IP_TOS, 0x10],
    [c.SOL_IPV6, c.IPV6_TCLASS, 0x20],
    [c.SOL_IP, c.IP_MULTICAST_TTL, 3],
    [c.SOL_IPV6, c.IPV6_MULTICAST_HOPS, 4],
    [c.SOL_IP, c.IP_MTU_DISCOVER, c.IP_PMTUDISC_DO],
    [c.SOL_IPV6, c.IPV6_MTU_DISCOVER, c.IP_PMTUDISC_DONT],
    [c.SOL_IP, c.IP_RECVERR, 1],
    [c.SOL_IPV6, c.IPV6_RECVERR, 0],
  ];
  for (const [level, name, value] of rows) assert.equal(a.set(fd, level, name, value), 0);
  for (const [level, name, value] of rows) assert.equal(a.get(fd, level, name), value, `${name}`);
});

test("flags that only say what is wanted", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  const flags: [level: number, name: number][] = [
    [c.SOL_IP, c.IP_PKTINFO],
    [c.SOL_IP, c.IP_RECVTTL],
    [c.SOL_IP, c.IP_RECVTOS],
    [c.SOL_IP, c.IP_FREEBIND],
    [c.SOL_IP, c.IP_BIND_ADDRESS_NO_PORT],
    [c.SOL_IPV6, c.IPV6_RECVERR],
    [c.SOL_IPV6, c.IPV6_V6ONLY],
  ];
  for (const [level, name] of flags) {
    assert.deepEqual(
      [a.get(fd, level, name), a.set(fd, level, name, 1), a.get(fd, level, name)],
      [0, 0, 1],
    );
  }
  assert.equal(a.set(fd, c.SOL_IPV6, c.IPV6_MULTICAST_HOPS, -1), 0);
  assert.equal(a.get(fd, c.SOL_IPV6, c.IPV6_MULTICAST_HOPS), 1);
});
