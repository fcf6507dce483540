import assert from "node:assert/strict";
import { it } from "node:test";
import { MulticastGroups } from "../../../src/ip/multicast.ts";
import { ip } from "../../support/network-host.ts";

it("groups are joined on the link by the first member and left by the last", () => {
  const log: string[] = [];
  const groups = new MulticastGroups({
    joinGroup: (group) => log.push(`join ${group}`),
    leaveGroup: (group) => log.push(`leave ${group}`),
  });
  const group = ip("ff02::5");
  const isMember = (): boolean => groups.has(group.a, group.b, group.c, group.d);
  assert.equal(groups.leave(group), false);
  groups.join(group);
  groups.join(ip("ff02::5"));
  groups.join(ip("224.0.0.5"));
  assert.ok(isMember());
  assert.deepEqual(groups.groups().map(String), ["ff02::5", "224.0.0.5"]);
  assert.equal(groups.leave(group), true);
  assert.ok(isMember());
  assert.equal(groups.leave(group), true);
  assert.ok(!isMember());
  assert.deepEqual(log, ["join ff02::5", "join 224.0.0.5", "leave ff02::5"]);
});
