import assert from "node:assert/strict";
import { test } from "node:test";
import { DROP_REASONS } from "../../../src/base/drop-reason.ts";

test("every reason has one name, led by the layer that decides", () => {
  assert.equal(new Set(DROP_REASONS).size, DROP_REASONS.length);
  for (const reason of DROP_REASONS) {
    assert.match(reason, /^(link|arp|nd|neighbor|ip|fragment|icmp|udp|tcp|raw)-[a-z-]+$/);
  }
});
