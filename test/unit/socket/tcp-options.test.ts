import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { getOption, type OptionValue, setOption } from "../../../src/socket/option-table.ts";
import { TCP_OPTIONS, type TcpOptionTarget } from "../../../src/socket/tcp-options.ts";
import { DEFAULT_TCP_CONFIG } from "../../../src/tcp/config.ts";
import { defaultTcpSettings, type TcpSettings } from "../../../src/tcp/settings.ts";

// req: sockets/OPT-15, sockets/OPT-16, sockets/OPT-17, sockets/OPT-18, sockets/OPT-19
test("how options are written into the settings of a connection", () => {
  const rows: [name: number, value: OptionValue, field: keyof TcpSettings, written: unknown][] = [
    [c.TCP_NODELAY, 2, "noDelay", true],
    [c.TCP_CORK, 1, "cork", true],
    [c.TCP_QUICKACK, 1, "quickAck", true],
    [c.TCP_MAXSEG, 1000, "maxSegment", 1000],
    [c.TCP_KEEPIDLE, 60, "keepAliveIdleMs", 60_000],
    [c.TCP_KEEPINTVL, 5, "keepAliveIntervalMs", 5000],
    [c.TCP_KEEPCNT, 3, "keepAliveProbes", 3],
    [c.TCP_USER_TIMEOUT, 1234, "userTimeoutMs", 1234],
    [c.TCP_SYNCNT, 2, "synRetries", 2],
    [c.TCP_LINGER2, 5, "finWait2TimeoutMs", 5000],
    [c.TCP_LINGER2, 500, "finWait2TimeoutMs", 120_000],
    [c.TCP_LINGER2, 0, "finWait2TimeoutMs", 60_000],
    [c.TCP_LINGER2, -1, "finWait2TimeoutMs", 0],
    [c.TCP_CONGESTION, "reno", "congestionControl", "reno"],
  ];
  for (const [name, value, field, written] of rows) {
    const target = makeTarget();
    assert.equal(setOption([TCP_OPTIONS], target, { level: c.SOL_TCP, name }, value, 0), 0);
    assert.equal(target.settings[field], written, field);
  }
});

test("what is read before there is a connection", () => {
  const rows: [name: number, value: OptionValue][] = [
    [c.TCP_MAXSEG, 536],
    [c.TCP_KEEPIDLE, 7200],
    [c.TCP_KEEPINTVL, 75],
    [c.TCP_KEEPCNT, 9],
    [c.TCP_LINGER2, 60],
    [c.TCP_CONGESTION, "cubic"],
    [c.TCP_INFO, { state: 7 }],
  ];
  for (const [name, value] of rows) {
    const into = { value: 0 as OptionValue };
    assert.equal(getOption([TCP_OPTIONS], makeTarget(), { level: c.SOL_TCP, name }, into), 0);
    assert.deepEqual(into.value, value);
  }
});

test("a name that is no algorithm changes nothing", () => {
  const target = makeTarget();
  const key = { level: c.SOL_TCP, name: c.TCP_CONGESTION };
  assert.equal(setOption([TCP_OPTIONS], target, key, "vegas", 0), -Errno.ENOENT);
  assert.equal(target.settings.congestionControl, "cubic");
});

function makeTarget(): TcpOptionTarget {
  const settings = defaultTcpSettings(DEFAULT_TCP_CONFIG);
  return {
    settings,
    connection: null,
    isListening: false,
    isQuickAckOn: true,
    defaultFinWait2Ms: 60_000,
  };
}
