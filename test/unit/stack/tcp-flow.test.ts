import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import type { Path } from "../../../src/ip/path.ts";
import type { Reservation } from "../../../src/stack/port-allocator.ts";
import { TcpFlow } from "../../../src/stack/tcp-flow.ts";
import type { TcpConnection } from "../../../src/tcp/connection.ts";

/** A connection that notes what it is told. */
class Stand {
  readonly calls: string[] = [];
  wantsTransmit = false;
  localPort = 80;
  remotePort = 40_000;
  localAddress = IpAddress.ANY4;
  remoteAddress = IpAddress.ANY6;

  send(_bytes: Uint8Array, from: number, to: number): number {
    this.calls.push(`send ${from} ${to}`);
    return 7;
  }
  sendUrgent(_bytes: Uint8Array, from: number, to: number): number {
    this.calls.push(`sendUrgent ${from} ${to}`);
    return 1;
  }
  receive(_into: Uint8Array, from: number, to: number, isPeek: boolean): number {
    this.calls.push(`receive ${from} ${to} ${isPeek}`);
    return 5;
  }
  setMoreComing(isMoreComing: boolean): void {
    this.calls.push(`setMoreComing ${isMoreComing}`);
  }
  shutdownSend(): void {
    this.calls.push("shutdownSend");
  }
  shutdownReceive(): void {
    this.calls.push("shutdownReceive");
  }
  close(now: number): void {
    this.calls.push(`close ${now}`);
  }
  abort(): void {
    this.calls.push("abort");
  }
  handleSettingsChange(): void {
    this.calls.push("handleSettingsChange");
  }
}

function setUp(): { flow: TcpFlow; stand: Stand; told: string[] } {
  const stand = new Stand();
  const told: string[] = [];
  const layer = { touch: () => told.push("touch"), disown: () => told.push("disown") };
  const connection = stand as unknown as TcpConnection;
  const flow = new TcpFlow(layer, connection, {} as Path, {} as Reservation);
  return { flow, stand, told };
}

const BYTES = new Uint8Array(10);

/** What is called, what the connection hears, what it returns, what the layer hears. */
const CALLS: readonly [(flow: TcpFlow) => unknown, string, unknown, string[]][] = [
  [(flow) => flow.send(BYTES, 1, 9), "send 1 9", 7, ["touch"]],
  [(flow) => flow.sendUrgent(BYTES, 0, 1), "sendUrgent 0 1", 1, ["touch"]],
  [(flow) => flow.receive(BYTES, 2, 8), "receive 2 8 false", 5, []],
  [(flow) => flow.receive(BYTES, 2, 8, true), "receive 2 8 true", 5, []],
  [(flow) => flow.setMoreComing(true), "setMoreComing true", undefined, []],
  [(flow) => flow.setMoreComing(false), "setMoreComing false", undefined, ["touch"]],
  [(flow) => flow.shutdownSend(), "shutdownSend", undefined, ["touch"]],
  [(flow) => flow.shutdownReceive(), "shutdownReceive", undefined, ["touch"]],
  [(flow) => flow.abort(), "abort", undefined, ["touch"]],
  [(flow) => flow.settingsChanged(), "handleSettingsChange", undefined, ["touch"]],
  [(flow) => flow.close(42), "close 42", undefined, ["disown"]],
];

describe("calls on their way to a connection", () => {
  for (const [call, heard, result, expected] of CALLS) {
    test(heard, () => {
      const { flow, stand, told } = setUp();
      assert.equal(call(flow), result);
      assert.deepEqual(stand.calls, [heard]);
      assert.deepEqual(told, expected);
    });
  }

  test("a read that opens the window has it told", () => {
    const { flow, stand, told } = setUp();
    stand.wantsTransmit = true;
    flow.receive(BYTES, 0, 10);
    assert.deepEqual(told, ["touch"]);
  });

  test("a closed flow has no owner: nobody hears of it any more", () => {
    const { flow } = setUp();
    flow.owner = { handleEvents: () => assert.fail("told") };
    flow.close(0);
    assert.equal(flow.owner, null);
  });

  test("it has the 4-tuple of its connection", () => {
    const { flow, stand } = setUp();
    const { localAddress, localPort, remoteAddress, remotePort } = flow;
    assert.deepEqual(
      [localAddress, localPort, remoteAddress, remotePort],
      [stand.localAddress, stand.localPort, stand.remoteAddress, stand.remotePort],
    );
  });
});
