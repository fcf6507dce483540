import assert from "node:assert/strict";

/** Octets written in hex, spaced as the reader likes: `"45 00 0054"`. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/[\s|]/g, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new Error(`not whole octets in hex: ${text}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Octets as hex in groups of four, for messages that a reader can compare. */
export function toHex(octets: Uint8Array): string {
  const digits = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return digits.match(/.{1,8}/g)?.join(" ") ?? "";
}

/** A view of `octets` that begins `at` octets into a buffer which ends where they end. */
export function viewAt(octets: Uint8Array, at = 0): DataView {
  const whole = new Uint8Array(at + octets.length);
  whole.set(octets, at);
  return new DataView(whole.buffer);
}

/** The octets that `write` leaves at `at` in a buffer that held nothing but ones. */
export function written(
  length: number,
  write: (view: DataView, at: number) => void,
  at = 0,
): Uint8Array {
  const whole = new Uint8Array(at + length + 4).fill(0xff);
  write(new DataView(whole.buffer), at);
  assert.ok(
    whole.every((octet, i) => (i >= at && i < at + length) || octet === 0xff),
    "octets outside the header were touched",
  );
  return whole.slice(at, at + length);
}

type Predicate = (view: DataView, at: number, end: number) => boolean;

/**
 * `isWhole` accepts `octets` and refuses every shorter cut of them. Each cut
 * lies in a buffer of its own size, so that a look past the end throws.
 */
export function assertRefusesCuts(isWhole: Predicate, octets: Uint8Array): void {
  for (const at of [0, 3]) {
    for (let length = 0; length < octets.length; length++) {
      const view = viewAt(octets.subarray(0, length), at);
      assert.equal(isWhole(view, at, at + length), false, `${length} octets at ${at}`);
    }
    assert.equal(isWhole(viewAt(octets, at), at, at + octets.length), true, `whole at ${at}`);
  }
}
