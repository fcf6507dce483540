import assert from "node:assert/strict";
import { test } from "node:test";
import { webRuntime } from "../../../src/api/runtime.ts";

test("a task runs once, not within the call, not before its time", async () => {
  const runtime = webRuntime();
  const start = runtime.now();
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    runtime.schedule(() => ran.push("soon"), Number.NEGATIVE_INFINITY);
    runtime.schedule(() => {
      ran.push("later");
      assert.ok(runtime.now() - start >= 5, "a deadline never comes early");
      resolve();
    }, start + 5);
    assert.deepEqual(ran, []);
  });
  assert.deepEqual(ran, ["soon", "later"]);
});

test("what is cancelled does not run", async () => {
  const runtime = webRuntime();
  const now = runtime.now();
  const cancelSoon = runtime.schedule(() => assert.fail("cancelled"), now);
  const cancelLater = runtime.schedule(() => assert.fail("cancelled"), now + 1);
  cancelSoon();
  cancelLater();
  await new Promise<void>((resolve) => {
    runtime.schedule(resolve, now + 3);
  });
});

test("the secure source does not repeat itself", () => {
  const { secureRandom } = webRuntime();
  const words = new Set(Array.from({ length: 1000 }, () => secureRandom.int32()));
  assert.ok(words.size > 990, `${words.size} distinct words of 1000`);
});
