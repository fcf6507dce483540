import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultDatagramSettings, MtuDiscovery } from "../../../src/udp/datagram-settings.ts";

test("each socket has settings of its own, the host's defaults at first", () => {
  const one = defaultDatagramSettings();
  const other = defaultDatagramSettings();
  one.v4.hopLimit = 3;
  one.broadcast = true;
  assert.equal(one.v6.hopLimit, -1);
  assert.equal(other.v4.hopLimit, -1);
  assert.equal(other.broadcast, false);
  assert.equal(other.v4.multicastHopLimit, 1);
  assert.equal(other.v4.mtuDiscovery, MtuDiscovery.WANT);
});
