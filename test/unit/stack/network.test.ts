import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { Errno } from "../../../src/base/errno.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { cable } from "../../../src/link/cable.ts";
import type { InterfaceConfig } from "../../../src/stack/interface-config.ts";
import { Network } from "../../../src/stack/network.ts";
import {
  ip,
  OUR_MAC,
  PEER_MAC,
  TEST_PROTOCOL,
  V4,
  V6,
  WireCard,
  WireHost,
} from "../../support/network-host.ts";

function emptyNetwork(): Network {
  const random = new SeededRandom(1);
  return new Network({ counters: new Counters(), random, secureRandom: random });
}

describe("Network.addInterface", () => {
  const bad: [string, InterfaceConfig, number][] = [
    ["an address that is none", { addresses: ["10.0.0.256/24"] }, Errno.EINVAL],
    ["an address without a length", { addresses: ["10.0.0.1"] }, Errno.EINVAL],
    ["a length beyond the family's", { addresses: ["10.0.0.1/33"] }, Errno.EINVAL],
    ["a group", { addresses: ["224.0.0.1/24"] }, Errno.EINVAL],
    ["the unspecified address", { addresses: ["::/0"] }, Errno.EINVAL],
    ["the broadcast", { addresses: ["255.255.255.255/32"] }, Errno.EINVAL],
    ["a gateway that is none", { gateway: "gateway" }, Errno.EINVAL],
    ["a gateway that is a group", { gateway: ["10.0.0.1", "ff02::1"] }, Errno.EINVAL],
    ["a group MAC address", { mac: "01:00:00:00:00:01" }, Errno.EINVAL],
    ["half a MAC address", { mac: "02:00:00" }, Errno.EINVAL],
    ["an MTU below IPv4's", { mtu: 67 }, Errno.EINVAL],
    ["an MTU below IPv6's", { mtu: 1279, addresses: ["fd77::1/64"] }, Errno.EINVAL],
    ["an MTU that is no number", { mtu: Number.NaN }, Errno.EINVAL],
    ["a name that is taken", { name: "taken" }, Errno.EEXIST],
  ];
  for (const [what, config, errno] of bad) {
    it(`refuses ${what}, and changes nothing`, () => {
      const network = emptyNetwork();
      network.addInterface(new WireCard(), { name: "taken" }, 0);
      assert.equal(network.addInterface(new WireCard(), config, 0), -errno);
      assert.equal(network.interfaces.length, 1);
    });
  }

  // req: ip/V6-1, arp-nd/SL-1
  it("forms a link-local address unless told not to, or the MTU is too small for IPv6", () => {
    const addressesOf = (config: InterfaceConfig): string[] => {
      const iface = emptyNetwork().addInterface(new WireCard(), config, 0);
      assert.ok(typeof iface !== "number");
      return iface.addresses.map(({ address }) => address.toString());
    };
    assert.deepEqual(addressesOf({}), ["fe80::ff:fe00:1"]);
    assert.deepEqual(addressesOf({ mac: "00:11:22:33:44:55" }), ["fe80::211:22ff:fe33:4455"]);
    assert.deepEqual(addressesOf({ linkLocal: false }), []);
    assert.deepEqual(addressesOf({ mtu: 1000 }), []);
  });

  it("counts interfaces from 1 and never uses an index twice", () => {
    const network = emptyNetwork();
    const add = (name: string) => {
      const iface = network.addInterface(new WireCard(), { name }, 0);
      assert.ok(typeof iface !== "number");
      return iface;
    };
    const [first, second] = [add("a"), add("b")];
    network.removeInterface(second, 0);
    assert.deepEqual([first.index, add("c").index], [1, 3]);
    network.removeInterface(second, 0);
    assert.equal(network.interfaces.length, 2);
  });

  it("gives the interface no more than the device's MTU", () => {
    const network = emptyNetwork();
    const iface = network.addInterface(new WireCard(1400), { mtu: 9000 }, 0);
    assert.ok(typeof iface !== "number");
    assert.equal(iface.mtu, 1400);
  });
});

