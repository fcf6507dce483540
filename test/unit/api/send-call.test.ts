import assert from "node:assert/strict";
import { test } from "node:test";
import { lengthOf, partsFrom, sendCall } from "../../../src/api/send-call.ts";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { octets, SocketWorld, text } from "../../support/socket-world.ts";

/** Takes as many octets as are left, then says −EAGAIN, or the error. */
class Room {
  left = 0;
  error: number = -Errno.EAGAIN;
  readonly asked: number[] = [];

  readonly take = (from: number): number => {
    this.asked.push(from);
    if (this.left === 0 && from < LENGTH) return this.error;
    const taken = Math.min(this.left, LENGTH - from);
    this.left -= taken;
    return taken;
  };
}

// req: sockets/SEND-1, sockets/SEND-3
test("on a stream a call goes on until all is taken, and keeps count", () => {
  const { stream, room } = setUp();
  const call = sendCall(stream, 10, 0, room.take);
  room.left = 4;
  assert.equal(call.attempt(), -Errno.EAGAIN);
  assert.equal(call.expire(), 4);
  room.left = 3;
  assert.equal(call.attempt(), -Errno.EAGAIN);
  assert.equal(call.expire(), 7);
  room.left = 100;
  assert.equal(call.attempt(), 10);
  assert.deepEqual(room.asked, [0, 4, 4, 7, 7]);
});

// req: sockets/SEND-3, sockets/SEND-29
test("an error before anything was taken is the result; after that it is left", () => {
  const { stream, room } = setUp();
  room.error = -Errno.EPIPE;
  assert.equal(sendCall(stream, 10, 0, room.take).attempt(), -Errno.EPIPE);
  assert.equal(sendCall(stream, 10, 0, room.take).expire(), -Errno.EAGAIN);
  const call = sendCall(stream, 10, 0, room.take);
  room.left = 4;
  assert.equal(call.attempt(), 4);
});

test("nothing, datagrams and urgent octets are tried once", () => {
  const { stream, datagrams, room } = setUp();
  assert.equal(sendCall(stream, 0, 0, () => 0).attempt(), 0);
  room.left = 4;
  assert.equal(sendCall(datagrams, 10, 0, room.take).attempt(), 4);
  room.left = 4;
  assert.equal(sendCall(stream, 10, c.MSG_OOB, room.take).attempt(), 4);
  assert.equal(sendCall(null, 10, 0, () => -Errno.EBADF).attempt(), -Errno.EBADF);
});

// req: sockets/SEND-22
test("what is left of the parts of a vector", () => {
  const parts = ["ab", "", "cde", "f"].map(octets);
  assert.equal(lengthOf(parts), 6);
  const rows: [from: number, left: string[]][] = [
    [0, ["ab", "", "cde", "f"]],
    [1, ["b", "", "cde", "f"]],
    [2, ["cde", "f"]],
    [4, ["e", "f"]],
    [5, ["f"]],
    [6, []],
  ];
  for (const [from, left] of rows) {
    const got = partsFrom(parts, from).map(text);
    assert.deepEqual(
      got.filter((part) => part !== ""),
      left.filter((part) => part !== ""),
      `${from}`,
    );
  }
});

const LENGTH = 10;

function setUp() {
  const { a } = new SocketWorld();
  const stream = a.calls.description(a.socket(c.AF_INET, c.SOCK_STREAM));
  const datagrams = a.calls.description(a.socket(c.AF_INET, c.SOCK_DGRAM));
  return { stream, datagrams, room: new Room() };
}
