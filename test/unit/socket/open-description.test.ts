import assert from "node:assert/strict";
import { test } from "node:test";
import { POLLIN } from "../../../src/socket/constants.ts";
import { OpenDescription } from "../../../src/socket/open-description.ts";

class Lamp extends OpenDescription {
  lit = false;
  asked = 0;

  override poll(): number {
    this.asked++;
    return this.lit ? POLLIN : 0;
  }

  override read(): number {
    return 0;
  }

  override write(): number {
    return 0;
  }

  override close(): void {}
}

test("a wake passes on the readiness of now, and asks for it only when somebody waits", () => {
  const description = new Lamp();
  description.wake();
  assert.equal(description.asked, 0);
  const masks: number[] = [];
  description.waiters.add({ interest: POLLIN, handleReady: (mask) => masks.push(mask) });
  description.wake();
  description.lit = true;
  description.wake();
  assert.deepEqual(masks, [POLLIN]);
  assert.equal(description.asked, 2);
  assert.equal(description.ioctl(1, 2, 3), -25, "ENOTTY");
});
