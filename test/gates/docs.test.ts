import { describe, test } from "node:test";
import { checkDocs } from "../../scripts/check-docs.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { accepts, acceptsTree, finds } from "../support/findings.ts";

const DOCUMENT = "docs/architecture.md";
const SOURCES = {
  "src/ip/input.ts": "export function ipInput(): void {}\n",
  "src/stack/stack.ts": "export class Stack { #wake(): void {} pollTransmit(): void {} }\n",
};

describe("the names in the architecture document", () => {
  test("exist in this checkout", () => acceptsTree(checkDocs, CHECKOUT));

  test("may be functions, classes, methods and paths", () => {
    const text = "`ipInput()` → `Stack.pollTransmit()`, then `wake()`, see `src/ip/input.ts`.\n";
    accepts(checkDocs, { ...SOURCES, [DOCUMENT]: text });
  });

  const gone = ["`ipOutput()`", "`Stack.pollTimeout()`", "`src/ip/output.ts`", "`a() → ipInput()`"];
  for (const text of gone) {
    test(`are caught when there is no ${text}`, () => {
      const tree = { ...SOURCES, [DOCUMENT]: `# Title\n\n${text}\n` };
      finds(checkDocs, tree, [`${DOCUMENT}:3`, /does not exist/]);
    });
  }
});
