import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { type Counted, FlowCensus } from "../../../src/stack/flow-census.ts";
import type { TcpConnection } from "../../../src/tcp/connection.ts";
import { TcpState } from "../../../src/tcp/state.ts";

interface Stand {
  state: TcpState;
  isOrphan: boolean;
}

class Town {
  readonly counters = new Counters();
  readonly census = new FlowCensus({ maxOrphans: 2, maxTimeWait: 1 }, this.counters);

  flow(state: TcpState, isOrphan: boolean): Counted & { connection: Stand } {
    const connection = { state, isOrphan } as Stand & TcpConnection;
    return { connection, census: "normal" };
  }

  counts(): [orphans: number, timeWaits: number] {
    return [this.census.orphans, this.census.timeWaits];
  }
}

describe("the census of flows that no socket speaks for", () => {
  const KINDS: readonly [state: TcpState, isOrphan: boolean, kind: string][] = [
    [TcpState.ESTABLISHED, false, "normal"],
    [TcpState.SYN_RECEIVED, false, "normal"],
    [TcpState.FIN_WAIT_1, false, "normal"],
    [TcpState.FIN_WAIT_1, true, "orphan"],
    [TcpState.FIN_WAIT_2, true, "orphan"],
    [TcpState.LAST_ACK, true, "orphan"],
    [TcpState.TIME_WAIT, true, "time-wait"],
    [TcpState.TIME_WAIT, false, "time-wait"],
    [TcpState.CLOSED, true, "normal"],
  ];
  for (const [state, isOrphan, kind] of KINDS) {
    test(`state ${state}, ${isOrphan ? "closed" : "owned"}: ${kind}`, () => {
      const town = new Town();
      const flow = town.flow(state, isOrphan);
      assert.equal(town.census.admits(flow), true);
      assert.equal(flow.census, kind);
    });
  }

  test("a flow is counted once however often it is looked at, and moves with its state", () => {
    const town = new Town();
    const flow = town.flow(TcpState.FIN_WAIT_1, true);
    for (let i = 0; i < 3; i++) town.census.admits(flow);
    assert.deepEqual(town.counts(), [1, 0]);
    flow.connection.state = TcpState.TIME_WAIT;
    town.census.admits(flow);
    assert.deepEqual(town.counts(), [0, 1]);
    town.census.remove(flow);
    town.census.remove(flow);
    assert.deepEqual(town.counts(), [0, 0]);
  });

  test("one too many of its kind is refused, counted as a drop and not held", () => {
    const town = new Town();
    const orphans = [1, 2, 3].map(() => town.flow(TcpState.FIN_WAIT_2, true));
    assert.deepEqual(
      orphans.map((flow) => town.census.admits(flow)),
      [true, true, false],
    );
    assert.equal(town.counters.dropped("tcp-too-many-orphans"), 1);
    assert.deepEqual(town.counts(), [2, 0]);
    const waiting = [1, 2].map(() => town.flow(TcpState.TIME_WAIT, false));
    assert.deepEqual(
      waiting.map((flow) => town.census.admits(flow)),
      [true, false],
    );
    assert.equal(town.counters.dropped("tcp-too-many-time-wait"), 1);
    // Refused, it takes nobody's place when it goes.
    for (const flow of [...orphans, ...waiting]) town.census.remove(flow);
    assert.deepEqual(town.counts(), [0, 0]);
  });
});
