import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { IpInterface } from "../../../src/ip/interface.ts";
import type { Path } from "../../../src/ip/path.ts";
import { FlowScheduler } from "../../../src/stack/flow-scheduler.ts";
import type { Network } from "../../../src/stack/network.ts";
import type { Reservation } from "../../../src/stack/port-allocator.ts";
import { TcpFlow } from "../../../src/stack/tcp-flow.ts";
import type { TcpConnection } from "../../../src/tcp/connection.ts";

/** A connection that has `segments` to send and a deadline. */
class Stand {
  segments = 0;
  events = 0;
  deadline = Infinity;
  timeouts = 0;
  readonly softErrors: number[] = [];
  readonly settings = { hopLimit: 0, trafficClass: 0 };

  get wantsTransmit(): boolean {
    return this.segments > 0;
  }
  pollTransmit(): boolean {
    return this.segments-- > 0;
  }
  takeEvents(): number {
    const { events } = this;
    this.events = 0;
    return events;
  }
  pollTimeout(): number {
    return this.deadline;
  }
  handleTimeout(): void {
    this.timeouts++;
    this.deadline = Infinity;
  }
  handleSoftError(errno: number): void {
    this.softErrors.push(errno);
  }
}

class Shop {
  readonly stands = new Map<TcpFlow, Stand>();
  /** Whose segments went out, in order. */
  readonly sent: Stand[] = [];
  readonly served: [Stand, number][] = [];
  wakes = 0;
  /** Segments the device still takes. */
  room = Infinity;
  result = 0;
  onServed: ((stand: Stand) => void) | null = null;
  readonly scheduler = new FlowScheduler({
    network: { output: (_packet: unknown, path: Path) => this.#output(path) } as unknown as Network,
    wake: () => {
      this.wakes++;
    },
    isBacklogged: () => this.room <= 0,
    served: (flow, events) => {
      const stand = this.stands.get(flow) as Stand;
      this.served.push([stand, events]);
      this.onServed?.(stand);
    },
  });

  flow(segments = 0): [TcpFlow, Stand] {
    const stand = new Stand();
    stand.segments = segments;
    const layer = { touch: () => {}, disown: () => {} };
    const connection = stand as unknown as TcpConnection;
    const path = { iface: {} as IpInterface, stand } as unknown as Path;
    const flow = new TcpFlow(layer, connection, path, {} as Reservation);
    this.stands.set(flow, stand);
    return [flow, stand];
  }

  #output(path: Path): number {
    this.room--;
    this.sent.push((path as unknown as { stand: Stand }).stand);
    return this.result;
  }
}

