import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { getOption, type OptionValue, setOption } from "../../../src/socket/option-table.ts";
import type { Socket } from "../../../src/socket/socket.ts";
import { createSocket } from "../../../src/socket/socket-families.ts";
import {
  MAX_BUFFER,
  MIN_RECEIVE_BUFFER,
  MIN_SEND_BUFFER,
  SOCKET_OPTIONS,
} from "../../../src/socket/socket-options.ts";
import { SocketWorld } from "../../support/socket-world.ts";

// req: sockets/OPT-5, sockets/OPT-8, sockets/OPT-9, sockets/OPT-10
test("what each option does to the values it is given", () => {
  const zero = { seconds: 0, microseconds: 0 };
  const rows: [name: number, given: OptionValue, read: OptionValue | number][] = [
    [c.SO_KEEPALIVE, 17, 1],
    [c.SO_DEBUG, 1, 1],
    [c.SO_NO_CHECK, -1, 1],
    [c.SO_PRIORITY, 6, 6],
    [c.SO_RCVBUF, 0, MIN_RECEIVE_BUFFER],
    [c.SO_RCVBUF, MAX_BUFFER + 1, 2 * MAX_BUFFER],
    [c.SO_RCVBUFFORCE, MAX_BUFFER + 1, 2 * MAX_BUFFER + 2],
    [c.SO_SNDBUF, 0, MIN_SEND_BUFFER],
    [c.SO_SNDBUFFORCE, 100_000, 200_000],
    [c.SO_RCVLOWAT, 0, 1],
    [c.SO_RCVLOWAT, -1, 2 ** 31 - 1],
    [c.SO_RCVLOWAT, 77, 77],
    [c.SO_RCVTIMEO, zero, zero],
    [c.SO_RCVTIMEO, { seconds: 1, microseconds: 1 }, { seconds: 1, microseconds: 1 }],
    [c.SO_SNDTIMEO, { seconds: 0, microseconds: 1_000_000 }, -Errno.EDOM],
    [c.SO_LINGER, { on: true, seconds: 5 }, { on: true, seconds: 5 }],
    [c.SO_BINDTODEVICE, "nowhere", -Errno.ENODEV],
    [c.SO_BINDTODEVICE, "lo", "lo"],
    [c.SO_TYPE, 1, -Errno.ENOPROTOOPT],
  ];
  for (const [name, given, read] of rows) {
    const socket = makeSocket();
    const key = { level: c.SOL_SOCKET, name };
    const result = setOption([SOCKET_OPTIONS], socket, key, given, 0);
    const into = { value: 0 as OptionValue };
    if (result === 0) getOption([SOCKET_OPTIONS], socket, key, into);
    assert.deepEqual(result === 0 ? into.value : result, read, `${name} ${JSON.stringify(given)}`);
  }
});

// req: sockets/GEN-11
test("time limits: none for nothing at all, none left for a time that has passed", () => {
  const { common } = makeSocket();
  const socket = { common } as Socket;
  const set = (seconds: number, microseconds: number): number => {
    const key = { level: c.SOL_SOCKET, name: c.SO_RCVTIMEO };
    setOption([SOCKET_OPTIONS], socket, key, { seconds, microseconds }, 0);
    return common.receiveTimeoutMs;
  };
  assert.equal(set(2, 500_000), 2500);
  assert.equal(set(0, 0), Number.POSITIVE_INFINITY);
  assert.equal(set(-1, 0), 0);
});

function makeSocket(): Socket {
  const { stack } = new SocketWorld().a.host;
  const socket = createSocket(stack, { family: c.AF_INET, type: c.SOCK_STREAM, protocol: 0 });
  assert.ok(typeof socket !== "number");
  return socket;
}
