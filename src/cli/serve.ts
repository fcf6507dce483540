import { statSync } from "node:fs";
import { Command } from "commander";
import type { Host } from "../api/host.ts";
import { acceptForEver, listenOnAll } from "./accept-loop.ts";
import { AttachedHost } from "./attached-host.ts";
import { CommandError } from "./command-error.ts";
import { createFileServer, type RequestLine } from "./http-file-server.ts";
import { aborted, onInterrupt } from "./interrupt.ts";
import { addLinkOptions, type HostPlan, readPort, requireLink } from "./link-options.ts";

const EXAMPLES = `
Examples:
  netloom serve public --link tap:nl0,host=10.77.0.1/24 --address 10.77.0.2/24
  netloom serve . --port 8080 --upload --verbose --pcap web.pcapng \\
      --link tap:nl0,host=fd77::1/64 --address fd77::2/64
  curl http://10.77.0.2/`;

interface ServeOptions {
  readonly port: string;
  readonly upload: boolean;
  readonly verbose: boolean;
}

/** `netloom serve DIR`: a static HTTP server on the stack. */
export function serveCommand(): Command {
  const command = new Command("serve")
    .description("serve the files of a folder over HTTP")
    .argument("<DIR>", "the folder")
    .option("-p, --port <PORT>", "TCP port", "80")
    .option("--upload", "let PUT make and replace files", false)
    .option("-v, --verbose", "print a line per request", false);
  const readPlan = addLinkOptions(command);
  return command.addHelpText("after", EXAMPLES).action(async (folder: string) => {
    const options = command.opts<ServeOptions>();
    const port = readPort("--port", options.port);
    requireFolder(folder);
    const plan = readPlan();
    requireLink(plan);
    await serve(folder, port, options, plan);
  });
}

async function serve(
  folder: string,
  port: number,
  options: ServeOptions,
  plan: HostPlan,
): Promise<void> {
  const interrupted = onInterrupt();
  const attached = await AttachedHost.open(plan);
  const server = createFileServer({
    root: folder,
    upload: options.upload,
    ...(options.verbose ? { onRequest: printRequest } : {}),
  });
  try {
    await attached.ready(interrupted);
    if (interrupted.aborted) return;
    const { sockets } = attached.host;
    void acceptForEver(sockets, listenOnAll(sockets, port), server);
    process.stdout.write(`serving ${folder} at ${formatUrls(attached.host, port)}\n`);
    await aborted(interrupted);
  } finally {
    server.close();
    await attached.close();
  }
}

function requireFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new CommandError(`there is no folder ${folder}; name one that is there`);
}

/** By every address there is now, the link-local ones only if there is no other. */
function formatUrls(host: Host, port: number): string {
  const suffix = port === 80 ? "/" : `:${port}/`;
  const all = host.stack.interfaces.flatMap(({ name, isLoopback, addresses }) =>
    isLoopback ? [] : addresses.map(({ address }) => ({ address, name })),
  );
  const wide = all.filter(({ address }) => !address.isLinkLocal);
  return (wide.length > 0 ? wide : all)
    .map(({ address, name }) => {
      const zone = address.isLinkLocal && !address.isV4 ? `%25${name}` : "";
      return address.isV4 ? `${address}` : `[${address}${zone}]`;
    })
    .map((address) => `http://${address}${suffix}`)
    .join(" ");
}

function printRequest(line: RequestLine): void {
  const { client, method, url, status, isWhole, milliseconds } = line;
  const note = isWhole ? "" : " (cut off)";
  process.stdout.write(
    `${client} ${method} ${url} ${status} ${milliseconds.toFixed(1)} ms${note}\n`,
  );
}
