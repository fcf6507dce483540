import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { Nonces } from "../../../src/link/ndp-nonce.ts";
import { areNdOptionsValid } from "../../../src/wire/ndp.ts";
import { written } from "../../support/hex.ts";

describe("Nonces", () => {
  // req: arp-nd/DAD-10
  it("knows the nonces that it made, and no others", () => {
    const nonces = new Nonces(new SeededRandom(1));
    const strangers = new Nonces(new SeededRandom(2));
    const option = written(8, (view, at) => assert.equal(nonces.append(view, at), at + 8));
    const view = new DataView(option.buffer);
    assert.ok(areNdOptionsValid(view, 0, 8));
    assert.deepEqual([...option.slice(0, 2)], [14, 1]);
    assert.equal(nonces.isOurs(view, 0, 8), true);
    assert.equal(strangers.isOurs(view, 0, 8), false);
    assert.equal(nonces.isOurs(view, 8, 8), false, "without the option");
  });

  it("makes a new one each time and remembers the last sixteen", () => {
    const nonces = new Nonces(new SeededRandom(1));
    const options = Array.from({ length: 17 }, () =>
      written(8, (view, at) => nonces.append(view, at)),
    );
    assert.equal(new Set(options.map(String)).size, 17);
    const known = options.map((option) => nonces.isOurs(new DataView(option.buffer), 0, 8));
    assert.deepEqual(known, [false, ...new Array<boolean>(16).fill(true)]);
  });
});
