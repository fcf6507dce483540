import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { type DatagramError, DatagramFlow } from "../../../src/stack/datagram-flow.ts";
import { defaultDatagramSettings } from "../../../src/udp/datagram-settings.ts";

// req: sockets/GEN-8
test("the pending error is told once", () => {
  const flow = makeFlow();
  flow.error = 111;
  assert.deepEqual([flow.takeError(), flow.takeError()], [111, 0]);
});

// req: sockets/RECV-23
test("errors queue up to a bound, oldest first; the newest are forgotten", () => {
  const flow = makeFlow();
  for (let code = 0; code < 100; code++) flow.queueError(errorOf(code));
  assert.ok(flow.hasQueuedError);
  const codes: number[] = [];
  for (let error = flow.takeQueuedError(); error !== null; error = flow.takeQueuedError()) {
    codes.push(error.code);
  }
  assert.deepEqual(
    codes,
    Array.from({ length: 64 }, (_, code) => code),
  );
  assert.ok(!flow.hasQueuedError);
});

test("settings go by the family of the other end", () => {
  const flow = makeFlow();
  assert.equal(flow.settingsFor(IpAddress.LOOPBACK4), flow.settings.v4);
  assert.equal(flow.settingsFor(IpAddress.LOOPBACK6), flow.settings.v6);
  assert.ok(!flow.isConnected);
  flow.endpoint.remoteAddress = IpAddress.LOOPBACK6;
  assert.ok(flow.isConnected);
});

function makeFlow(): DatagramFlow {
  return new DatagramFlow(true, defaultDatagramSettings(), 1000);
}

function errorOf(code: number): DatagramError {
  return {
    errno: 113,
    isV6: false,
    type: 3,
    code,
    mtu: 0,
    offender: IpAddress.LOOPBACK4,
    destination: IpAddress.LOOPBACK4,
    destinationPort: 9,
    payload: new Uint8Array(0),
  };
}
