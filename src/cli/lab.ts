import { Command } from "commander";
import { onInterrupt, raceAbort, sleep } from "./interrupt.ts";
import { LabNetwork } from "./lab-network.ts";
import { type FrameRole, Story, type StoryLine } from "./lab-story.ts";
import {
  CHAPTERS,
  layOutChapter,
  layOutHeader,
  layOutLine,
  type TextStyle,
  terminalStyle,
} from "./lab-text.ts";

const EXAMPLES = `
Examples:
  netloom lab           tells the story, then repeats it until Ctrl-C
  netloom lab --once    tells it once and ends
Needs neither root nor a network.`;

/** Between two exchanges. */
const PAUSE_MS = 5000;
/** Longer than a frame is under way. */
const SETTLE_MS = 30;
/** Frames that are still under way get this long at most. */
const QUIET_MS = 3000;

/** `netloom lab`: two hosts in this process, and every packet between them. */
export function labCommand(): Command {
  return new Command("lab")
    .description("watch two hosts talk on a virtual network in this process (the default)")
    .option("--once", "tell the story once and end", false)
    .addHelpText("after", EXAMPLES)
    .action(async ({ once }: { once: boolean }) => {
      await new Lab(terminalStyle(process.stdout, process.env)).run(once, onInterrupt());
    });
}

class Lab {
  readonly #style: TextStyle;
  readonly #network = new LabNetwork();
  readonly #story: Story;
  #role: FrameRole | null = null;
  /** The address that is being asked for. */
  #target = "";
  /** Explanations are given once; later exchanges have headings only. */
  readonly #explained = new Set<string>();
  /** The last line printed was empty, or there was none. */
  #isAfterBlank = true;

  constructor(style: TextStyle) {
    this.#style = style;
    this.#story = new Story(this.#network, (line) => this.#handleLine(line));
  }

  async run(once: boolean, interrupted: AbortSignal): Promise<void> {
    try {
      this.#introduce();
      await raceAbort(this.#network.start(), interrupted);
      await this.#untilQuiet(interrupted);
      for (let round = 0; !interrupted.aborted; round++) {
        await this.#exchange("v4", interrupted);
        await this.#exchange("v6", interrupted);
        if (round === 0 && !interrupted.aborted) this.#conclude();
        if (once || !(await sleep(PAUSE_MS, interrupted))) return;
      }
    } finally {
      await this.#network.close();
    }
  }

  #introduce(): void {
    const { a, b } = this.#network;
    const describe = ({ name, mac, v4, v6 }: typeof a, does: string): string =>
      `  ${name}   ${mac}   ${v4}   ${v6}   ${does}`;
    print(
      [
        "Two hosts on a virtual Ethernet switch, 10 ms apart, all in this process:",
        "",
        describe(a, "fetches a page"),
        describe(b, "serves it on port 80, with node:http on Netloom's sockets"),
        "",
        "Beside each packet: the TCP state of its sender as it left, and of its receiver once it had arrived.",
        "",
        layOutHeader(this.#style),
        "",
      ].join("\n"),
    );
  }

  async #exchange(family: "v4" | "v6", interrupted: AbortSignal): Promise<void> {
    this.#story.beginExchange();
    this.#role = null;
    this.#target = this.#network.b[family];
    const page = await raceAbort(this.#network.fetch(family), interrupted);
    // The last ACK is still on its way.
    await this.#untilQuiet(interrupted);
    if (page === undefined || interrupted.aborted) return;
    const [a, b] = [this.#story.stateOf("a"), this.#story.stateOf("b")];
    this.#chapter(
      `a has the page (status ${page.status}, ${page.octets} octets) and is in ${a}, b is ${b}`,
      "a sent the last ACK and cannot know that it arrived: it remembers the connection for a minute, to answer " +
        "should b repeat its FIN, and so that no segment that was late is taken for one of a new connection.",
    );
  }

  /** Waits until every frame has arrived and the story has told it. */
  async #untilQuiet(interrupted: AbortSignal): Promise<void> {
    const deadline = performance.now() + QUIET_MS;
    do await sleep(SETTLE_MS, interrupted);
    while (!this.#story.isQuiet && !interrupted.aborted && performance.now() < deadline);
  }

  /** What netstat shows of both. */
  #conclude(): void {
    const rows = [this.#network.a, this.#network.b].flatMap(({ name, host }) =>
      host
        .netstat()
        .map(({ proto, local, foreign, state, timer }) =>
          [
            `  ${name}  ${proto.padEnd(5)}`,
            local.padEnd(22),
            foreign.padEnd(22),
            state.padEnd(11),
            timer,
          ].join("  "),
        ),
    );
    this.#chapter("What netstat -ano shows of both", "");
    print(`${rows.join("\n")}\n`);
    this.#isAfterBlank = true;
  }

  #handleLine(line: StoryLine): void {
    if (line.role !== "other" && line.role !== this.#role) {
      this.#role = line.role;
      const { title, text } = CHAPTERS[line.role];
      this.#chapter(title(this.#target), text(this.#target));
    }
    print(layOutLine(line, this.#style));
    this.#isAfterBlank = false;
  }

  #chapter(title: string, text: string): void {
    const isNew = !this.#explained.has(text);
    this.#explained.add(text);
    if (!this.#isAfterBlank) print("");
    print(layOutChapter(title, isNew ? text : "", this.#style));
    this.#isAfterBlank = isNew && text !== "";
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
