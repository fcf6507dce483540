import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toSeq } from "../../../src/base/seq.ts";
import {
  mayReopen,
  nextInTimeWait,
  type TimeWaitAction,
  type TimeWaitSegment,
  timeWaitMs,
} from "../../../src/tcp/time-wait.ts";

describe("timeWaitMs", () => {
  // req: tcp/MUST-13
  it("is twice the maximum segment lifetime", () => {
    assert.equal(timeWaitMs(30_000), 60_000);
  });
});

for (const [name, rcvNxt] of [
  ["1000", 1000],
  ["2³¹", 0x80000000],
  ["2³²", 0],
] as const) {
  for (const [clock, tsRecent] of [
    ["1000", 1000],
    ["2³¹", 0x80000000 | 0],
    ["2³²", 0],
  ] as const) {
    describe(`mayReopen with RCV.NXT at ${name} and TS.Recent at ${clock}`, () => {
      // req: tcp/TW-1, tcp/TW-2, tcp/TW-3, tcp/MAY-2, tcp/SHLD-4
      const rows: [boolean, number | null, number, boolean, string][] = [
        [true, 1, -5000, true, "a later timestamp, whatever the number"],
        [true, 0, 0, true, "the same timestamp and a number above"],
        [true, 0, -1, false, "the same timestamp and the number of the FIN"],
        [true, -1, 5000, false, "an earlier timestamp"],
        [true, null, 0, true, "no timestamp any more and a number above"],
        [true, null, -1, false, "no timestamp any more and an old number"],
        [false, -1, -5000, true, "a timestamp for the first time"],
        [false, null, 0, true, "never timestamps and a number above"],
        [false, null, -1, false, "never timestamps and an old number"],
      ];
      for (const [timestamps, tsOffset, seqOffset, expected, why] of rows) {
        it(`${expected ? "takes" : "refuses"} ${why}`, () => {
          const syn = {
            seq: toSeq(rcvNxt + seqOffset),
            tsPresent: tsOffset !== null,
            tsVal: (tsRecent + (tsOffset ?? 0)) | 0,
          };
          assert.equal(mayReopen({ rcvNxt: toSeq(rcvNxt), timestamps, tsRecent }, syn), expected);
        });
      }
    });
  }
}

describe("nextInTimeWait", () => {
  // req: tcp/SEG-25, tcp/SEG-32, tcp/SEG-17, tcp/TW-4, tcp/MAY-2
  const rows: [Partial<TimeWaitSegment>, TimeWaitAction, string][] = [
    [{}, "ignore", "an ACK"],
    [{ fin: true, length: 1, acceptable: false }, "restart", "the FIN again"],
    [{ fin: true, length: 11, acceptable: false }, "restart", "the FIN again, with data"],
    [{ length: 10, acceptable: false }, "acknowledge", "old data"],
    [{ length: 10 }, "acknowledge", "new data"],
    [{ acceptable: false }, "acknowledge", "an ACK outside the window"],
    [{ rst: true }, "ignore", "a RST"],
    [{ syn: true, ack: false, length: 1, reopens: true }, "reopen", "a SYN that may open anew"],
    [{ syn: true, ack: false, length: 1 }, "acknowledge", "a SYN that may not"],
    [{ syn: true, length: 1, reopens: true }, "acknowledge", "a SYN,ACK"],
    [
      { syn: true, ack: false, length: 1, reopens: true, outdated: true },
      "acknowledge",
      "an old SYN",
    ],
  ];
  for (const [differences, expected, why] of rows) {
    it(`answers ${why} with: ${expected}`, () => {
      const segment: TimeWaitSegment = {
        syn: false,
        ack: true,
        rst: false,
        fin: false,
        acceptable: true,
        outdated: false,
        length: 0,
        reopens: false,
        ...differences,
      };
      assert.equal(nextInTimeWait(segment, true), expected);
    });
  }

  // req: tcp/SEG-17
  it("closes on a RST where the host wants the RFC's way, if the RST is no old one", () => {
    const rst: TimeWaitSegment = {
      syn: false,
      ack: false,
      rst: true,
      fin: false,
      acceptable: true,
      outdated: false,
      length: 0,
      reopens: false,
    };
    assert.equal(nextInTimeWait(rst, false), "close");
    assert.equal(nextInTimeWait({ ...rst, acceptable: false }, false), "ignore");
    assert.equal(nextInTimeWait({ ...rst, outdated: true }, false), "ignore");
  });
});
