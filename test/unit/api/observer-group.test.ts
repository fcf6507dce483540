import assert from "node:assert/strict";
import { test } from "node:test";
import { ObserverGroup } from "../../../src/api/observer-group.ts";
import type { Observer } from "../../../src/base/observer.ts";

function note(heard: string[], name: string): Observer {
  return { drop: (reason) => void heard.push(`${name} ${reason}`) };
}

function unexpected(error: unknown): void {
  assert.fail(String(error));
}

function isSilent(group: ObserverGroup): boolean {
  return group.current === null;
}

test("nobody listening is null; several all hear, until they are removed", () => {
  const group = new ObserverGroup(unexpected);
  assert.ok(isSilent(group));
  const heard: string[] = [];
  const [removeFirst, removeSecond] = ["first", "second"].map((name) =>
    group.add(note(heard, name)),
  );
  group.current?.drop?.("udp-no-port", "eth0");
  assert.deepEqual(heard, ["first udp-no-port", "second udp-no-port"]);
  removeFirst?.();
  group.current?.drop?.("link-vlan", "eth0");
  assert.deepEqual(heard.slice(2), ["second link-vlan"]);
  removeSecond?.();
  assert.ok(isSilent(group));
});

test("an observer without a method is passed over", () => {
  const group = new ObserverGroup(unexpected);
  group.add({});
  assert.doesNotThrow(() => group.current?.drop?.("link-vlan", "eth0"));
});

test("one that throws is reported, and the others hear all the same", () => {
  const errors: unknown[] = [];
  const group = new ObserverGroup((error) => errors.push(error));
  const heard: string[] = [];
  const mistake = new Error("of the observer");
  group.add({
    drop: () => {
      throw mistake;
    },
  });
  group.add(note(heard, "other"));
  group.current?.drop?.("link-vlan", "eth0");
  assert.deepEqual([heard, errors], [["other link-vlan"], [mistake]]);
});
