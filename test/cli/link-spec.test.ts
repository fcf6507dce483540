import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LinkSpecError, parseLinkSpec } from "../../src/platform/node/link-spec.ts";

const NO_FAULTS = { loss: 0, reorder: 0, duplicate: 0, corrupt: 0, delayMs: 0, jitterMs: 0 };

function faultsOf(option: string): unknown {
  return parseLinkSpec(`tap:nl0,${option}`).faults;
}

describe("parseLinkSpec", () => {
  it("reads a bare device", () => {
    for (const kind of ["tap", "tun"] as const) {
      const expected = { kind, name: "nl0", hostAddresses: [], offload: true };
      assert.deepEqual(parseLinkSpec(`${kind}:nl0`), expected);
    }
  });

  it("collects every host address, in order", () => {
    const spec = parseLinkSpec("tap:nl0,host=10.77.0.1/24,host=fd77::1/64");
    assert.deepEqual(spec.hostAddresses, ["10.77.0.1/24", "fd77::1/64"]);
  });

  it("reads the device's own options without making faults of them", () => {
    const spec = parseLinkSpec("tun:t0,mtu=9000,offload=off");
    assert.deepEqual(spec, {
      kind: "tun",
      name: "t0",
      hostAddresses: [],
      mtu: 9000,
      offload: false,
    });
    assert.equal(parseLinkSpec("tap:nl0,offload=on").offload, true);
  });

  it("reads all conditions of the wire at once", () => {
    const spec = parseLinkSpec(
      "tap:nl0,loss=2%,delay=20ms,jitter=5ms,reorder=5%,duplicate=1%,corrupt=0.5%,rate=100mbit,queue=50,seed=7",
    );
    assert.deepEqual(spec.faults, {
      loss: 0.02,
      reorder: 0.05,
      duplicate: 0.01,
      corrupt: 0.005,
      delayMs: 20,
      jitterMs: 5,
      rateBitsPerSecond: 100e6,
      queuePackets: 50,
      seed: 7,
    });
  });

  const quantities: [option: string, field: string, value: number][] = [
    ["loss=0%", "loss", 0],
    ["loss=100%", "loss", 1],
    ["loss=12.5%", "loss", 0.125],
    ["delay=500us", "delayMs", 0.5],
    ["delay=1.5s", "delayMs", 1500],
    ["delay=60s", "delayMs", 60_000],
    ["rate=9600bit", "rateBitsPerSecond", 9600],
    ["rate=56kbit", "rateBitsPerSecond", 56_000],
    ["rate=2.5gbit", "rateBitsPerSecond", 2.5e9],
    ["queue=1", "queuePackets", 1],
    ["seed=0", "seed", 0],
    ["seed=4294967295", "seed", 4_294_967_295],
  ];
  for (const [option, field, value] of quantities) {
    it(`understands ${option}`, () => {
      assert.deepEqual(faultsOf(option), { ...NO_FAULTS, [field]: value });
    });
  }

  const mistakes: [spec: string, message: RegExp][] = [
    ["", /^unknown link ""; it must be tap:NAME or tun:NAME, each with ,host=CIDR /],
    ["eth0", /^unknown link "eth0"; it must be tap:NAME/],
    ["veth:a", /^unknown link "veth:a"; it must be tap:NAME/],
    ["TAP:nl0", /^unknown link/],
    ["qemu:/tmp/q.sock", /^links of the kind qemu: are not available yet; available: tap:NAME/],
    ["switch:/tmp/lan", /^links of the kind switch: are not available yet/],
    ["ws://example.org/", /^links of the kind ws: are not available yet/],
    ["wss://example.org/", /^links of the kind wss: are not available yet/],
    ["tap:", /^link "tap:" lacks a name, as in tap:nl0$/],
    ["tun:,mtu=1500", /lacks a name, as in tun:nl0$/],
    ["tap:nl0,", /^unknown link option ""/],
    ["tap:nl0,speed=1", /^unknown link option "speed=1"; it must be/],
    ["tap:nl0,toString=1", /^unknown link option "toString=1"/],
    ["tap:nl0,mtu=1500,mtu=1500", /^link option mtu is given twice; give it once$/],
    ["tap:nl0,host=10.77.0.1", /^link option host=10.77.0.1 is wrong; .* host=10.77.0.1\/24$/],
    ["tap:nl0,host=10.77.0.256/24", /^link option host/],
    ["tap:nl0,host=fd77::1/129", /^link option host/],
    ["tap:nl0,mtu=67", /must be a whole number from 68 to 65535$/],
    ["tap:nl0,mtu=65536", /must be a whole number from 68 to 65535$/],
    ["tap:nl0,mtu=1e3", /must be a whole number/],
    ["tap:nl0,mtu", /must be a whole number/],
    ["tap:nl0,offload=no", /must be on or off$/],
    ["tap:nl0,loss=2", /must be a share from 0% to 100%, as in loss=2%$/],
    ["tap:nl0,loss=101%", /must be a share/],
    ["tap:nl0,loss=-1%", /must be a share/],
    ["tap:nl0,delay=20", /must be a time of up to 60 s with its unit us, ms or s/],
    ["tap:nl0,delay=61s", /must be a time of up to 60 s/],
    ["tap:nl0,delay=1toString", /must be a time/],
    ["tap:nl0,rate=0mbit", /must be a rate above 0/],
    ["tap:nl0,rate=100", /must be a rate above 0 with its unit bit, kbit, mbit or gbit/],
    ["tap:nl0,queue=0", /must be a whole number from 1 to/],
    ["tap:nl0,seed=4294967296", /must be a whole number from 0 to 4294967295$/],
    ["tap:nl0,seed=", /must be a whole number/],
  ];
  for (const [spec, message] of mistakes) {
    it(`explains what is wrong with ${JSON.stringify(spec)}`, () => {
      assert.throws(
        () => parseLinkSpec(spec),
        (error) => {
          assert.ok(error instanceof LinkSpecError);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }
});
