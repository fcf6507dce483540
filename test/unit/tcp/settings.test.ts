import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_TCP_CONFIG } from "../../../src/tcp/config.ts";
import { defaultTcpSettings } from "../../../src/tcp/settings.ts";

// req: tcp/MUST-25, tcp/SHLD-7
test("a new socket has Nagle on and keep-alive off", () => {
  const settings = defaultTcpSettings(DEFAULT_TCP_CONFIG);
  assert.equal(settings.noDelay, false);
  assert.equal(settings.keepAlive, false);
  assert.equal(settings.lingerMs, null);
});

test("what the host says is where a socket begins, and sockets do not share it", () => {
  const config = { ...DEFAULT_TCP_CONFIG, keepAliveProbes: 3, sendBufferOctets: 1234 };
  const one = defaultTcpSettings(config);
  const other = defaultTcpSettings(config);
  assert.deepEqual([one.keepAliveProbes, one.sendBufferOctets], [3, 1234]);
  one.noDelay = true;
  assert.equal(other.noDelay, false);
});
