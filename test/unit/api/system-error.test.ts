import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemError } from "../../../src/api/system-error.ts";
import { Errno } from "../../../src/base/errno.ts";

test("a failed call, shaped as Node's errors", () => {
  const rows: [SystemError, message: string, keys: object][] = [
    [
      new SystemError(Errno.ECONNREFUSED, "connect", { address: "10.77.0.1", port: 80 }),
      "connect ECONNREFUSED 10.77.0.1:80",
      { code: "ECONNREFUSED", errno: 111, syscall: "connect", address: "10.77.0.1", port: 80 },
    ],
    [
      new SystemError(Errno.EADDRNOTAVAIL, "bind", { address: "fd00::1" }),
      "bind EADDRNOTAVAIL fd00::1",
      { code: "EADDRNOTAVAIL", errno: 99, syscall: "bind", address: "fd00::1" },
    ],
    [
      new SystemError(Errno.EBADF, "read"),
      "read EBADF",
      { code: "EBADF", errno: 9, syscall: "read" },
    ],
  ];
  for (const [error, message, keys] of rows) {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "SystemError");
    assert.equal(error.message, message);
    const { name: _name, ...own } = { ...error };
    assert.deepEqual(own, keys);
  }
});
