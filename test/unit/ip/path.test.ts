import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { Path, type PathResolver, type Way } from "../../../src/ip/path.ts";
import { pseudoHeaderSum } from "../../../src/wire/pseudo-header.ts";
import { FAMILIES, V4 } from "../../support/network-host.ts";
import { TestLink, testInterface } from "../../support/network-ip.ts";

class Resolver implements PathResolver {
  generation = 1;
  now = 42;
  asked = 0;
  answer: Way | number = 0;

  resolve(path: Path): number {
    this.asked++;
    if (typeof this.answer === "number") return this.answer;
    path.settle(this.answer);
    return 0;
  }
}

const link = new TestLink();
const iface = testInterface({ link });
const way: Way = { iface, nextHop: V4.gateway, mtu: 1400, mayBeFragmented: false };

function pathWith(resolver: Resolver, family = V4): Path {
  const fields = {
    source: family.ours,
    destination: family.far,
    protocol: 6,
    interfaceIndex: 0,
    flowLabel: 0,
    isMulticast: false,
    isBroadcast: false,
  };
  return new Path(resolver, fields, way);
}

describe("Path", () => {
  for (const family of FAMILIES) {
    it(`tells a transport of ${family.name} what it needs to know`, () => {
      const path = pathWith(new Resolver(), family);
      assert.deepEqual([path.isV6, path.ipHeaderLength], [family.isV6, family.headerLength]);
      assert.equal(path.pseudoHeaderSum, pseudoHeaderSum(family.ours, family.far, 6));
      assert.deepEqual([path.mtu, path.linkMtu, path.segmentationOffload], [1400, 1500, true]);
    });
  }

  it("looks the way up again once for each change, at the first use", () => {
    const resolver = new Resolver();
    const path = pathWith(resolver);
    assert.deepEqual([path.mtu, path.nextHop, resolver.asked], [1400, V4.gateway, 0]);
    resolver.generation++;
    resolver.answer = { ...way, nextHop: V4.peer, mtu: 900, mayBeFragmented: true };
    assert.equal(resolver.asked, 0);
    assert.deepEqual([path.mtu, path.nextHop, path.mayBeFragmented], [900, V4.peer, true]);
    assert.equal(resolver.asked, 1);
  });

  it("keeps the last way it knew while there is none, and says why", () => {
    const resolver = new Resolver();
    const path = pathWith(resolver);
    resolver.generation++;
    resolver.answer = -Errno.ENETUNREACH;
    assert.equal(path.refresh(), -Errno.ENETUNREACH);
    assert.equal(path.mtu, 1400);
    assert.equal(path.refresh(), -Errno.ENETUNREACH);
    assert.equal(resolver.asked, 1);
    resolver.generation++;
    resolver.answer = way;
    assert.equal(path.refresh(), 0);
  });

  // req: arp-nd/NUD-5, ip/V4O-6
  it("hands the transport's word on to the link of the next hop", () => {
    const path = pathWith(new Resolver());
    path.confirm();
    path.advise();
    assert.deepEqual(link.log, ["confirm 10.77.0.254 at 42", "suspect 10.77.0.254 at 42"]);
  });
});
