import assert from "node:assert/strict";
import { test } from "node:test";
import { Counters } from "../../../src/base/counters.ts";

// req: ip/V4-13
test("drops are counted by reason and told to the observer", () => {
  const counters = new Counters();
  counters.drop("ip-bad-checksum");
  const heard: string[] = [];
  counters.observer = { drop: (reason, name) => void heard.push(`${reason} on ${name}`) };
  counters.drop("ip-bad-checksum", "nl0");
  counters.drop("udp-no-port", "nl0");
  assert.equal(counters.dropped("ip-bad-checksum"), 2);
  assert.equal(counters.dropped("tcp-paws"), 0);
  assert.deepEqual(
    [...counters.drops()],
    [
      ["ip-bad-checksum", 2],
      ["udp-no-port", 1],
    ],
  );
  assert.deepEqual(heard, ["ip-bad-checksum on nl0", "udp-no-port on nl0"]);
});
