import assert from "node:assert/strict";
import { test } from "node:test";
import { ObserverGroup } from "../../../src/api/observer-group.ts";

test("nobody listening is null, one is himself, several all hear", () => {
  const group = new ObserverGroup();
  assert.equal(group.current, null);
  const heard: string[] = [];
  const first = { drop: (reason: string) => void heard.push(`first ${reason}`) };
  const second = { drop: (reason: string) => void heard.push(`second ${reason}`) };
  const removeFirst = group.add(first);
  assert.equal(group.current, first);
  group.add(second);
  group.current?.drop?.("udp-no-port", "eth0");
  assert.deepEqual(heard, ["first udp-no-port", "second udp-no-port"]);
  removeFirst();
  assert.equal(group.current, second);
});

test("an observer without a method is passed over", () => {
  const group = new ObserverGroup();
  group.add({});
  group.add({});
  const name = "eth0";
  assert.doesNotThrow(() => group.current?.drop?.("link-vlan", name));
});
