import assert from "node:assert/strict";
import { test } from "node:test";
import { TcpState } from "../../../src/tcp/state.ts";
import { stateName } from "../../../src/tcp/transition.ts";

test("eleven states with the numbers of tcp_info(7), each with a name", () => {
  const linux =
    "ESTABLISHED SYN-SENT SYN-RECEIVED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED CLOSE-WAIT LAST-ACK LISTEN CLOSING";
  const byNumber = Object.values(TcpState).sort((a, b) => a - b);
  assert.deepEqual(byNumber, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(byNumber.map(stateName).join(" "), linux);
});
