import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { citedIn, readCitations, readRequirements } from "../../scripts/lib/requirements.ts";
import { withTree } from "../support/fixture-tree.ts";

// Put together here, so that these examples are not themselves taken for citations.
const REQ = ["// req", " "].join(":");

describe("requirement lists and citations", () => {
  test("read a row with its strength", () => {
    const rows = [
      "| ID | Requirement | Source |",
      "|---|---|---|",
      "| MUST-1 | The window is unsigned | 9293 |",
      "| SHLD-2 | Should | 9293 |",
      "| RTO-1 | [F] First RTO is 1 s | 6298 |",
      "| RTO-2 | [M] Then computed | 6298 |",
      "| RTO-3 | withdrawn | 6298 |",
    ];
    const read = withTree({ "tcp.md": rows.join("\n") }, (root) => readRequirements(root, "tcp"));
    assert.deepEqual(read, [
      { id: "tcp/MUST-1", strength: "must", text: "The window is unsigned" },
      { id: "tcp/SHLD-2", strength: "should", text: "Should" },
      { id: "tcp/RTO-1", strength: "fact", text: "First RTO is 1 s" },
      { id: "tcp/RTO-2", strength: "must", text: "Then computed" },
    ]);
  });

  const lines: readonly [text: string, ids: string[]][] = [
    [`${REQ}tcp/MUST-40`, ["tcp/MUST-40"]],
    [`  ${REQ}tcp/MUST-40, MUST-41`, ["tcp/MUST-40", "tcp/MUST-41"]],
    [`f(); ${REQ}tcp/RTO-1, ip/V4-2, V4-3: why`, ["tcp/RTO-1", "ip/V4-2", "ip/V4-3"]],
    [`${REQ}arp-nd/ARP-1`, ["arp-nd/ARP-1"]],
    ["const text = 'tcp/MUST-40';", []],
  ];
  for (const [text, ids] of lines) {
    test(`find ${ids.join(" and ") || "nothing"} in one line`, () => {
      assert.deepEqual(citedIn(text), ids);
    });
  }

  test("find citations in tests and in packet scripts", () => {
    const tree = {
      "test/unit/a.test.ts": `\n${REQ}tcp/MUST-1\n`,
      "test/conformance/b.pkt": `${REQ}tcp/MUST-2\n`,
    };
    const found = withTree(tree, readCitations);
    assert.deepEqual(found, [
      { id: "tcp/MUST-1", file: "test/unit/a.test.ts", line: 2 },
      { id: "tcp/MUST-2", file: "test/conformance/b.pkt", line: 1 },
    ]);
  });
});
