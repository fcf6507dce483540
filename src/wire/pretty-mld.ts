import { IpAddress } from "../base/ip-address.ts";

/**
 * Group records of an IGMPv3 report (RFC 3376 §4.2) and of its IPv6 twin, the
 * MLDv2 report (RFC 3810 §5.2), which differ in the size of an address:
 *
 * ```
 *  0      1        2          4            4+a
 *  | type | aux    | sources  | group (a)  | source addresses … auxiliary words
 * ```
 */
const RECORDS = 8;
const RECORD_COUNT = 6;
const SOURCES = 2;
const GROUP = 4;

const RECORD_TYPES: readonly string[] = ["", "is_in", "is_ex", "to_in", "to_ex", "allow", "block"];

/** `, 1 group record(s)` and, with `-v`, each record of an MLDv2 report at `at`. */
export function formatMldReport(view: DataView, at: number, end: number, verbose: number): string {
  return formatReport(view, at, end, { verbose, addressLength: 16 });
}

/** An IGMP message (RFC 1112, 2236, 3376) in tcpdump's notation. */
export function formatIgmp(view: DataView, at: number, end: number, verbose: number): string {
  if (end - at < RECORDS) return "[|igmp]";
  const group = IpAddress.readV4(view, at + GROUP);
  const type = view.getUint8(at);
  switch (type) {
    case 0x11:
      return `igmp query${formatQuery(view, at, end)}`;
    case 0x12:
      return `igmp v1 report ${group}`;
    case 0x16:
      return `igmp v2 report ${group}`;
    case 0x17:
      return `igmp leave ${group}`;
    case 0x22:
      return `igmp v3 report${formatReport(view, at, end, { verbose, addressLength: 4 })}`;
    default:
      return `igmp-${type}`;
  }
}

function formatQuery(view: DataView, at: number, end: number): string {
  const group = IpAddress.readV4(view, at + GROUP);
  const groupText = group.isUnspecified ? "" : ` [gaddr ${group}]`;
  if (end - at >= 12) return ` v3${groupText}`;
  return `${view.getUint8(at + 1) === 0 ? " v1" : " v2"}${groupText}`;
}

interface ReportStyle {
  readonly verbose: number;
  readonly addressLength: 4 | 16;
}

function formatReport(view: DataView, at: number, end: number, style: ReportStyle): string {
  const count = view.getUint16(at + RECORD_COUNT);
  let text = `, ${count} group record(s)`;
  if (style.verbose === 0) return text;
  let record = at + RECORDS;
  for (let i = 0; i < count; i++) {
    if (record + GROUP + style.addressLength > end) return `${text} [invalid number of groups]`;
    const sources = view.getUint16(record + SOURCES);
    text += ` [gaddr ${readAddress(view, record + GROUP, style)}`;
    text += ` ${RECORD_TYPES[view.getUint8(record)] || `[report-#${view.getUint8(record)}]`}`;
    const next = record + GROUP + style.addressLength * (1 + sources);
    if (next > end) return `${text} [invalid number of sources ${sources}]`;
    text +=
      style.verbose === 1 ? `, ${sources} source(s)` : ` {${listSources(view, record, style)} }`;
    text += "]";
    record = next;
  }
  return text;
}

function listSources(view: DataView, record: number, style: ReportStyle): string {
  let text = "";
  for (let i = 1; i <= view.getUint16(record + SOURCES); i++) {
    text += ` ${readAddress(view, record + GROUP + i * style.addressLength, style)}`;
  }
  return text;
}

function readAddress(view: DataView, at: number, { addressLength }: ReportStyle): IpAddress {
  return addressLength === 4 ? IpAddress.readV4(view, at) : IpAddress.readV6(view, at);
}
