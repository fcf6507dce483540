import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import {
  areNdOptionsValid,
  findNdOption,
  NdFlag,
  NdOption,
  NS_LENGTH,
  naFlags,
  ndLinkAddress,
  ndMtu,
  ndOptionLength,
  ndOptionType,
  ndPrefix,
  ndTarget,
  RA_LENGTH,
  REDIRECT_LENGTH,
  raFlags,
  raHopLimit,
  raLifetime,
  raReachableTime,
  raRetransTimer,
  redirectDestination,
  setNdTarget,
  writeNdLinkAddress,
} from "../../../src/wire/ndp.ts";
import { hex, toHex, viewAt, written } from "../../support/hex.ts";

const AT = 3;
const LINK_OPTION = "01 01 02000000000a";

test("a neighbor advertisement: flags and target", () => {
  //                        type code sum  flags        target
  const view = viewAt(hex(" 88   00   0000 60 000000    fd770000000000000000000000000002"), AT);
  assert.equal(naFlags(view, AT), NdFlag.SOLICITED | NdFlag.OVERRIDE);
  assert.equal(ndTarget(view, AT).toString(), "fd77::2");
  assert.equal(NS_LENGTH, 24);
});

test("a router advertisement: every field, times unsigned", () => {
  //                      type code sum  hops M,O life reachable retransmit
  const octets = hex("    86   00   0000 40   c0  0708 ffffffff  80000000");
  const view = viewAt(octets, AT);
  assert.equal(octets.length, RA_LENGTH);
  assert.equal(raHopLimit(view, AT), 64);
  assert.equal(raFlags(view, AT), 0xc0);
  assert.equal(raLifetime(view, AT), 1800);
  assert.equal(raReachableTime(view, AT), 0xffffffff);
  assert.equal(raRetransTimer(view, AT), 0x80000000);
});

test("a redirect: target and destination", () => {
  const octets = hex(`
    89 00 0000 00000000
    fe80000000000000 0000000000000001
    20010db800000000 0000000000000009`);
  const view = viewAt(octets, AT);
  assert.equal(octets.length, REDIRECT_LENGTH);
  assert.equal(ndTarget(view, AT).toString(), "fe80::1");
  assert.equal(redirectDestination(view, AT).toString(), "2001:db8::9");
});

// req: arp-nd/ND-1, arp-nd/ND-2
test("options are valid when each is whole and none has length 0", () => {
  const rows: [list: string, valid: boolean, why: string][] = [
    ["", true, "none at all"],
    [LINK_OPTION, true, "one"],
    [`${LINK_OPTION} 05 01 0000 000005dc`, true, "two"],
    ["fe 02 0000 00000000 0000000000000000", true, "an unknown type"],
    ["01 00 020000000001", false, "length 0"],
    [`${LINK_OPTION} 05 00 0000 000005dc`, false, "length 0 behind a good one"],
    ["01 02 020000000001", false, "past the end"],
    [`${LINK_OPTION} 05 ff 0000 000005dc`, false, "past the end behind a good one"],
    ["01 01 0200000000", false, "seven octets"],
    ["01", false, "one octet"],
    [`${LINK_OPTION} 00`, false, "an octet too many"],
  ];
  for (const [list, valid, why] of rows) {
    const octets = hex(list);
    assert.equal(areNdOptionsValid(viewAt(octets, AT), AT, AT + octets.length), valid, why);
  }
});

test("any octets: options that pass can be searched to their end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
      const view = viewAt(octets, AT);
      const end = AT + octets.length;
      if (!areNdOptionsValid(view, AT, end)) return;
      const at = findNdOption(view, AT, end, NdOption.MTU);
      assert.ok(at === -1 || (ndOptionType(view, at) === NdOption.MTU && at + 8 <= end));
    }),
  );
});

// req: arp-nd/ND-3
test("the first option of a type is found, wherever it stands", () => {
  const mtu = "05 01 0000 000005dc";
  const rows: [list: string, type: number, at: number][] = [
    [LINK_OPTION, NdOption.SOURCE_LINK_ADDRESS, 0],
    [`${mtu} ${LINK_OPTION}`, NdOption.SOURCE_LINK_ADDRESS, 8],
    [`${mtu} ${mtu}`, NdOption.MTU, 0],
    [LINK_OPTION, NdOption.TARGET_LINK_ADDRESS, -1],
    ["", NdOption.MTU, -1],
  ];
  for (const [list, type, at] of rows) {
    const octets = hex(list);
    const found = findNdOption(viewAt(octets, AT), AT, AT + octets.length, type);
    assert.equal(found, at < 0 ? -1 : AT + at, list);
  }
  assert.equal(ndMtu(viewAt(hex(mtu)), 0), 1500);
});

test("a prefix information option", () => {
  const octets = hex(`
    03 04 40 c0 00278d00 ffffffff 00000000
    20010db800010002 0000000000000000`);
  const view = viewAt(octets, AT);
  assert.equal(ndOptionLength(view, AT), 32);
  const { prefix, ...rest } = ndPrefix(view, AT);
  assert.equal(prefix.toString(), "2001:db8:1:2::");
  assert.deepEqual(rest, {
    prefixLength: 64,
    onLink: true,
    autonomous: true,
    validLifetime: 2_592_000,
    preferredLifetime: 0xffffffff,
  });
  view.setUint8(AT + 3, 0x40);
  assert.deepEqual([ndPrefix(view, AT).onLink, ndPrefix(view, AT).autonomous], [false, true]);
});

test("what is written is read back", () => {
  const mac = new MacAddress(0x0200, 0x0a);
  const octets = written(8, (view, at) =>
    assert.equal(writeNdLinkAddress(view, at, NdOption.SOURCE_LINK_ADDRESS, mac), at + 8),
  );
  assert.equal(toHex(octets), toHex(hex(LINK_OPTION)));
  assert.ok(ndLinkAddress(viewAt(octets, AT), AT).equals(mac));
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.integer(), fc.integer(), (a, b, c, d) => {
      const view = viewAt(new Uint8Array(NS_LENGTH), AT);
      const target = new IpAddress(a, b, c, d);
      setNdTarget(view, AT, target);
      assert.ok(ndTarget(view, AT).equals(target));
    }),
  );
});
