import { type RandomSource, randomBelow } from "../../src/base/random.ts";
import { MAX_FRAME, type Specimen } from "./specimen.ts";

type Mutation = (specimen: Specimen, random: RandomSource, donor: Uint8Array) => void;

/** Spoils a frame in one to four ways. `donor` is another valid frame, for splices. */
export function mutate(specimen: Specimen, random: RandomSource, donor: Uint8Array): void {
  const times = 1 + (random.int32() & random.int32() & 3);
  for (let n = 0; n < times && specimen.length > 0; n++) {
    const mutation = MUTATIONS[randomBelow(random, MUTATIONS.length)] as Mutation;
    mutation(specimen, random, donor);
  }
}

function flipBits({ bytes, length }: Specimen, random: RandomSource): void {
  const flips = 1 + randomBelow(random, 8);
  for (let n = 0; n < flips; n++) {
    const at = randomBelow(random, length);
    bytes[at] = (bytes[at] as number) ^ (1 << randomBelow(random, 8));
  }
}

function truncate(specimen: Specimen, random: RandomSource): void {
  // Mostly near the end, sometimes anywhere, down to nothing.
  const cut = randomBelow(random, random.int32() & 1 ? 40 : specimen.length + 1);
  specimen.length = Math.max(0, specimen.length - cut);
}

function extend(specimen: Specimen, random: RandomSource): void {
  const isLong = randomBelow(random, 500) === 0;
  const room = MAX_FRAME - specimen.length;
  const octets = Math.min(room, 1 + randomBelow(random, isLong ? 65_000 : 64));
  const fill = random.int32();
  specimen.bytes.fill(fill, specimen.length, specimen.length + octets);
  specimen.length += octets;
}

/** A field of the frame's own headers gets a value from the edge of its range. */
function overwriteField(specimen: Specimen, random: RandomSource): void {
  const layout = specimen.survey();
  const fields = random.int32() & 1 ? fieldsOfNetwork(layout.version) : FIELDS_OF[layout.protocol];
  if (fields === undefined) return overwriteAnywhere(specimen, random);
  const base = fields === FIELDS_OF[layout.protocol] ? layout.transportAt : 0;
  const index = randomBelow(random, fields.length / 2) * 2;
  overwrite(specimen, random, base + (fields[index] as number), fields[index + 1] as number);
}

function overwriteAnywhere(specimen: Specimen, random: RandomSource): void {
  const width = 1 << randomBelow(random, 3);
  overwrite(specimen, random, randomBelow(random, specimen.length), width);
}

/** One octet of options, extension headers or an early payload: where lengths and kinds are. */
function overwriteOption(specimen: Specimen, random: RandomSource): void {
  const { transportAt } = specimen.survey();
  const at = transportAt + 8 + randomBelow(random, 56);
  overwrite(specimen, random, at, 1);
}

function overwrite(specimen: Specimen, random: RandomSource, at: number, width: number): void {
  if (at + width > specimen.length) return;
  const { view } = specimen;
  if (width === 1) view.setUint8(at, pick(EDGES_8, random));
  else if (width === 2) {
    const near = view.getUint16(at) + randomBelow(random, 5) - 2;
    view.setUint16(at, random.int32() & 1 ? near : pick(EDGES_16, random));
  } else {
    const near = view.getInt32(at) + pick(DISTANCES, random);
    view.setInt32(at, random.int32() & 1 ? near : pick(EDGES_32, random));
  }
}

/** The head of one frame and the tail of another. */
function splice(specimen: Specimen, random: RandomSource, donor: Uint8Array): void {
  const head = randomBelow(random, specimen.length);
  const from =
    random.int32() & 1 ? Math.min(head, donor.length) : randomBelow(random, donor.length);
  specimen.bytes.set(donor.subarray(from), head);
  specimen.length = head + donor.length - from;
}

/** A run of octets turns up a second time, somewhere else. */
function copyRun({ bytes, length }: Specimen, random: RandomSource): void {
  const from = randomBelow(random, length);
  const to = Math.min(length, from + 1 + randomBelow(random, 32));
  bytes.copyWithin(randomBelow(random, length - (to - from) + 1), from, to);
}