describe("who is served when", () => {
  test("touched is served once, in the order of touching, and the host is woken", () => {
    const shop = new Shop();
    const [[first, a], [second, b]] = [shop.flow(1), shop.flow(2)];
    for (const flow of [first, second, first]) shop.scheduler.touch(flow);
    assert.equal(shop.wakes, 2);
    assert.deepEqual(shop.sent, [], "nothing before the flush");
    shop.scheduler.flush(0);
    assert.deepEqual(shop.sent, [a, b, b]);
    assert.deepEqual(shop.served, [
      [a, 0],
      [b, 0],
    ]);
    shop.scheduler.flush(0);
    assert.equal(shop.served.length, 2, "and then no more");
  });

  test("who has much to send lets the others between", () => {
    const shop = new Shop();
    const [[greedy, a], [modest, b]] = [shop.flow(40), shop.flow(1)];
    shop.scheduler.touch(greedy);
    shop.scheduler.touch(modest);
    const runs: number[] = [];
    for (let turns = 0; shop.scheduler.hasWork; turns++) {
      assert.ok(turns < 10, "comes to an end");
      shop.scheduler.flush(0);
      runs.push(shop.sent.length);
    }
    assert.equal(shop.sent.indexOf(b), 16);
    assert.deepEqual(runs, [17, 33, 41]);
    assert.equal(shop.sent.filter((stand) => stand === a).length, 40);
  });

  test("a full device parks a flow without keeping the host awake; room brings it back", () => {
    const shop = new Shop();
    const [flow, stand] = shop.flow(5);
    shop.room = 2;
    shop.scheduler.touch(flow);
    shop.scheduler.flush(0);
    shop.scheduler.touch(flow);
    shop.scheduler.flush(0);
    assert.equal(shop.sent.length, 2);
    assert.equal(shop.scheduler.hasWork, false);
    shop.room = Infinity;
    shop.scheduler.flush(0);
    assert.equal(shop.sent.length, 5);
    assert.equal(stand.segments, 0);
    const before = shop.served.length;
    shop.scheduler.flush(0);
    assert.equal(shop.served.length, before, "parked once, not twice");
  });

  test("an error of the network is the connection's soft error", () => {
    const shop = new Shop();
    const [flow, stand] = shop.flow(1);
    shop.result = -101;
    shop.scheduler.touch(flow);
    shop.scheduler.flush(0);
    assert.deepEqual(stand.softErrors, [101]);
  });

  test("a dropped flow is passed over, and off the clock", () => {
    const shop = new Shop();
    const [flow, stand] = shop.flow(3);
    stand.deadline = 10;
    shop.scheduler.touch(flow);
    shop.scheduler.flush(0);
    stand.segments = 3;
    shop.scheduler.touch(flow);
    shop.scheduler.drop(flow);
    shop.scheduler.flush(0);
    assert.equal(shop.sent.length, 3);
    assert.equal(shop.scheduler.pollTimeout(), Infinity);
  });

  test("somebody who throws when told does not cost the others their turn", () => {
    const shop = new Shop();
    const flows = [shop.flow(1), shop.flow(1), shop.flow(1)];
    for (const [flow] of flows) shop.scheduler.touch(flow);
    shop.onServed = (stand) => {
      if (stand === flows[0]?.[1]) throw new Error("of the application");
    };
    assert.throws(() => shop.scheduler.flush(0), /of the application/);
    assert.equal(shop.scheduler.hasWork, true);
    shop.scheduler.flush(0);
    assert.deepEqual(
      shop.sent,
      flows.map(([, stand]) => stand),
    );
    for (const [flow] of flows) shop.scheduler.touch(flow);
    assert.throws(() => shop.scheduler.flush(0), /of the application/, "all can be served again");
  });
});

describe("deadlines of connections", () => {
  test("come at their time, once", () => {
    const shop = new Shop();
    const [flow, stand] = shop.flow();
    stand.deadline = 100;
    shop.scheduler.touch(flow);
    shop.scheduler.flush(0);
    assert.equal(shop.scheduler.pollTimeout(), 100);
    shop.scheduler.handleTimeout(99);
    assert.equal(stand.timeouts, 0);
    shop.scheduler.handleTimeout(100);
    shop.scheduler.flush(100);
    shop.scheduler.handleTimeout(1000);
    assert.equal(stand.timeouts, 1);
    assert.equal(shop.scheduler.pollTimeout(), Infinity);
  });

  test("that moved later cost one look, not one for each move, and are met", () => {
    const shop = new Shop();
    const [flow, stand] = shop.flow();
    for (const deadline of [100, 200, 300]) {
      stand.deadline = deadline;
      shop.scheduler.touch(flow);
      shop.scheduler.flush(0);
    }
    assert.equal(shop.scheduler.pollTimeout(), 100, "an early guess");
    shop.scheduler.handleTimeout(100);
    assert.equal(stand.timeouts, 0);
    assert.equal(shop.scheduler.pollTimeout(), 300);
    shop.scheduler.handleTimeout(300);
    assert.equal(stand.timeouts, 1);
  });

  test("that moved earlier are not overslept", () => {
    const shop = new Shop();
    const [flow, stand] = shop.flow();
    for (const deadline of [300, 50]) {
      stand.deadline = deadline;
      shop.scheduler.touch(flow);
      shop.scheduler.flush(0);
    }
    assert.equal(shop.scheduler.pollTimeout(), 50);
  });

  test("of everyone are met however late the clock, each once", () => {
    const shop = new Shop();
    const stands = Array.from({ length: 100 }, (_, index) => {
      const [flow, stand] = shop.flow();
      stand.deadline = 1 + ((index * 37) % 100);
      shop.scheduler.touch(flow);
      return stand;
    });
    shop.scheduler.flush(0);
    shop.scheduler.handleTimeout(3_600_000);
    assert.ok(stands.every(({ timeouts }) => timeouts === 1));
  });
});
