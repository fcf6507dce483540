import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderFindings, REASSEMBLY_TIME_EXCEEDED } from "../../../src/ip/family.ts";

describe("HeaderFindings", () => {
  it("keeps nothing of the packet before", () => {
    const findings = new HeaderFindings();
    findings.refuseWith("ip-bad-option", 2, 44);
    findings.problemEvenToGroup = true;
    findings.isFragment = true;
    findings.nextHeaderAt = 99;
    findings.reset();
    const { drop, problemCode, problemEvenToGroup, isFragment, nextHeaderAt } = findings;
    assert.deepEqual(
      { drop, problemCode, problemEvenToGroup, isFragment, nextHeaderAt },
      {
        drop: null,
        problemCode: -1,
        problemEvenToGroup: false,
        isFragment: false,
        nextHeaderAt: -1,
      },
    );
  });

  it("refuses in silence, or with a problem to report", () => {
    const findings = new HeaderFindings();
    findings.refuse("ip-source-route");
    assert.deepEqual([findings.drop, findings.problemCode], ["ip-source-route", -1]);
    findings.refuseWith("ip-bad-option", 2, 44);
    assert.deepEqual(
      [findings.drop, findings.problemCode, findings.problemPointer],
      ["ip-bad-option", 2, 44],
    );
  });
});

it("both families have one code for fragments that are missing", () => {
  assert.equal(REASSEMBLY_TIME_EXCEEDED, 1);
});
