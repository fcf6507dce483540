import assert from "node:assert/strict";
import { ack, data, synAck } from "../../support/tcp-segment.ts";
import { establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const MSS_700 = "02 04 02bc";

const SYN_OPTIONS: readonly [string, number, string][] = [
  [MSS_700, 700, "MSS alone"],
  [`01 01 ${MSS_700} 01 00`, 700, "MSS behind two NOPs"],
  [`01 ${MSS_700} 00 00 00`, 700, "MSS that is not aligned"],
  [`fe 06 00000000 ${MSS_700} 00 00`, 700, "an unknown option in front"],
  [`fe 02 ${MSS_700} 01 01`, 700, "an unknown option without data in front"],
  [`${MSS_700} fe 00 00 00`, 700, "an option of length 0 behind"],
  [`${MSS_700} fe 01 00 00`, 700, "an option of length 1 behind"],
  [`${MSS_700} fe 40 00 00`, 700, "an option past the end behind"],
  [`${MSS_700} 01 01 01 fe`, 700, "a kind without a length behind"],
];

for (const [options, mss, why] of SYN_OPTIONS) {
  // req: tcp/MUST-4, tcp/MUST-6, tcp/MUST-7, tcp/MUST-64, tcp/MUST-14
  tcpTest(`a SYN,ACK with ${why} is understood`, (t) => {
    t.open();
    t.takes();
    t.injects(synAck({ ack: 1, options }));
    t.expects(ack({ ack: 1 }));
    t.send(3 * mss);
    t.expectsData(1, 1 + 3 * mss, mss);
  });
}

for (const [options, why] of [
  [`fe 00 ${MSS_700} 00 00`, "length 0"],
  [`fe 01 ${MSS_700} 00 00`, "length 1"],
  [`fe 29 ${MSS_700} 00 00`, "a length past the end"],
  [`00 00 00 00 ${MSS_700}`, "the end of the list"],
] as const) {
  // req: tcp/MUST-7, tcp/MUST-15
  tcpTest(`what follows ${why} in a SYN,ACK is not read, and nothing breaks`, (t) => {
    t.open();
    t.takes();
    t.injects(synAck({ ack: 1, options }));
    t.expects(ack({ ack: 1 }));
    t.expectsState("ESTABLISHED");
    const mss = t.world.isV6 ? 1220 : 536;
    t.send(mss);
    t.expectsData(1, 1 + mss, mss);
  });
}

for (const [options, why] of [
  ["02 04 0040", "an MSS"],
  ["01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01", "NOPs"],
  ["fe 08 000000000000", "an unknown option"],
  ["02 00 0000", "length 0"],
  ["05 0b 0000000000000000 00 00", "a SACK of no length"],
  ["08 0a 00000000 0000", "timestamps cut off"],
  ["ff ff ffff", "a length past the end"],
  ["03 03 0e 04 02 00 00 00", "options that belong on a SYN"],
] as const) {
  // req: tcp/MUST-5, tcp/MUST-6, tcp/MUST-7, tcp/MUST-65, tcp/SACK-1, tcp/WS-2
  tcpTest(`data with ${why} among its options is taken, and nothing changes`, (t) => {
    establish(t, { sack: true });
    t.injects(data({ length: 100, options }));
    t.expects(ack({ ack: 101 }));
    assert.equal(t.receive(), 100);
    t.send(1000);
    t.expectsData(1, 1001);
  });
}

// req: tcp/MUST-65, tcp/MUST-69, tcp/MUST-68
tcpTest("segments that are no SYN carry no MSS, and no options at all if none was agreed", (t) => {
  establish(t);
  t.send(100);
  t.expects(data({ mss: null, windowScale: null, sackPermitted: false, headerLength: 20 }));
  t.injects(data({ length: 10 }));
  t.expects(ack({ mss: null, headerLength: 20 }));
});

// req: tcp/MUST-69
tcpTest("every header is whole words, padded with NOP or zero", (t) => {
  establish(t, { sack: true, timestamps: true });
  t.injects(data({ seq: 101, length: 100 }));
  const { header, headerLength } = t.takes();
  assert.equal(headerLength % 4, 0);
  assert.equal(header.length, headerLength);
  // NOP NOP timestamps, NOP NOP SACK.
  assert.deepEqual([...header.subarray(20, 24)], [1, 1, 8, 10]);
  assert.deepEqual([...header.subarray(32, 36)], [1, 1, 5, 10]);
});

// req: tcp/MUST-16, tcp/BUG-18
tcpTest("a segment is no larger than the path takes", (t) => {
  t.path.mtu = 600;
  establish(t, { mss: 1460 });
  const mss = 600 - t.world.ipHeaderLength - 20;
  t.send(3 * mss);
  t.expectsData(1, 1 + 3 * mss, mss);
});

// req: tcp/MUST-16, tcp/BUG-18
tcpTest("options come off the segment, not on top of it", (t) => {
  t.path.mtu = 600;
  establish(t, { mss: 1460, timestamps: true });
  const mss = 600 - t.world.ipHeaderLength - 20 - 12;
  t.send(3 * mss);
  t.expectsData(1, 1 + 3 * mss, mss);
});

// req: tcp/MUST-16, tcp/SHLD-28
tcpTest("a segment is no larger than the peer takes, and no smaller than it may be", (t) => {
  establish(t, { mss: 500 });
  t.send(2500);
  t.expectsData(1, 2501, 500);
});

// req: tcp/MUST-16
tcpTest("the application may bound the segment size", { settings: { maxSegment: 300 } }, (t) => {
  t.open();
  t.expects({ flags: "S", mss: 300 });
  t.injects(synAck({ ack: 1, mss: 1460 }));
  t.expects(ack());
  t.send(900);
  t.expectsData(1, 901, 300);
});

for (const mss of [0, 1, 7, 47]) {
  tcpTest(`a peer's MSS of ${mss} does not make segments of nothing`, (t) => {
    establish(t, { mss });
    t.send(960);
    const lengths = t.takesAll().map(({ length }) => length);
    assert.ok(lengths.length > 0 && lengths.length <= 20);
    assert.ok(
      lengths.every((length) => length >= 48),
      `${lengths}`,
    );
  });
}
