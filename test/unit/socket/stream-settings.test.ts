import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultCommonOptions } from "../../../src/socket/common-options.ts";
import { writeStreamSettings } from "../../../src/socket/stream-settings.ts";
import { DEFAULT_TCP_CONFIG } from "../../../src/tcp/config.ts";
import { defaultTcpSettings } from "../../../src/tcp/settings.ts";
import { defaultDatagramSettings } from "../../../src/udp/datagram-settings.ts";

test("defaults of the socket are defaults of the connection", () => {
  const settings = defaultTcpSettings(DEFAULT_TCP_CONFIG);
  const before = structuredClone(settings);
  writeStreamSettings(settings, defaultCommonOptions(1, 1), defaultDatagramSettings().v4);
  assert.deepEqual(settings, before);
});

// req: sockets/OPT-5, sockets/OPT-9, sockets/POLL-10
test("what was set is passed on", () => {
  const settings = defaultTcpSettings(DEFAULT_TCP_CONFIG);
  const common = defaultCommonOptions(1, 1);
  Object.assign(common, { keepAlive: true, oobInline: true, linger: { on: true, seconds: 0 } });
  Object.assign(common, { isReceiveBufferSet: true, receiveBuffer: 40_000, receiveLowWater: 1e6 });
  const { v6 } = defaultDatagramSettings();
  v6.hopLimit = 9;
  v6.trafficClass = 0x20;
  writeStreamSettings(settings, common, v6);
  const { keepAlive, oobInline, lingerMs, receiveBufferOctets, hopLimit, trafficClass } = settings;
  assert.deepEqual(
    [keepAlive, oobInline, lingerMs, receiveBufferOctets, hopLimit, trafficClass],
    [true, true, 0, 20_000, 9, 0x20],
  );
  assert.equal(
    settings.sendBufferOctets,
    DEFAULT_TCP_CONFIG.sendBufferOctets,
    "not set, not touched",
  );
  assert.equal(common.receiveLowWater, 10_000);
});
