import assert from "node:assert/strict";
import { test } from "node:test";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";

test("the numbers are those of IANA and of netinet/in.h", () => {
  assert.deepEqual(
    { ...IpProtocol },
    {
      HOP_BY_HOP: 0,
      ICMP: 1,
      IGMP: 2,
      TCP: 6,
      UDP: 17,
      ROUTING: 43,
      FRAGMENT: 44,
      ICMPV6: 58,
      NO_NEXT_HEADER: 59,
      DESTINATION_OPTIONS: 60,
      SCTP: 132,
      UDPLITE: 136,
      RAW: 255,
    },
  );
});
