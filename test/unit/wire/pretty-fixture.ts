import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FrameFormatter } from "../../../src/wire/pretty.ts";
import type { PrettyStyle } from "../../../src/wire/pretty-datagram.ts";

/** A frame and what tcpdump says of it, without and with `-v`. */
interface FixtureFrame {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly brief: string;
  readonly verbose: string;
}

/**
 * Declares one test per frame of a fixture: our lines are tcpdump's lines. All
 * frames of a file are one capture, so that sequence numbers turn relative.
 */
export function testAgainstTcpdump(name: string): void {
  const frames = readFixture(name);
  const brief = new FrameFormatter();
  const verbose = new FrameFormatter({ verbose: 1 });
  test(`${name} is not empty`, () => assert.ok(frames.length > 4));
  for (const [index, frame] of frames.entries()) {
    test(`${name}, frame ${index}: ${frame.brief}`, () => {
      assert.equal(formatOctets(brief, frame.octets), frame.brief);
      assert.equal(formatOctets(verbose, frame.octets), frame.verbose);
    });
  }
}

/** One Ethernet frame in hex, spaces allowed, through a formatter of its own. */
export function formatHex(hex: string, style: Partial<PrettyStyle> = {}): string {
  return formatOctets(new FrameFormatter(style), octetsOf(hex));
}

export function formatOctets(
  formatter: FrameFormatter,
  octets: Uint8Array<ArrayBuffer>,
  medium: "ethernet" | "ip" = "ethernet",
): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  return formatter.format(view, 0, octets.length, medium);
}

export function octetsOf(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
}

/** The frames of a fixture: a line of hex, `n:` lines by `tcpdump -n`, `v:` lines by `tcpdump -nv`. */
export function readFixture(name: string): FixtureFrame[] {
  const text = readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), "utf8");
  return text
    .split("\n\n")
    .slice(1)
    .map((block) => {
      const lines = block.replace(/\n$/, "").split("\n");
      const marked = (mark: string): string =>
        lines
          .filter((line) => line.startsWith(mark))
          .map((line) => line.slice(mark.length))
          .join("\n");
      return { octets: octetsOf(lines[0] ?? ""), brief: marked("n:"), verbose: marked("v:") };
    });
}