describe("Network addresses", () => {
  it("may come and go while the interface is up", () => {
    const host = new WireHost();
    const heard: string[] = [];
    const stop = host.network.onAddressChange((iface, address, state) =>
      heard.push(`${iface.name} ${address} ${state}`),
    );
    assert.equal(host.network.addAddress(host.iface, "10.99.0.1/24", 0), 0);
    assert.equal(host.network.addAddress(host.iface, "10.99.0.1/16", 0), -Errno.EEXIST);
    assert.equal(host.network.addAddress(host.iface, "nonsense", 0), -Errno.EINVAL);
    assert.equal(host.path(ip("10.99.0.7")).source.toString(), "10.99.0.1");
    assert.equal(host.network.removeAddress(host.iface, ip("10.99.0.1"), 0), 0);
    assert.equal(host.network.removeAddress(host.iface, ip("10.99.0.1"), 0), -Errno.EADDRNOTAVAIL);
    const gone = host.network.findPath(ip("10.99.0.7"), { protocol: TEST_PROTOCOL }, 0);
    assert.equal(gone, -Errno.ENETUNREACH, "its route is gone with it");
    stop();
    host.network.addAddress(host.iface, "10.98.0.1/24", 0);
    assert.deepEqual(heard, ["eth0 10.99.0.1 preferred", "eth0 10.99.0.1 removed"]);
    const other = new WireHost();
    assert.equal(host.network.addAddress(other.iface, "10.0.0.1/8", 0), -Errno.ENODEV);
    assert.equal(host.network.removeAddress(other.iface, V4.ours, 0), -Errno.ENODEV);
  });

  it("keep the route to their subnet while one of them is left", () => {
    const host = new WireHost();
    host.network.addAddress(host.iface, "10.77.0.5/24", 0);
    host.network.removeAddress(host.iface, V4.ours, 0);
    assert.equal(host.path(V4.peer).source.toString(), "10.77.0.5");
  });

  it("that were asked for decide whether the network is ready, not those that form themselves", () => {
    const host = new WireHost({
      config: { addresses: ["10.77.0.1/24"], linkLocal: true, duplicateAddressDetection: 1 },
    });
    assert.ok(host.network.isReady());
    host.network.addAddress(host.iface, "fd77::1/64", 0);
    assert.ok(!host.network.isReady());
    host.network.removeAddress(host.iface, V6.ours, 0);
    assert.ok(host.network.isReady());
  });
});

describe("two networks on a cable", () => {
  for (const medium of ["ethernet", "ip"] as const) {
    it(`exchange packets over ${medium}, both families, whole and in fragments`, () => {
      const macs = [OUR_MAC, PEER_MAC] as const;
      const devices = cable({ medium, macs });
      const heard: string[] = [];
      const hosts = devices.map((device, index) => {
        const network = emptyNetwork();
        const addresses = [`10.77.0.${index + 1}/24`, `fd77::${index + 1}/64`];
        const iface = network.addInterface(device, { addresses, duplicateAddressDetection: 0 }, 0);
        assert.ok(typeof iface !== "number");
        network.setUpper(TEST_PROTOCOL, {
          input: (packet) => heard.push(`${index} ${packet.end - packet.start}`),
          handleError: () => assert.fail("an error"),
        });
        return { network, iface, device };
      });
      const [a, b] = hosts;
      assert.ok(a && b);
      const sender = new WireHost();
      const turn = (): void => {
        for (const { network, iface, device } of hosts) {
          network.handleTimeout(0);
          while (device.receive((packet) => network.receive(iface, packet, 0), 64, 0));
        }
      };
      for (const [peer, length] of [
        [V4.peer, 100],
        [V6.peer, 200],
        [V4.peer, 9000],
        [V6.peer, 9001],
      ] as const) {
        const path = a.network.findPath(peer, { protocol: TEST_PROTOCOL }, 0);
        assert.ok(typeof path !== "number");
        const { network } = a;
        Object.assign(sender, { network });
        assert.equal(sender.send(peer, length, { path }), 0);
        for (let i = 0; i < 4; i++) turn();
      }
      assert.deepEqual(heard, ["1 100", "1 200", "1 9000", "1 9001"]);
    });
  }
});
