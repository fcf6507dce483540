import assert from "node:assert/strict";
import { IpAddress } from "../../src/base/ip-address.ts";
import type { TcpPath } from "../../src/tcp/path.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { pseudoHeaderSum } from "../../src/wire/pseudo-header.ts";

/**
 * What scripts run over: each is run in every world. Links are such that both
 * families advertise an MSS of 1460; the numbers of the two SYNs are such that
 * a few hundred octets cross 2³¹ in one world and 2³² in the other.
 */
export interface TcpWorld {
  readonly name: string;
  readonly isV6: boolean;
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly ipHeaderLength: number;
  readonly linkMtu: number;
  readonly iss: number;
  readonly irs: number;
}

export const WORLDS: readonly TcpWorld[] = [
  {
    name: "IPv4",
    isV6: false,
    local: address("10.77.0.1"),
    remote: address("10.77.0.2"),
    ipHeaderLength: 20,
    linkMtu: 1500,
    iss: 0x7fffff00,
    irs: 0x7ffffe00,
  },
  {
    name: "IPv6",
    isV6: true,
    local: address("fd77::1"),
    remote: address("fd77::2"),
    ipHeaderLength: 40,
    linkMtu: 1520,
    iss: 0xffffff00 | 0,
    irs: 0xfffffe00 | 0,
  },
];

/** A path of a world that a test may change under way. */
export class ScriptPath implements TcpPath {
  mtu: number;
  readonly linkMtu: number;
  readonly ipHeaderLength: number;
  readonly pseudoHeaderSum: number;
  segmentationOffload = false;
  readonly isV6: boolean;
  confirmations = 0;
  advices = 0;

  constructor(world: TcpWorld) {
    this.mtu = world.linkMtu;
    this.linkMtu = world.linkMtu;
    this.ipHeaderLength = world.ipHeaderLength;
    this.pseudoHeaderSum = pseudoHeaderSum(world.local, world.remote, IpProtocol.TCP);
    this.isV6 = world.isV6;
  }

  confirm(): void {
    this.confirmations++;
  }

  advise(): void {
    this.advices++;
  }
}

function address(text: string): IpAddress {
  const parsed = IpAddress.parse(text);
  assert.ok(parsed);
  return parsed;
}
