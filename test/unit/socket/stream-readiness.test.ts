import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { isOpening, isOver, streamReadiness } from "../../../src/socket/stream-readiness.ts";
import type { TcpConnection } from "../../../src/tcp/connection.ts";
import { TcpState } from "../../../src/tcp/state.ts";

const { POLLIN, POLLOUT, POLLERR, POLLHUP, POLLRDHUP, POLLPRI } = c;
const OPEN = { isReceiveShut: false, isSendShut: false, error: 0, lowWater: 1 };

type Facts = Partial<
  Pick<
    TcpConnection,
    "state" | "error" | "readableOctets" | "isWritable" | "isPeerClosed" | "hasHangup" | "hasUrgent"
  >
>;

// req: sockets/POLL-1, sockets/POLL-2, sockets/POLL-3, sockets/POLL-4, sockets/POLL-5, sockets/POLL-6, sockets/POLL-10
test("readiness of a stream in each situation", () => {
  const rows: [string, Facts | null, typeof OPEN, number][] = [
    ["never connected", null, OPEN, POLLOUT | POLLHUP],
    [
      "the same, SHUT_RD",
      null,
      { ...OPEN, isReceiveShut: true },
      POLLIN | POLLOUT | POLLHUP | POLLRDHUP,
    ],
    ["its connection undone", null, { ...OPEN, error: 104 }, POLLOUT | POLLERR | POLLHUP],
    ["connecting", { state: TcpState.SYN_SENT, isWritable: true }, OPEN, 0],
    ["idle", {}, OPEN, POLLOUT],
    ["no room", { isWritable: false }, OPEN, 0],
    ["no room, but shut", { isWritable: false }, { ...OPEN, isSendShut: true }, POLLOUT],
    ["data", { readableOctets: 3 }, OPEN, POLLIN | POLLOUT],
    ["too little data", { readableOctets: 3 }, { ...OPEN, lowWater: 4 }, POLLOUT],
    ["urgent", { hasUrgent: true }, OPEN, POLLOUT | POLLPRI],
    ["peer closed", { isPeerClosed: true }, { ...OPEN, lowWater: 4 }, POLLIN | POLLOUT | POLLRDHUP],
    [
      "both closed",
      { isPeerClosed: true, hasHangup: true },
      OPEN,
      POLLIN | POLLOUT | POLLHUP | POLLRDHUP,
    ],
    [
      "TIME-WAIT",
      { state: TcpState.TIME_WAIT, isPeerClosed: true },
      OPEN,
      POLLIN | POLLOUT | POLLHUP | POLLRDHUP,
    ],
    [
      "failed",
      { state: TcpState.CLOSED, error: 104, isPeerClosed: true },
      OPEN,
      POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP,
    ],
  ];
  for (const [why, facts, shut, mask] of rows) {
    const connection = facts === null ? null : connectionWith(facts);
    assert.equal(streamReadiness(connection, shut), mask, why);
  }
});

test("which states are the beginning and the end", () => {
  const opening = Object.values(TcpState).filter((state) => isOpening(connectionWith({ state })));
  assert.deepEqual(opening, [TcpState.SYN_SENT, TcpState.SYN_RECEIVED]);
  const over = Object.values(TcpState).filter((state) => isOver(state));
  assert.deepEqual(over, [TcpState.TIME_WAIT, TcpState.CLOSED]);
});

function connectionWith(facts: Facts): TcpConnection {
  const idle = {
    state: TcpState.ESTABLISHED,
    error: 0,
    readableOctets: 0,
    isWritable: true,
    isPeerClosed: false,
    hasHangup: false,
    hasUrgent: false,
  };
  return { ...idle, ...facts } as unknown as TcpConnection;
}
