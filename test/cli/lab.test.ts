import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { StoryLine } from "../../src/cli/lab-story.ts";
import { layOutLine, terminalStyle, wrap } from "../../src/cli/lab-text.ts";

const NETLOOM = fileURLToPath(new URL("../../scripts/netloom.mjs", import.meta.url));

/** Starts the lab; `ended` tells what it printed and how it ended. */
function startLab(
  args: readonly string[],
  options: { readonly uid?: number; readonly env?: NodeJS.ProcessEnv } = {},
): {
  child: ChildProcess;
  ended: Promise<{ status: number | null; stdout: string; stderr: string }>;
} {
  const { uid, env = process.env } = options;
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(process.execPath, [NETLOOM, "lab", ...args], { ...identity, env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([status]) => ({
    status: status as number | null,
    stdout,
    stderr,
  }));
  return { child, ended };
}

/** The story of one exchange: a's state, the direction, b's state, and what the packet's line must hold. */
const EXCHANGE: readonly (readonly [a: string, arrow: string, b: string, packet: RegExp])[] = [
  [
    "SYN-SENT",
    "──▶",
    "SYN-RECEIVED",
    /Flags \[S\], seq \d+, win \d+, options \[mss 14[46]0,sackOK,TS val \d+ ecr 0,nop,wscale \d+\], length 0$/,
  ],
  ["ESTABLISHED", "◀──", "SYN-RECEIVED", /Flags \[S\.\], seq \d+, ack \d+, /],
  ["ESTABLISHED", "──▶", "ESTABLISHED", /Flags \[\.\], ack 1, /],
  [
    "ESTABLISHED",
    "──▶",
    "ESTABLISHED",
    /Flags \[P\.\], seq 1:\d+, ack 1, .*: HTTP: GET \/ HTTP\/1\.1$/,
  ],
  ["ESTABLISHED", "◀──", "ESTABLISHED", /seq 1:14[24]9, ack \d+, .*: HTTP: HTTP\/1\.1 200 OK$/],
  ["FIN-WAIT-1", "──▶", "CLOSE-WAIT", /Flags \[F\.\], seq /],
  ["FIN-WAIT-2", "◀──", "CLOSE-WAIT", /Flags \[\.\], ack /],
  ["TIME-WAIT", "◀──", "LAST-ACK", /Flags \[F\.\], seq /],
  ["TIME-WAIT", "──▶", "CLOSED", /Flags \[\.\], ack /],
];

/** A line of the story in its columns. */
function columnsOf(line: string): [a: string, arrow: string, b: string, packet: string] | null {
  const match = /^ *[0-9.]+ ms {2}(\S+) +(──▶|◀──) {2}(\S+) +(\S.*)$/.exec(line);
  return match === null ? null : [match[1] ?? "", match[2] ?? "", match[3] ?? "", match[4] ?? ""];
}

describe("netloom lab --once", () => {
  test("tells both exchanges in order, states beside each packet, and ends with 0", async () => {
    const { status, stdout, stderr } = await startLab(["--once"]).ended;
    assert.deepEqual([status, stderr], [0, ""]);
    const lines = stdout
      .split("\n")
      .map(columnsOf)
      .filter((columns) => columns !== null);
    for (const version of ["IP", "IP6"]) {
      let at = 0;
      const story = lines.filter(([, , , packet]) => packet.startsWith(`${version} `));
      for (const [a, arrow, b, packet] of EXCHANGE) {
        at = story.findIndex(
          (line, index) =>
            index >= at &&
            line[0] === a &&
            line[1] === arrow &&
            line[2] === b &&
            packet.test(line[3]),
        );
        assert.ok(at >= 0, `no ${a} ${arrow} ${b} ${packet} in its place\n${stdout}`);
      }
    }
    assert.match(stdout, /ARP, Request who-has 10\.77\.0\.2 tell 10\.77\.0\.1/);
    assert.match(stdout, /ICMP6, neighbor solicitation, who has fd77::2/);
    assert.match(stdout, /TIME_WAIT +timewait \(\d+\.\d\d\/0\/0\)/);
  });

  test("has no colour where it is no terminal", async () => {
    const { stdout } = await startLab(["--once"]).ended;
    assert.equal(stdout.includes("\u001b"), false);
  });

  test("needs no rights, and two at once do not disturb each other", async () => {
    const options =
      process.getuid?.() === 0
        ? { uid: 65_534, env: { ...process.env, HOME: "/nonexistent" } }
        : {};
    const both = [startLab(["--once"], options), startLab(["--once"], options)];
    for (const { status, stdout, stderr } of await Promise.all(both.map(({ ended }) => ended))) {
      assert.deepEqual([status, stderr], [0, ""]);
      assert.equal(stdout.match(/TIME-WAIT +──▶ {2}CLOSED/g)?.length, 2);
    }
  });
});

test("without --once the lab goes on until Ctrl-C, which is no failure", async () => {
  const { child, ended } = startLab([]);
  let text = "";
  child.stdout?.on("data", (piece: string) => {
    text += piece;
  });
  // The third handshake is the second round's.
  while ((text.match(/Flags \[S\],/g)?.length ?? 0) < 3) await once(child.stdout ?? child, "data");
  child.kill("SIGINT");
  assert.equal((await ended).status, 0);
});

const LINE: StoryLine = {
  time: 12.34,
  from: "a",
  text: "IP 10.77.0.1.4000 > 10.77.0.2.80: Flags [S], seq 1, win 65535, length 0",
  role: "handshake",
  states: { a: "SYN-SENT", b: "LISTEN" },
};

test("a line has its columns, and colour only if wanted", () => {
  const plain = layOutLine(LINE, { colour: false, width: Infinity });
  assert.equal(plain, `  12.3 ms  SYN-SENT      ──▶  LISTEN        ${LINE.text}`);
  const coloured = layOutLine(LINE, { colour: true, width: Infinity });
  assert.ok(coloured.includes("\u001b[33mSYN-SENT    \u001b[39m"), JSON.stringify(coloured));
});

test("a line too wide for the terminal goes on below its beginning", () => {
  const [first = "", second = ""] = layOutLine(LINE, { colour: false, width: 90 }).split("\n");
  assert.ok(first.length <= 90);
  assert.equal(second.search(/\S/), first.indexOf("IP 10"));
});

test("NO_COLOR is honoured on a terminal", () => {
  const terminal = { isTTY: true, columns: 120 } as NodeJS.WriteStream;
  assert.deepEqual(terminalStyle(terminal, {}), { colour: true, width: 120 });
  assert.equal(terminalStyle(terminal, { NO_COLOR: "1" }).colour, false);
});

test("text is broken at spaces, and a long word keeps a line of its own", () => {
  assert.deepEqual(wrap("aa bb cc", 5), ["aa bb", "cc"]);
  assert.deepEqual(wrap("a longest b", 4), ["a", "longest", "b"]);
});
