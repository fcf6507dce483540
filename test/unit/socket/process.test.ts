import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { OpenDescription } from "../../../src/socket/open-description.ts";
import { equalErrno, octets, SocketWorld, text } from "../../support/socket-world.ts";

class Slate extends OpenDescription {
  closed = 0;
  /** Octets it still takes; negative: the error instead. */
  room = 0;
  refuses = false;
  readonly written: number[] = [];

  override poll(): number {
    return 0;
  }

  override read(): number {
    return 0;
  }

  override write(bytes: Uint8Array, from: number, to: number): number {
    if (this.room < 0 || (this.refuses && this.room === 0)) return this.room || -11;
    const taken = Math.min(to - from, this.room);
    this.room -= taken;
    this.written.push(...bytes.subarray(from, from + taken));
    return taken;
  }

  override close(): void {
    this.closed++;
  }
}

// req: sockets/CLOSE-1, sockets/CLOSE-9
test("the last reference closes; each close tells who waits", () => {
  const { calls } = new SocketWorld().a;
  const slate = new Slate();
  const [one, two] = [calls.descriptors.add(slate), calls.descriptors.add(slate)];
  slate.references = 2;
  const masks: number[] = [];
  slate.waiters.add({ interest: 0, handleReady: (mask) => masks.push(mask) });
  equalErrno(calls.close(one, 0), 0);
  assert.equal(slate.closed, 0);
  equalErrno(calls.close(two, 0), 0);
  assert.equal(slate.closed, 1);
  assert.deepEqual(masks, [c.POLLNVAL, c.POLLNVAL]);
});

// req: sockets/CLOSE-11
test("exit() closes every descriptor", () => {
  const { calls } = new SocketWorld().a;
  const slates = [new Slate(), new Slate()];
  for (const slate of slates) {
    calls.descriptors.add(slate);
    slate.references = 1;
  }
  calls.exit(0);
  assert.deepEqual(
    slates.map(({ closed }) => closed),
    [1, 1],
  );
  assert.equal(calls.descriptors.count, 0);
});

// req: sockets/SEND-22, sockets/RECV-26
test("vectors go part by part, as far as each part is used up", () => {
  const { calls } = new SocketWorld().a;
  const slate = new Slate();
  const fd = calls.descriptors.add(slate);
  slate.room = 5;
  assert.equal(calls.writev(fd, ["ab", "", "cd", "ef", "gh"].map(octets), 0), 5);
  assert.equal(text(Uint8Array.from(slate.written)), "abcde");
  slate.room = -11;
  equalErrno(calls.writev(fd, [octets("x")], 0), "EAGAIN");
  slate.room = 2;
  slate.refuses = true;
  assert.equal(calls.writev(fd, ["ab", "cd"].map(octets), 0), 2, "an error after octets is left");
  assert.equal(calls.writev(fd, [], 0), 0);
});

test("ioctl() and fcntl() of what is no socket", () => {
  const { calls } = new SocketWorld().a;
  const fd = calls.descriptors.add(new Slate());
  equalErrno(calls.ioctl(fd, c.FIONREAD, 0, 0), "ENOTTY");
  equalErrno(calls.ioctl(fd, c.FIONBIO, 1, 0), 0);
  assert.equal(calls.fcntl(fd, c.F_GETFL, 0) & c.O_NONBLOCK, c.O_NONBLOCK);
  equalErrno(calls.ioctl(77, c.FIONREAD, 0, 0), "EBADF");
  equalErrno(calls.fcntl(77, c.F_GETFL, 0), "EBADF");
});

// req: sockets/SEND-19
test("a vector too long for any datagram is EMSGSIZE", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  a.connect(fd, "10.0.0.2:9");
  const half = new Uint8Array(40_000);
  equalErrno(a.calls.writev(fd, [half, half], 0), "EMSGSIZE");
  equalErrno(a.calls.writev(fd, [half, half.subarray(0, 25_507)], 0), 65_507);
  equalErrno(a.calls.writev(fd, [], 0), 0);
});
