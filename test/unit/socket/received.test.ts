import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { AF_INET, AF_UNSPEC } from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";

test("a record is used again and again", () => {
  const received = new Received();
  const address = IpAddress.LOOPBACK4;
  received.setName({ family: AF_INET, address, port: 9, scopeId: 2 });
  received.flags = 1;
  assert.equal(received.address, address);
  assert.deepEqual([received.family, received.port, received.scopeId], [AF_INET, 9, 2]);
  received.reset();
  assert.deepEqual(
    [received.family, received.port, received.scopeId, received.flags],
    [AF_UNSPEC, 0, 0, 0],
  );
  assert.equal(received.error, null);
});
