import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";

test("names within one group have different numbers", () => {
  const groups = ["AF_", "SOCK_", "MSG_", "POLL", "SHUT_", "SO_", "TCP_", "IPV6_"];
  for (const prefix of groups) {
    const numbers = Object.entries(c).filter(([name]) => name.startsWith(prefix));
    assert.equal(new Set(numbers.map(([, number]) => number)).size, numbers.length, prefix);
    assert.ok(numbers.length > 2, prefix);
  }
});

test("flags are single bits, and those of socket types stay clear of the types", () => {
  for (const flag of [
    c.MSG_OOB,
    c.MSG_PEEK,
    c.MSG_WAITALL,
    c.MSG_DONTWAIT,
    c.POLLIN,
    c.POLLRDHUP,
  ]) {
    assert.equal(flag & (flag - 1), 0);
  }
  assert.equal((c.SOCK_NONBLOCK | c.SOCK_CLOEXEC) & 0xf, 0);
});

test("the levels of options are the protocols they belong to", () => {
  assert.equal(c.SOL_TCP, c.IPPROTO_TCP);
  assert.equal(c.SOL_UDP, c.IPPROTO_UDP);
  assert.equal(c.SOL_IP, c.IPPROTO_IP);
  assert.equal(c.SOL_IPV6, c.IPPROTO_IPV6);
});
