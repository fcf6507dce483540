import { styleText } from "node:util";
import type { FrameRole, StoryLine } from "./lab-story.ts";

/** How text is laid out where it goes. */
export interface TextStyle {
  readonly colour: boolean;
  /** Columns before text is continued on the next line; Infinity never. */
  readonly width: number;
}

/** Colour on a terminal unless NO_COLOR is set (no-color.org); lines are never cut where they may be searched. */
export function terminalStyle(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv,
): TextStyle {
  const isTerminal = stream.isTTY === true;
  return {
    colour: isTerminal && !environment.NO_COLOR,
    width: isTerminal ? Math.max(stream.columns ?? 80, LEAST_WIDTH) : Infinity,
  };
}

type Style = Parameters<typeof styleText>[0];

const LEAST_WIDTH = 80;
const TIME_WIDTH = 9;
const STATE_WIDTH = 12;
const GAP = "  ";
/** Where the packet's text begins. */
const TEXT_AT = TIME_WIDTH + STATE_WIDTH + 3 + STATE_WIDTH + 4 * GAP.length;

const STATE_STYLES: ReadonlyMap<string, Style> = new Map<string, Style>([
  ["CLOSED", "dim"],
  ["LISTEN", "dim"],
  ["SYN-SENT", "yellow"],
  ["SYN-RECEIVED", "yellow"],
  ["ESTABLISHED", "green"],
  ["TIME-WAIT", "blue"],
]);

/** `   12.3 ms  SYN-SENT  ──▶  SYN-RECEIVED  IP …`; a wide text continues below its beginning. */
export function layOutLine(line: StoryLine, style: TextStyle): string {
  const paint = painter(style);
  const state = (name: string): string =>
    paint(STATE_STYLES.get(name) ?? "magenta", name.padEnd(STATE_WIDTH));
  const [first = "", ...rest] = wrap(line.text, style.width - TEXT_AT);
  const columns = [
    paint("dim", formatTime(line.time).padStart(TIME_WIDTH)),
    state(line.states.a),
    paint("cyan", line.from === "a" ? "──▶" : "◀──"),
    state(line.states.b),
    first,
  ];
  const below = rest.map((text) => " ".repeat(TEXT_AT) + text);
  return [columns.join(GAP), ...below].join("\n");
}

/** The names of the columns. */
export function layOutHeader(style: TextStyle): string {
  const columns = [
    "time".padStart(TIME_WIDTH),
    "a".padEnd(STATE_WIDTH),
    "   ",
    "b".padEnd(STATE_WIDTH),
    "packet",
  ];
  return painter(style)(["bold", "underline"], columns.join(GAP));
}

/** A heading, and what it means unless that was told already. */
export function layOutChapter(title: string, text: string, style: TextStyle): string {
  const paint = painter(style);
  const heading = CHAPTER_INDENT + paint("bold", title);
  if (text === "") return heading;
  const width = Math.min(style.width, TEXT_COLUMNS) - CHAPTER_INDENT.length;
  const lines = wrap(text, width).map((line) => paint("dim", CHAPTER_INDENT + line));
  return [heading, ...lines, ""].join("\n");
}

/** Prose is easiest to read in lines of this length. */
const TEXT_COLUMNS = 100;
const CHAPTER_INDENT = "  ";

/** Chapters of the story, by the frame that opens them. Arguments: who is asked for. */
export const CHAPTERS: Readonly<Record<Exclude<FrameRole, "other">, Chapter>> = {
  setup: {
    title: () => "The hosts come up",
    text: () =>
      "Each host asks whether somebody has its IPv6 address already (duplicate address detection, RFC 4862). " +
      "Silence means that it may use it.",
  },
  resolution: {
    title: (target) => `Who has ${target}?`,
    text: (target) =>
      target.includes(":")
        ? "IPv6 asks a multicast group that only hosts with such an address join, not everybody " +
          "(Neighbor Discovery, RFC 4861)."
        : "a knows b's IP address but not its Ethernet address, so it asks everybody, and b answers (ARP, RFC 826).",
  },
  handshake: {
    title: () => "The handshake",
    text: () =>
      "Three segments. Each side tells its first sequence number (SYN) and what it can do: the largest segment (mss), " +
      "selective acknowledgments (sackOK), timestamps (TS), window scaling (wscale); each confirms the other's SYN (ack). " +
      "From then on tcpdump counts from the first octet.",
  },
  request: {
    title: () => "The request",
    text: () =>
      "a asks for the page. seq tells which octets these are, ack which one is expected next, " +
      "win how many more there is room for.",
  },
  response: {
    title: () => "The response",
    text: () =>
      "The page takes several segments of up to mss octets, timestamps taken off. " +
      "a acknowledges what has come without a gap.",
  },
  release: {
    title: () => "The release",
    text: () =>
      "Each direction is closed for itself: a sends FIN and b acknowledges it, then b sends FIN and a acknowledges it.",
  },
};

interface Chapter {
  title(target: string): string;
  text(target: string): string;
}

function formatTime(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}

/** Text in lines of at most `width`, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Whether to colour is decided here, not by what standard output happens to be. */
const ALWAYS = { validateStream: false };

export function painter({ colour }: TextStyle): (style: Style, text: string) => string {
  return (style, text) => (colour ? styleText(style, text, ALWAYS) : text);
}
