import assert from "node:assert/strict";
import { it } from "node:test";
import { Errno } from "../../../../src/base/errno.ts";
import { icmpv4Meaning, icmpv6Meaning } from "../../../../src/ip/icmp/icmp-errno.ts";

// req: icmp/I4-13, icmp/I6-4, icmp/I6-16
it("codes beyond the tables have no meaning in ICMPv4, and that of an unknown error in ICMPv6", () => {
  assert.equal(icmpv4Meaning(3, 16), null);
  assert.equal(icmpv4Meaning(3, 255), null);
  assert.equal(icmpv4Meaning(4, 0), null, "source quench");
  assert.equal(icmpv4Meaning(8, 0), null, "no error at all");
  assert.deepEqual(icmpv6Meaning(1, 7), { errno: Errno.EPROTO, hard: true });
  assert.deepEqual(icmpv6Meaning(2, 200), { errno: Errno.EMSGSIZE, hard: false });
  assert.deepEqual(icmpv6Meaning(99, 0), { errno: Errno.EPROTO, hard: false });
});
