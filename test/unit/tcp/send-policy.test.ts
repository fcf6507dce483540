import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isHeldBack,
  mayTransmit,
  type SendQuestion,
  SWS_OVERRIDE_MS,
} from "../../../src/tcp/send-policy.ts";

/** 100 octets, an open window, nothing in flight; name what differs. */
function question(differences: Partial<SendQuestion>): SendQuestion {
  return {
    unsentOctets: 100,
    usableWindow: 10_000,
    mss: 1000,
    maxSendWindow: 10_000,
    flightOctets: 0,
    smallInFlight: false,
    noDelay: false,
    corked: false,
    finQueued: false,
    overridden: false,
    ...differences,
  };
}

const SMALL_IN_FLIGHT = { flightOctets: 100, smallInFlight: true };

describe("mayTransmit", () => {
  // req: tcp/MUST-38, tcp/SWS-1, tcp/SWS-2, tcp/SWS-3, tcp/SWS-4, tcp/SHLD-7, tcp/NAG-1, tcp/NAG-2
  const rows: [Partial<SendQuestion>, boolean, string][] = [
    [{ unsentOctets: 0 }, false, "nothing to send"],
    [{ usableWindow: 0 }, false, "a closed window"],
    [{ usableWindow: -500 }, false, "a window that was shrunk below what is in flight"],
    [{ usableWindow: 0, overridden: true }, false, "a closed window, whatever the timer says"],
    [{ unsentOctets: 1000 }, true, "a full segment (SWS-1)"],
    [{ unsentOctets: 999 }, true, "all there is, with nothing in flight (SWS-2)"],
    [{ unsentOctets: 1000, ...SMALL_IN_FLIGHT }, true, "a full segment behind a small one"],
    [
      { unsentOctets: 999, ...SMALL_IN_FLIGHT },
      false,
      "a small segment behind a small one (Nagle)",
    ],
    [{ flightOctets: 5000 }, true, "a small segment behind full ones (Minshall)"],
    [{ ...SMALL_IN_FLIGHT, noDelay: true }, true, "a small segment without Nagle"],
    [{ ...SMALL_IN_FLIGHT, finQueued: true }, true, "the last segment, behind a small one"],
    [{ corked: true }, false, "a small segment under a cork"],
    [{ corked: true, noDelay: true }, false, "a small segment under a cork without Nagle"],
    [{ corked: true, unsentOctets: 1000 }, true, "a full segment under a cork"],
    [{ corked: true, finQueued: true }, true, "the last segment under a cork"],
    [{ corked: true, overridden: true }, true, "a small segment once the timer ran out"],
    [{ unsentOctets: 5000, usableWindow: 999 }, false, "less than a segment of window"],
    [
      { unsentOctets: 5000, usableWindow: 999, maxSendWindow: 1998 },
      true,
      "half the largest window (SWS-3)",
    ],
    [{ unsentOctets: 5000, usableWindow: 999, maxSendWindow: 2000 }, false, "less than half of it"],
    [
      { unsentOctets: 5000, usableWindow: 999, maxSendWindow: 1998, ...SMALL_IN_FLIGHT },
      false,
      "half the largest window behind a small segment",
    ],
    [
      { unsentOctets: 5000, usableWindow: 10, overridden: true },
      true,
      "a sliver once the timer ran out (SWS-4)",
    ],
    [
      { unsentOctets: 300, usableWindow: 300, maxSendWindow: 60_000 },
      true,
      "all there is in a window just as large",
    ],
    [{ unsentOctets: 301, usableWindow: 300, maxSendWindow: 60_000 }, false, "a part of it"],
  ];
  for (const [differences, expected, why] of rows) {
    it(`${expected ? "sends" : "holds back"} ${why}`, () => {
      assert.equal(mayTransmit(question(differences)), expected);
    });
  }
});

describe("isHeldBack", () => {
  // req: tcp/MUST-17
  it("is a matter of Nagle and cork alone", () => {
    assert.ok(isHeldBack(question(SMALL_IN_FLIGHT)));
    assert.ok(!isHeldBack(question({ ...SMALL_IN_FLIGHT, noDelay: true })));
    assert.ok(isHeldBack(question({ corked: true })));
    assert.ok(!isHeldBack(question({ usableWindow: 0 })));
  });
});

describe("the override timer", () => {
  // req: tcp/SWS-4
  it("lies within 0.1 to 1.0 s", () => {
    assert.ok(SWS_OVERRIDE_MS >= 100 && SWS_OVERRIDE_MS <= 1000);
  });
});
