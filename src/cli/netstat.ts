import { Command } from "commander";
import type { NetstatRow } from "../api/netstat.ts";
import { ControlClient } from "../platform/node/control-client.ts";
import { AttachedHost } from "./attached-host.ts";
import { type NetstatReport, netstatReport } from "./host-control.ts";
import { onInterrupt } from "./interrupt.ts";
import { addLinkOptions, type HostPlan, requireHost } from "./link-options.ts";

const EXAMPLES = `
Examples:
  netloom netstat -ano --control /tmp/netloom.sock
  netloom netstat -tln --control /tmp/netloom.sock`;

export interface NetstatOptions {
  readonly all: boolean;
  readonly listening: boolean;
  readonly timers: boolean;
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly numeric: boolean;
}

/** `netloom netstat`: the sockets of a host. */
export function netstatCommand(): Command {
  const command = new Command("netstat")
    .description("show the sockets of a host that runs with --control PATH")
    .option("-a, --all", "listening sockets too", false)
    .option("-l, --listening", "only listening sockets", false)
    .option("-n, --numeric", "numbers for names: addresses and ports always are", false)
    .option("-o, --timers", "the timer of each connection", false)
    .option("-t, --tcp", "only TCP", false)
    .option("-u, --udp", "only UDP", false);
  const readPlan = addLinkOptions(command);
  return command.addHelpText("after", EXAMPLES).action(async () => {
    const report = await fetchReport(readPlan());
    process.stdout.write(formatNetstat(report, command.opts<NetstatOptions>()));
  });
}

/** From the host at `--control`, or from one of our own, which has little to tell. */
async function fetchReport(plan: HostPlan): Promise<NetstatReport> {
  if (plan.control !== undefined && plan.links.length === 0) {
    const client = await ControlClient.connect(plan.control);
    try {
      return (await client.request("netstat")) as unknown as NetstatReport;
    } finally {
      client.close();
    }
  }
  requireHost(plan);
  const interrupted = onInterrupt();
  const attached = await AttachedHost.open(plan);
  try {
    await attached.ready(interrupted);
    return netstatReport(attached.host);
  } finally {
    await attached.close();
  }
}

/** The table that netstat(8) prints. */
export function formatNetstat(report: NetstatReport, options: NetstatOptions): string {
  const program = `${report.pid}/${report.name}`;
  const rows = report.rows.filter((row) => isShown(row, options));
  const servers = options.all
    ? "servers and established"
    : options.listening
      ? "only servers"
      : "w/o servers";
  const header = [
    "Proto",
    "Recv-Q",
    "Send-Q",
    "Local Address",
    "Foreign Address",
    "State",
    "PID/Program name",
  ];
  const cells = rows.map((row) => [
    row.proto,
    String(row.recvQ),
    String(row.sendQ),
    row.local,
    row.foreign,
    row.state,
    program,
    ...(options.timers ? [row.timer] : []),
  ]);
  const table = [options.timers ? [...header, "Timer"] : header, ...cells];
  return `Active Internet connections (${servers})\n${layOut(table)}`;
}

function isShown({ proto, state }: NetstatRow, options: NetstatOptions): boolean {
  const isTcp = proto.startsWith("tcp");
  const isUdp = proto.startsWith("udp");
  if ((options.tcp || options.udp) && !(options.tcp && isTcp) && !(options.udp && isUdp))
    return false;
  const isServer = isTcp ? state === "LISTEN" : state !== "ESTABLISHED";
  return options.all || isServer === options.listening;
}

/** netstat's own widths, and more where a cell needs it. Numbers stand to the right. */
const LEAST_WIDTHS: readonly number[] = [5, 6, 6, 23, 23, 11, 19, 0];
const NUMERIC_COLUMNS: ReadonlySet<number> = new Set([1, 2]);

function layOut(table: readonly (readonly string[])[]): string {
  const widths = LEAST_WIDTHS.map((least, column) =>
    table.reduce((width, row) => Math.max(width, (row[column] ?? "").length), least),
  );
  const lines = table.map((row, index) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const isNumber = index > 0 && NUMERIC_COLUMNS.has(column);
        return isNumber ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(" ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
