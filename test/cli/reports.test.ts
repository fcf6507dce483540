import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatNetstat, type NetstatOptions } from "../../src/cli/netstat.ts";
import { describeIcmpError, formatTrip, PingStatistics } from "../../src/cli/ping-text.ts";
import { formatClock } from "../../src/cli/tcpdump.ts";

const OFF = "off (0.00/0/0)";
const REPORT = {
  name: "web",
  pid: 42,
  rows: [
    {
      proto: "tcp6",
      recvQ: 0,
      sendQ: 0,
      local: ":::80",
      foreign: ":::*",
      state: "LISTEN",
      timer: OFF,
    },
    {
      proto: "tcp",
      recvQ: 5,
      sendQ: 123456,
      local: "10.77.0.2:80",
      foreign: "10.77.0.1:40000",
      state: "ESTABLISHED",
      timer: "on (0.20/1/0)",
    },
    {
      proto: "udp",
      recvQ: 0,
      sendQ: 0,
      local: "0.0.0.0:53",
      foreign: "0.0.0.0:*",
      state: "",
      timer: OFF,
    },
  ],
} as const;

function netstat(options: Partial<NetstatOptions>): string[] {
  const none = {
    all: false,
    listening: false,
    timers: false,
    tcp: false,
    udp: false,
    numeric: true,
  };
  return formatNetstat(REPORT, { ...none, ...options })
    .trimEnd()
    .split("\n");
}

describe("netstat", () => {
  test("has the columns of netstat(8)", () => {
    assert.deepEqual(netstat({ all: true, timers: true }), [
      "Active Internet connections (servers and established)",
      "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    Timer",
      "tcp6       0      0 :::80                   :::*                    LISTEN      42/web              off (0.00/0/0)",
      "tcp        5 123456 10.77.0.2:80            10.77.0.1:40000         ESTABLISHED 42/web              on (0.20/1/0)",
      "udp        0      0 0.0.0.0:53              0.0.0.0:*                           42/web              off (0.00/0/0)",
    ]);
  });

  const protocolsOf = (options: Partial<NetstatOptions>): string[] =>
    netstat(options)
      .slice(2)
      .map((line) => line.split(" ", 1)[0] ?? "");

  test("shows connections, servers with -l, both with -a", () => {
    assert.deepEqual(protocolsOf({}), ["tcp"]);
    assert.deepEqual(protocolsOf({ listening: true }), ["tcp6", "udp"]);
    assert.deepEqual(protocolsOf({ all: true }), ["tcp6", "tcp", "udp"]);
  });

  test("shows one protocol with -t or -u", () => {
    assert.deepEqual(protocolsOf({ all: true, tcp: true }), ["tcp6", "tcp"]);
    assert.deepEqual(protocolsOf({ all: true, udp: true }), ["udp"]);
  });
});

describe("ping", () => {
  test("sums up what came back", () => {
    const statistics = new PingStatistics();
    statistics.sent = 4;
    for (const ms of [1, 2, 3]) statistics.addReply(ms);
    assert.equal(
      statistics.summary("10.77.0.1", 3004.4),
      "\n--- 10.77.0.1 ping statistics ---\n4 packets transmitted, 3 received, 25% packet loss, time 3004ms\n" +
        "rtt min/avg/max/mdev = 1.000/2.000/3.000/0.816 ms\n",
    );
  });

  test("counts errors and duplicates, and leaves out times when there are none", () => {
    const statistics = new PingStatistics();
    statistics.sent = 3;
    statistics.errors = 2;
    statistics.duplicates = 1;
    assert.equal(
      statistics.summary("x", 0),
      "\n--- x ping statistics ---\n3 packets transmitted, 0 received, +1 duplicates, +2 errors, 100% packet loss, time 0ms\n",
    );
    assert.equal(statistics.longest, 0);
  });

  test("tells a loss with as many digits as it has", () => {
    const statistics = new PingStatistics();
    statistics.sent = 3;
    statistics.addReply(1);
    assert.match(statistics.summary("x", 0), /, 66\.6667% packet loss/);
  });

  test("tells a round trip with three digits", () => {
    const CASES = [
      [0.0451, "0.045"],
      [1.234, "1.23"],
      [12.34, "12.3"],
      [123.4, "123"],
    ] as const;
    for (const [ms, text] of CASES) assert.equal(formatTrip(ms), text);
  });

  test("names each ICMP error", () => {
    const CASES: readonly (readonly [boolean, number, number, number, string])[] = [
      [false, 3, 1, 0, "Destination Host Unreachable"],
      [false, 3, 3, 0, "Destination Port Unreachable"],
      [false, 3, 4, 1400, "Frag needed and DF set (mtu = 1400)"],
      [false, 3, 77, 0, "Dest Unreachable, Bad Code: 77"],
      [false, 11, 0, 0, "Time to live exceeded"],
      [false, 11, 1, 0, "Frag reassembly time exceeded"],
      [false, 12, 0, 0, "Parameter problem"],
      [false, 4, 0, 0, "Source Quench"],
      [false, 99, 0, 0, "Bad ICMP type: 99"],
      [true, 1, 3, 0, "Destination unreachable: Address unreachable"],
      [true, 1, 9, 0, "Destination unreachable: Unknown code 9"],
      [true, 2, 0, 1280, "Packet too big: mtu=1280"],
      [true, 3, 0, 0, "Time exceeded: Hop limit"],
      [true, 4, 1, 0, "Parameter problem: code 1"],
      [true, 99, 0, 0, "Unknown icmp type: 99"],
    ];
    for (const [isV6, type, code, mtu, text] of CASES) {
      assert.equal(describeIcmpError({ isV6, type, code, mtu }), text);
    }
  });
});

test("tcpdump's clock has six digits of a second", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5).getTime();
  assert.equal(formatClock(at + 6.789), "03:04:05.006789");
  assert.equal(formatClock(at), "03:04:05.000000");
});
