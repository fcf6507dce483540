#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { SystemError } from "../api/system-error.ts";
import { errnoMessage } from "../base/errno.ts";
import { DeviceError } from "../platform/node/device-error.ts";
import { CommandError } from "./command-error.ts";
import { labCommand } from "./lab.ts";
import { ncCommand } from "./nc.ts";
import { netstatCommand } from "./netstat.ts";
import { pingCommand } from "./ping.ts";
import { serveCommand } from "./serve.ts";
import { tcpdumpCommand } from "./tcpdump.ts";

const EXAMPLES = `
Examples:
  netloom lab --once
  netloom serve public --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24
  netloom ping 10.77.0.1 --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24
  netloom netstat -an --control /tmp/netloom.sock

Exit status: 0 done, 1 the network said no, 2 bad usage.`;

// Whoever reads our output may stop before its end, as head(1) does. That is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await run(process.argv);

/** Runs the command line; its exit status. */
async function run(args: readonly string[]): Promise<number> {
  const program = new Command("netloom")
    .description("A TCP/IP network stack of its own, in a process of its own")
    .addCommand(labCommand(), { isDefault: true })
    .addCommand(serveCommand())
    .addCommand(pingCommand())
    .addCommand(ncCommand())
    .addCommand(netstatCommand())
    .addCommand(tcpdumpCommand())
    .addHelpText("after", EXAMPLES);
  for (const command of [program, ...program.commands]) {
    // Commander prints its errors and its advice on lines of their own; ours is one line.
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  try {
    checkCommand(program, args[2]);
    await program.parseAsync(args);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error);
  }
}

/** The default command would take a mistyped one for its argument. */
function checkCommand(program: Command, word: string | undefined): void {
  if (word === undefined || word.startsWith("-") || word === "help") return;
  const names = program.commands.map((command) => command.name());
  if (names.includes(word)) return;
  throw new CommandError(`there is no command ${word}; there are ${names.join(", ")}`);
}

/** Says what was wrong in one line; the exit status for it. */
function report(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const [message, status] = describe(error);
  process.stderr.write(`netloom: ${message}\n`);
  return status;
}

function describe(error: unknown): [message: string, status: number] {
  if (error instanceof CommandError) return [error.message, error.status];
  if (error instanceof DeviceError) return [error.message, 2];
  if (error instanceof CommanderError) return [describeUsage(error), 2];
  if (error instanceof SystemError) return describeSystem(error);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [`this should not have happened; please report it\n${stack}`, 1];
}

/** `error: unknown option '--foo'\n(Did you mean --pcap?)` as one sentence. */
function describeUsage(error: CommanderError): string {
  const text = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return `${text}; netloom --help shows what there is`;
}

function describeSystem(error: SystemError): [message: string, status: number] {
  const target = error.address === undefined ? "" : ` ${error.address}`;
  const port = error.port === undefined ? "" : ` port ${error.port}`;
  const message = `${error.syscall}${target}${port}: ${errnoMessage(error.errno)}`;
  const isOurs = error.code === "EADDRINUSE" || error.code === "EADDRNOTAVAIL";
  return [message, isOurs ? 2 : 1];
}
