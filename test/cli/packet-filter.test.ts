import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../../src/cli/command-error.ts";
import { compileFilter } from "../../src/cli/packet-filter.ts";
import { type PacketSummary, summarizeFrame } from "../../src/cli/packet-summary.ts";

/** Frames between 02:…:01 (10.77.0.1, fd77::1) and 02:…:02 (10.77.0.2, fd77::2). */
const MACS = "020000000002 020000000001";
const V4 = "4500 0024 1234 4000 40";
const V4_ENDS = "0000 0a4d0001 0a4d0002";
const V6_ENDS = "fd770000000000000000000000000001 fd770000000000000000000000000002";
const FRAMES = {
  arp: "ffffffffffff 020000000001 0806 0001 0800 0604 0001 020000000001 0a4d0001 000000000000 0a4d0002",
  tcp: `${MACS} 0800 ${V4} 06 ${V4_ENDS} 9c00 0050 00000001 00000000 5002 0100 0000 0000`,
  udp: `${MACS} 0800 ${V4} 11 ${V4_ENDS} 1388 0035 000c 0000 61626364`,
  icmp: `${MACS} 0800 ${V4} 01 ${V4_ENDS} 0800 0000 0001 0001`,
  fragment: `${MACS} 0800 4500 0024 1234 0010 40 11 ${V4_ENDS} 1388 0035 000c 0000`,
  tcp6: `${MACS} 86dd 60000000 0014 06 40 ${V6_ENDS} 9c00 0050 00000001 00000000 5002 0100 0000 0000`,
  udp6: `${MACS} 86dd 60000000 0014 00 40 ${V6_ENDS} 1100 0104 0000 0000 1388 0035 000c 0000 61626364`,
  icmp6: `${MACS} 86dd 60000000 0008 3a ff ${V6_ENDS} 8000 0000 0001 0001`,
};
type FrameName = keyof typeof FRAMES;

function summaryOf(name: FrameName): PacketSummary {
  const octets = new Uint8Array(Buffer.from(FRAMES[name].replaceAll(" ", ""), "hex"));
  return summarizeFrame(new DataView(octets.buffer), 0, octets.length, "ethernet");
}

const ALL = Object.keys(FRAMES) as FrameName[];
const V4_ALL: FrameName[] = ["tcp", "udp", "icmp", "fragment"];
const V6_ALL: FrameName[] = ["tcp6", "udp6", "icmp6"];

const CASES: readonly (readonly [filter: string, wanted: readonly FrameName[]])[] = [
  ["", ALL],
  ["ip", V4_ALL],
  ["ip6", V6_ALL],
  ["arp", ["arp"]],
  ["tcp", ["tcp", "tcp6"]],
  ["udp", ["udp", "fragment", "udp6"]],
  ["icmp", ["icmp"]],
  ["icmp6", ["icmp6"]],
  ["port 80", ["tcp", "tcp6"]],
  ["tcp port 53", []],
  ["udp port 53", ["udp", "udp6"]],
  ["src port 80", []],
  ["dst port 80", ["tcp", "tcp6"]],
  ["ip6 and dst port 80", ["tcp6"]],
  ["port 80 or 53", ["tcp", "udp", "tcp6", "udp6"]],
  ["portrange 1-79", ["udp", "udp6"]],
  ["host 10.77.0.1", ["arp", ...V4_ALL]],
  ["10.77.0.1", ["arp", ...V4_ALL]],
  ["ip host 10.77.0.1", V4_ALL],
  ["arp host 10.77.0.2", ["arp"]],
  ["src 10.77.0.2", []],
  ["src host 10.77.0.1 and udp", ["udp", "fragment"]],
  ["host fd77::2", V6_ALL],
  ["net 10.77.0.0/24", ["arp", ...V4_ALL]],
  ["dst net fd77::/64", V6_ALL],
  ["not ip and not ip6", ["arp"]],
  ["! (ip or ip6)", ["arp"]],
  ["ip && ! tcp", ["udp", "icmp", "fragment"]],
  // As in libpcap, `and` does not bind closer than `or`.
  ["arp or ip and tcp", ["tcp"]],
  ["arp or (ip and tcp)", ["arp", "tcp"]],
  ["broadcast", ["arp"]],
  ["multicast", ["arp"]],
  ["ether host 02:00:00:00:00:02", [...V4_ALL, ...V6_ALL]],
  ["ether src 02:00:00:00:00:02", []],
  ["less 42", ["arp", "icmp", "fragment"]],
  ["greater 74", ["tcp6", "udp6"]],
];

for (const [filter, wanted] of CASES) {
  test(`"${filter}" wants ${wanted.join(" ") || "nothing"}`, () => {
    const isWanted = compileFilter(filter);
    assert.deepEqual(
      ALL.filter((name) => isWanted(summaryOf(name))),
      ALL.filter((name) => wanted.includes(name)),
    );
  });
}

const MISTAKES: readonly (readonly [filter: string, message: RegExp])[] = [
  ["tpc", /does not understand "tpc"/],
  ["port", /ends too early; expected a value/],
  ["port http", /port http should be a number from 0 to 65535/],
  ["port 65536", /port 65536 should be/],
  ["portrange 9-1", /should be two numbers/],
  ["host 300.1.1.1", /300\.1\.1\.1 is not an IP address/],
  ["net 10.0.0.0/33", /is not a network/],
  ["tcp and", /ends too early; expected a condition/],
  ["(tcp", /ends too early; expected a "\)"/],
  ["tcp)", /does not understand "\)"/],
  ["tcp udp", /does not understand "udp"/],
  ["ether host x", /x is not a MAC address/],
];

for (const [filter, message] of MISTAKES) {
  test(`"${filter}" is refused`, () => {
    assert.throws(
      () => compileFilter(filter),
      (error) => error instanceof CommandError && error.status === 2 && message.test(error.message),
    );
  });
}

test("a bare IP packet is summarized without link addresses", () => {
  const octets = new Uint8Array(Buffer.from(FRAMES.tcp.replaceAll(" ", ""), "hex")).slice(14);
  const summary = summarizeFrame(new DataView(octets.buffer), 0, octets.length, "ip");
  assert.deepEqual([summary.sourceMac, summary.destinationPort], [null, 80]);
});

test("a frame cut off anywhere is summarized without a throw", () => {
  for (const name of ALL) {
    const octets = new Uint8Array(Buffer.from(FRAMES[name].replaceAll(" ", ""), "hex"));
    for (let end = 0; end <= octets.length; end++) {
      assert.equal(summarizeFrame(new DataView(octets.buffer), 0, end, "ethernet").length, end);
    }
  }
});
