import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import type { OptionTable } from "../../../src/socket/option-table.ts";
import { Socket } from "../../../src/socket/socket.ts";
import { SOCKET_OPTIONS } from "../../../src/socket/socket-options.ts";

class Mailbox extends Socket {
  received = 0;
  sent = 0;
  changes = 0;
  protected override readonly optionTables = [SOCKET_OPTIONS as OptionTable<never>];

  constructor() {
    super({ family: c.AF_UNIX, type: c.SOCK_DGRAM, protocol: 0 }, { send: 1, receive: 1 });
  }

  override poll(): number {
    return 0;
  }

  override bind(): number {
    return 0;
  }

  override connect(): number {
    return 0;
  }

  override send(_bytes: Uint8Array, from: number, to: number): number {
    this.sent++;
    return to - from;
  }

  override receive(_into: Uint8Array, from: number, to: number): number {
    this.received++;
    return to - from;
  }

  override shutdown(): number {
    return 0;
  }

  override localName(): number {
    return -Errno.EINVAL;
  }

  override remoteName(): number {
    return -Errno.ENOTCONN;
  }

  override takeError(): number {
    return 0;
  }

  override close(): void {}

  protected override handleOptionChange(): void {
    this.changes++;
  }
}

test("what a kind of socket does not say for itself", () => {
  const socket = new Mailbox();
  assert.equal(socket.listen(1, 0), -Errno.EOPNOTSUPP);
  assert.equal(socket.accept(0), -Errno.EOPNOTSUPP);
  assert.equal(socket.finishConnect(0), -Errno.EINVAL);
  assert.equal(socket.isListening, false);
  assert.equal(socket.isStream, false);
  assert.equal(socket.deviceName, "");
  const key = [c.SOL_SOCKET, c.SO_BINDTODEVICE, "lo", 0] as const;
  assert.equal(socket.setOption(...key), -Errno.ENOPROTOOPT);
});

// req: sockets/RECV-17
test("read() of nothing does not receive", () => {
  const socket = new Mailbox();
  assert.equal(socket.read(new Uint8Array(4), 2, 2, 0), 0);
  assert.equal(socket.received, 0);
  assert.equal(socket.read(new Uint8Array(4), 1, 4, 0), 3);
  assert.equal(socket.received, 1);
  assert.equal(socket.write(new Uint8Array(4), 1, 1, 0), 0);
  assert.equal(socket.sent, 1, "while write() of nothing sends");
});

test("a set option is announced, a refused one is not", () => {
  const socket = new Mailbox();
  const set = (name: number): number => socket.setOption(c.SOL_SOCKET, name, 1, 0);
  assert.equal(set(c.SO_KEEPALIVE), 0);
  assert.equal(set(c.SO_TYPE), -Errno.ENOPROTOOPT);
  assert.equal(socket.changes, 1);
  const into = { value: 0 };
  assert.equal(socket.getOption(c.SOL_SOCKET, c.SO_TYPE, into), 0);
  assert.equal(into.value, c.SOCK_DGRAM);
  assert.equal(socket.optionFormat(c.SOL_SOCKET, c.SO_LINGER), "linger");
});
