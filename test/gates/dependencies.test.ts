import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isInstalled } from "../../scripts/ensure-dependencies.mjs";
import { withTree } from "../support/fixture-tree.ts";

const LOCK = "package-lock.json";
const PRESENT = "node_modules/.package-lock.json";
const lockOf = (packages: object): string => JSON.stringify({ packages });
const one = { "node_modules/one": { integrity: "sha512-1" } };

/** Whether the tree counts as installed when the lock file is the newer of the two. */
function isCurrent(wanted: object, present: object): boolean {
  return withTree({ [LOCK]: lockOf(wanted), [PRESENT]: lockOf(present) }, (root) => {
    utimesSync(join(root, PRESENT), 1, 1);
    return isInstalled(root);
  });
}

describe("the installed dependencies", () => {
  test("are missing in a fresh clone", () => {
    assert.equal(withTree({ [LOCK]: lockOf({}) }, isInstalled), false);
  });

  test("are current when newer than the lock file", () => {
    const tree = { [LOCK]: lockOf(one), [PRESENT]: lockOf({}) };
    const verdict = withTree(tree, (root) => {
      utimesSync(join(root, LOCK), 1, 1);
      return isInstalled(root);
    });
    assert.equal(verdict, true);
  });

  test("are current when a newer lock file asks for the same", () => {
    assert.equal(isCurrent({ "": {}, ...one }, one), true);
  });

  test("are stale when a version differs or a package is absent", () => {
    assert.equal(isCurrent(one, { "node_modules/one": { integrity: "sha512-2" } }), false);
    assert.equal(isCurrent(one, {}), false);
  });

  test("may lack what is optional: other systems' binaries", () => {
    assert.equal(isCurrent({ "node_modules/two": { optional: true } }, {}), true);
  });
});
