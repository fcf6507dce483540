import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { linkLocalAddress, refreshedValidUntil, withIdentifier } from "../../../src/ip/slaac.ts";
import { ip } from "../../support/network-host.ts";

describe("interface identifiers", () => {
  // req: ip/ADDR-7, arp-nd/SL-1
  it("are those of RFC 4291 appendix A", () => {
    const mac = MacAddress.parse("00:aa:bb:cc:dd:ee") ?? assert.fail();
    assert.equal(linkLocalAddress(mac).toString(), "fe80::2aa:bbff:fecc:ddee");
    assert.equal(
      withIdentifier(ip("2001:db8:1:2:9::"), mac).toString(),
      "2001:db8:1:2:2aa:bbff:fecc:ddee",
    );
  });
});

describe("refreshedValidUntil", () => {
  const TWO_HOURS = 7_200_000;
  // req: arp-nd/SL-4
  const rows: [number, number, number, string][] = [
    [100, TWO_HOURS + 1, TWO_HOURS + 1, "more than two hours are taken"],
    [TWO_HOURS * 3, TWO_HOURS + 1, TWO_HOURS + 1, "even when that shortens"],
    [100, 101, 101, "more than what remains is taken"],
    [100, 100, 100, "as much changes nothing"],
    [100, 0, 100, "what is short already is not cut"],
    [TWO_HOURS, 5, TWO_HOURS, "nor are two hours"],
    [TWO_HOURS + 1, 5, TWO_HOURS, "anything longer is cut to two hours"],
    [Infinity, 0, TWO_HOURS, "infinity too"],
    [100, Infinity, Infinity, "infinity may be given"],
  ];
  for (const [remaining, advertised, expected, why] of rows) {
    it(why, () => {
      const now = 5000;
      assert.equal(refreshedValidUntil(now + remaining, advertised, now), now + expected);
    });
  }
});
