/**
 * What tcpdump tells of HTTP: the protocol's name, and the request or status
 * line when the segment begins with one; with `-v` the header lines too.
 */
export function formatHttp(view: DataView, at: number, end: number, verbose: number): string {
  if (!startsMessage(view, at, end)) return "HTTP";
  if (verbose === 0) {
    const line = readLine(view, at, end);
    return line === null ? "HTTP" : `HTTP: ${line.text}`;
  }
  let text = `HTTP, length: ${end - at}`;
  for (let from = at; from < end; ) {
    const line = readLine(view, from, end);
    if (line === null) break;
    text += `\n\t${line.text}`;
    from = line.next;
  }
  return text;
}

/** Ports whose payload is taken for HTTP. */
export function isHttpPort(port: number): boolean {
  return port === 80 || port === 8080;
}

const METHODS: ReadonlySet<string> = new Set([
  ...["GET", "PUT", "HEAD", "POST", "TRACE", "DELETE", "CONNECT", "OPTIONS", "COPY", "LOCK"],
  ...["MOVE", "MKCOL", "UNLOCK", "REPORT", "SEARCH", "UPDATE", "PROPFIND", "PROPPATCH", "CHECKIN"],
  ...["CHECKOUT", "MERGE", "LABEL", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "POLL", "UNCHECKOUT"],
  ...["BCOPY", "BMOVE", "BDELETE", "BPROPFIND", "BPROPPATCH", "CCM_POST", "RPC_CONNECT"],
  ...["MKACTIVITY", "MKWORKSPACE", "VERSION-CONTROL", "BASELINE-CONTROL"],
]);

/** A word no longer than tcpdump's own limit. */
const MAX_WORD = 128;

/** Whether the first word is a method, or the second a status code of three digits. */
function startsMessage(view: DataView, at: number, end: number): boolean {
  const first = readWord(view, at, end);
  if (first === null) return false;
  if (METHODS.has(first.text.toUpperCase())) return true;
  const second = readWord(view, first.next, end);
  return second !== null && /^[0-9]{3}$/.test(second.text);
}

interface Piece {
  readonly text: string;
  /** Where the next piece begins. */
  readonly next: number;
}

function readWord(view: DataView, at: number, end: number): Piece | null {
  let text = "";
  let position = at;
  for (; position < end && !isSpace(view.getUint8(position)); position++) {
    const octet = view.getUint8(position);
    if (!isPrintable(octet) || text.length >= MAX_WORD) return null;
    text += String.fromCharCode(octet);
  }
  if (text === "") return null;
  while (position < end && view.getUint8(position) === SPACE) position++;
  return { text, next: position };
}

/** One printable line; null when something unprintable stands in it. A line without an end is marked as cut. */
function readLine(view: DataView, at: number, end: number): Piece | null {
  let text = "";
  for (let position = at; position < end; position++) {
    const octet = view.getUint8(position);
    if (octet === LF) return { text, next: position + 1 };
    if (octet === CR) {
      if (position + 1 >= end) return { text, next: position + 1 };
      return view.getUint8(position + 1) === LF ? { text, next: position + 2 } : null;
    }
    if (!isPrintable(octet) && octet !== TAB) return null;
    text += String.fromCharCode(octet);
  }
  return { text: `${text} [|http]`, next: end };
}

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;

function isPrintable(octet: number): boolean {
  return octet >= SPACE && octet < 127;
}

function isSpace(octet: number): boolean {
  return octet === SPACE || (octet >= TAB && octet <= CR);
}