function fillRun({ bytes, length }: Specimen, random: RandomSource): void {
  const from = randomBelow(random, length);
  bytes.fill(pick(EDGES_8, random), from, from + 1 + randomBelow(random, 16));
}

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  truncate,
  extend,
  overwriteField,
  overwriteField,
  overwriteField,
  overwriteAnywhere,
  overwriteOption,
  splice,
  copyRun,
  fillRun,
];

function pick(values: Int32Array, random: RandomSource): number {
  return values[randomBelow(random, values.length)] as number;
}

const EDGES_8 = Int32Array.of(
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  10,
  14,
  16,
  17,
  18,
  34,
  43,
  44,
  58,
  59,
  60,
  0x40,
  0x44,
  0x46,
  0x4f,
  0x50,
  0x60,
  0x7f,
  0x80,
  0x86,
  0xc0,
  0xe0,
  0xf0,
  0xfe,
  0xff,
);
const EDGES_16 = Int32Array.of(
  0,
  1,
  2,
  7,
  8,
  9,
  19,
  20,
  21,
  28,
  39,
  40,
  60,
  63,
  64,
  67,
  68,
  127,
  128,
  255,
  256,
  536,
  576,
  1279,
  1280,
  1281,
  1459,
  1460,
  1461,
  1480,
  1499,
  1500,
  1501,
  0x0800,
  0x0806,
  0x1fff,
  0x2000,
  0x2001,
  0x3fff,
  0x4000,
  0x7fff,
  0x8000,
  0x8100,
  0x86dd,
  0xfff7,
  0xfff8,
  0xfffe,
  0xffff,
);
/** As addresses too: limited broadcast, loopback, groups, the v4-mapped prefix, class E. */
const EDGES_32 = Int32Array.of(
  0,
  1,
  -1,
  0x7fffffff,
  0x80000000,
  0x7f000001,
  0xe0000001,
  0xff020000,
  0xfe800000,
  0xf0000001,
  0xffff,
  0x0a4d0001,
  0x0a4d0002,
  0x0a4d00ff,
  0x0a4d0000,
  0xff000002,
  68,
  1280,
  65_535,
  65_536,
);
/** Steps through sequence space: across a window, an edge, half the circle. */
const DISTANCES = Int32Array.of(
  1,
  -1,
  2,
  -2,
  536,
  -536,
  1460,
  -1460,
  14_600,
  65_535,
  -65_535,
  65_536,
  1 << 20,
  -(1 << 20),
  1 << 30,
  -(1 << 30),
  1 << 31,
  0x7fffffff,
);

/** Offset and width of the fields below transport, from the start of the frame. */
function fieldsOfNetwork(version: number): readonly number[] {
  if (version === 4) return V4_FIELDS;
  return version === 6 ? V6_FIELDS : ETHERNET_FIELDS;
}

const ETHERNET_FIELDS = [0, 4, 2, 4, 6, 4, 12, 2, 14, 2, 16, 2, 18, 1, 19, 1, 20, 2, 28, 4, 38, 4];
const V4_FIELDS = [
  12, 2, 14, 1, 15, 1, 16, 2, 18, 2, 20, 2, 20, 2, 22, 1, 23, 1, 24, 2, 26, 4, 30, 4, 34, 1, 35, 1,
];
const V6_FIELDS = [
  12, 2, 14, 1, 15, 1, 18, 2, 20, 1, 20, 1, 21, 1, 22, 4, 30, 4, 34, 4, 38, 4, 46, 4, 50, 4, 54, 1,
  55, 1, 56, 2, 58, 4,
];
/** From the start of the transport header. */
const FIELDS_OF: Readonly<Record<number, readonly number[]>> = {
  1: [
    0, 1, 1, 1, 2, 2, 4, 2, 6, 2, 4, 4, 8, 1, 10, 2, 14, 2, 17, 1, 20, 4, 24, 4, 28, 2, 30, 2, 32,
    4,
  ],
  6: [0, 2, 2, 2, 4, 4, 4, 4, 8, 4, 8, 4, 12, 1, 13, 1, 13, 1, 14, 2, 16, 2, 18, 2, 20, 1, 21, 1],
  17: [0, 2, 2, 2, 4, 2, 6, 2],
  58: [0, 1, 1, 1, 2, 2, 4, 4, 8, 4, 20, 4, 24, 1, 25, 1, 12, 2, 14, 1, 32, 1, 33, 1, 48, 2, 52, 4],
};
