/** `struct msghdr` and all it points at, for sendmsg(2) and its kin. */
import { SOL_SOCKET } from "../../src/index.ts";
import * as layout from "./linux-layout.ts";
import { integerIn, type Libc } from "./linux-libc.ts";
import { SCM_RIGHTS } from "./numbers.ts";
import type { ControlMessage, MessageRoom, SentMessage } from "./sys.ts";

/** Headers ready for the kernel, and the memory they point at. */
export interface BuiltMessage {
  /** One `struct mmsghdr` for each message; the first also serves as a `msghdr`. */
  readonly headers: Uint8Array;
  /** Referenced, so that it lives until the call is over. */
  readonly kept: readonly { readonly name: Uint8Array; readonly control: Uint8Array }[];
  readonly parts: readonly Uint8Array[];
}

export function buildSent(libc: Libc, messages: readonly SentMessage[]): BuiltMessage {
  return build(
    libc,
    messages.map(({ name, parts, control = [] }) => ({
      name: name === undefined ? EMPTY : layout.encodeName(name),
      nameLength: name === undefined ? 0 : layout.lengthOfName(name),
      parts,
      control: control instanceof Uint8Array ? control : layout.encodeControl(control),
    })),
  );
}

export function buildReceived(libc: Libc, messages: readonly MessageRoom[]): BuiltMessage {
  return build(
    libc,
    messages.map(({ name, parts, controlCapacity = 0 }) => ({
      name: name === undefined ? EMPTY : new Uint8Array(layout.SOCKADDR_STORAGE),
      nameLength: name === undefined ? 0 : (name.capacity ?? layout.SOCKADDR_STORAGE),
      parts,
      control: new Uint8Array(controlCapacity),
    })),
  );
}

/** Fills in what the kernel wrote; gives the descriptors that came along. */
export function takeReceived(built: BuiltMessage, messages: readonly MessageRoom[]): number[] {
  return messages.flatMap((message, index) => {
    const at = index * layout.MMSGHDR;
    const octets = built.headers.subarray(at, at + layout.MMSGHDR);
    const { nameLength, controlLength, flags } = layout.decodeHeader(octets);
    const { name, control } = built.kept[index] as BuiltMessage["kept"][number];
    message.flags = flags;
    message.size = integerIn(octets, layout.MSGHDR);
    message.controlLength = controlLength;
    message.control = layout.decodeControl(control.subarray(0, controlLength));
    if (message.name !== undefined) {
      message.name.length = nameLength;
      message.name.name = layout.decodeName(name.subarray(0, nameLength));
    }
    return message.control.flatMap(descriptorsIn);
  });
}

interface Plan {
  readonly name: Uint8Array;
  readonly nameLength: number;
  readonly parts: readonly Uint8Array[];
  readonly control: Uint8Array;
}

const EMPTY = new Uint8Array(0);

function build({ addressOf }: Libc, plans: readonly Plan[]): BuiltMessage {
  const pointer = (octets: Uint8Array): bigint => (octets.length === 0 ? 0n : addressOf(octets));
  const headers = new Uint8Array(layout.MMSGHDR * Math.max(plans.length, 1));
  const parts: Uint8Array[] = [];
  for (const [index, plan] of plans.entries()) {
    const vector = layout.encodeParts(plan.parts.map((part) => [addressOf(part), part.length]));
    parts.push(vector, ...plan.parts);
    const header = {
      name: pointer(plan.name),
      nameLength: plan.nameLength,
      parts: addressOf(vector),
      partCount: plan.parts.length,
      control: pointer(plan.control),
      controlLength: plan.control.length,
    };
    layout.encodeHeader(header, headers.subarray(index * layout.MMSGHDR));
  }
  return { headers, kept: plans.map(({ name, control }) => ({ name, control })), parts };
}

function descriptorsIn({ level, type, data }: ControlMessage): number[] {
  if (level !== SOL_SOCKET || type !== SCM_RIGHTS) return [];
  return Array.from({ length: data.length >> 2 }, (_, index) => integerIn(data, 4 * index));
}
