import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type HandshakeOptions,
  MAX_SYN_OPTIONS_OCTETS,
  noHandshakeOptions,
  parseHandshakeOptions,
  writeSynOptions,
} from "../../../src/tcp/handshake-options.ts";

function parsed(hex: string): HandshakeOptions {
  const bytes = Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
  const into: HandshakeOptions = {
    mss: 1,
    windowScale: 1,
    sackPermitted: true,
    timestamps: true,
    tsVal: 1,
    tsEcr: 1,
  };
  parseHandshakeOptions(new DataView(bytes.buffer), 0, bytes.length, into);
  return into;
}

function written(options: Partial<HandshakeOptions>): string {
  const bytes = new Uint8Array(64);
  const length = writeSynOptions(new DataView(bytes.buffer), 8, {
    ...noHandshakeOptions(),
    ...options,
  });
  assert.ok(length <= MAX_SYN_OPTIONS_OCTETS);
  return Array.from(bytes.subarray(8, 8 + length), (octet) =>
    octet.toString(16).padStart(2, "0"),
  ).join(" ");
}

describe("parseHandshakeOptions", () => {
  const none = noHandshakeOptions();
  // req: tcp/MUST-4, tcp/MUST-6, tcp/MUST-7, tcp/MUST-64, tcp/MUST-68, tcp/WS-5
  const rows: [string, Partial<HandshakeOptions>, string][] = [
    ["", {}, "nothing"],
    ["02 04 05b4", { mss: 1460 }, "MSS"],
    ["03 03 07 00", { windowScale: 7 }, "window scale"],
    ["03 03 0e 00", { windowScale: 14 }, "the largest window scale"],
    ["03 03 0f 00", { windowScale: 14 }, "a window scale above 14"],
    ["03 03 ff 00", { windowScale: 14 }, "a window scale far above 14"],
    ["03 03 00 00", { windowScale: 0 }, "a window scale of 0, which is an offer"],
    ["04 02 00 00", { sackPermitted: true }, "SACK-permitted"],
    [
      "01 01 08 0a 80000001 00000002",
      { timestamps: true, tsVal: -0x7fffffff, tsEcr: 2 },
      "timestamps",
    ],
    [
      "02 04 05b4 04 02 08 0a 00000005 00000000 01 03 03 07",
      { mss: 1460, sackPermitted: true, timestamps: true, tsVal: 5, windowScale: 7 },
      "what Linux sends",
    ],
    ["01 02 04 05b4 01 01 03 03 02", { mss: 1460, windowScale: 2 }, "options that are not aligned"],
    ["fd 06 00000000 02 04 0200", { mss: 512 }, "an unknown option in front"],
    ["00 02 04 05b4", {}, "options behind the end of the list"],
    ["02 00 05b4 03 03 07", {}, "length 0"],
    ["02 01 05b4 03 03 07", {}, "length 1"],
    ["03 03 07 02 09 05b4", { windowScale: 7 }, "a length past the end"],
    ["03 03 07 02", { windowScale: 7 }, "a kind without a length"],
    ["02 03 05 03 03 07", { windowScale: 7 }, "an MSS of the wrong length"],
    ["03 04 07 00 04 03 00 08 09 00000000000000", {}, "wrong lengths of the others"],
    ["02 04 0200 02 04 05b4", { mss: 1460 }, "a repeated option: the last counts"],
  ];
  for (const [hex, expected, why] of rows) {
    it(`reads ${why}`, () => {
      assert.deepEqual(parsed(hex), { ...none, ...expected });
    });
  }
});

describe("writeSynOptions", () => {
  const ts = { timestamps: true, tsVal: 0x01020304, tsEcr: -1 };
  const rows: [Partial<HandshakeOptions>, string, string][] = [
    [{}, "", "nothing"],
    [{ mss: 1460 }, "02 04 05 b4", "MSS"],
    [{ sackPermitted: true }, "01 01 04 02", "SACK-permitted alone"],
    [ts, "01 01 08 0a 01 02 03 04 ff ff ff ff", "timestamps alone"],
    [{ windowScale: 0 }, "01 03 03 00", "window scale 0"],
    [
      { mss: 1460, sackPermitted: true, windowScale: 7, ...ts },
      "02 04 05 b4 04 02 08 0a 01 02 03 04 ff ff ff ff 01 03 03 07",
      "all of them in Linux's order",
    ],
  ];
  // req: tcp/MUST-14, tcp/MUST-68
  for (const [options, expected, why] of rows) {
    it(`writes ${why}`, () => {
      assert.equal(written(options), expected);
    });
  }

  it("writes what parses back, in whole words", () => {
    for (let bits = 0; bits < 16; bits++) {
      const options: HandshakeOptions = {
        mss: bits & 1 ? 1220 : 0,
        windowScale: bits & 2 ? 9 : -1,
        sackPermitted: (bits & 4) !== 0,
        timestamps: (bits & 8) !== 0,
        tsVal: bits & 8 ? -5 : 0,
        tsEcr: bits & 8 ? 77 : 0,
      };
      const hex = written(options).replaceAll(" ", "");
      assert.equal(hex.length % 8, 0);
      assert.deepEqual(parsed(hex), options);
    }
  });
});
