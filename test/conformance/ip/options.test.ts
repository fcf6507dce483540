import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { icmpMessage, icmpProtocol, ipFrame, reversed } from "../../support/frame-builders.ts";
import { octets, TEST_PROTOCOL, V4, WireHost } from "../../support/network-host.ts";

function withOptions(options: readonly number[]): Uint8Array {
  const padded = new Uint8Array((options.length + 3) & ~3);
  padded.set(options);
  return ipFrame(V4.inward, TEST_PROTOCOL, octets(8), { options: padded });
}

const RECORD_ROUTE = [7, 7, 4, 0, 0, 0, 0];
const TIMESTAMP = [68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const STREAM_ID = [136, 4, 0, 1];
const ROUTER_ALERT = [148, 4, 0, 0];
const UNKNOWN = [0x9e, 5, 1, 2, 3];

describe("IPv4 options that are well formed", () => {
  // req: ip/OPT4-1, ip/OPT4-2, ip/OPT4-6, ip/V4-15
  const rows: [string, readonly number[]][] = [
    ["unknown", UNKNOWN],
    ["Stream ID", STREAM_ID],
    ["Record Route", RECORD_ROUTE],
    ["Timestamp", TIMESTAMP],
    ["Router Alert", ROUTER_ALERT],
    ["no-operations", [1, 1, 1, 1]],
    ["rubbish behind the end of the list", [0, 0xff, 0xff, 0xff]],
    ["several", [1, ...UNKNOWN, 1, ...RECORD_ROUTE, 0]],
    ["forty octets", Array.from({ length: 40 }, () => 1)],
  ];
  for (const [name, options] of rows) {
    it(`pass and are handed up: ${name}`, () => {
      const host = new WireHost();
      host.inject(withOptions(options));
      const [heard] = host.heard;
      assert.deepEqual(heard?.octets, octets(8));
      assert.deepEqual(heard.options.slice(0, options.length), Uint8Array.from(options));
      assert.deepEqual([host.drops(), host.sent()], [{}, []]);
    });
  }
});

describe("IPv4 options that are not", () => {
  // req: ip/OPT4-2, icmp/I4-20
  const rows: [string, readonly number[], number][] = [
    ["length 0", [130, 0, 0, 0], 21],
    ["length 1", [130, 1, 0, 0], 21],
    ["a length beyond the header", [1, 130, 4, 0], 22],
    ["no room for a length", [1, 1, 1, 130], 23],
    ["length 255", [130, 255, 0, 0], 21],
  ];
  for (const [name, options, pointer] of rows) {
    it(`are refused with a Parameter Problem that points at them: ${name}`, () => {
      const host = new WireHost();
      host.inject(withOptions(options));
      assert.deepEqual([host.drops(), host.heard], [{ "ip-bad-option": 1 }, []]);
      const [error] = host.frames();
      assert.deepEqual(error?.slice(34, 36), Uint8Array.of(12, 0));
      assert.equal(error[38], pointer);
    });
  }

  // req: ip/OPT4-4
  for (const type of [131, 137]) {
    it(`are source routes (${type}), which are refused in silence, spent or not`, () => {
      const host = new WireHost();
      for (const pointer of [4, 8]) host.inject(withOptions([type, 7, pointer, 10, 0, 0, 9]));
      assert.deepEqual([host.drops(), host.heard, host.sent()], [{ "ip-source-route": 2 }, [], []]);
    });
  }

  // req: ip/OPT4-6
  it("are never sent: what goes out has no options, even in answer to some", () => {
    const host = new WireHost();
    const ping = icmpMessage(V4.inward, 8, 0, { body: octets(8) });
    const options = Uint8Array.from([...ROUTER_ALERT, ...STREAM_ID]);
    host.inject(ipFrame(V4.inward, icmpProtocol(V4.inward), ping, { options }));
    const [reply] = host.frames();
    const expected = icmpMessage(reversed(V4.inward), 0, 0, { body: octets(8) });
    assert.deepEqual([reply?.[14], reply?.slice(34)], [0x45, expected]);
  });
});
