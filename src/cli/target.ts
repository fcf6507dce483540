import { IpAddress } from "../base/ip-address.ts";
import { CommandError } from "./command-error.ts";

/** `-4` and `-6`. */
export interface FamilyOptions {
  readonly 4?: boolean;
  readonly 6?: boolean;
}

/** Whom a command is about. As text it is what the sockets take. */
export class Target {
  readonly address: IpAddress;
  /** The link of a link-local address: `nl0` or `2`. */
  readonly zone: string;

  constructor(address: IpAddress, zone = "") {
    this.address = address;
    this.zone = zone;
  }

  get isV4(): boolean {
    return this.address.isV4;
  }

  get isLoopback(): boolean {
    return this.address.isLoopback;
  }

  toString(): string {
    return this.zone === "" ? `${this.address}` : `${this.address}%${this.zone}`;
  }
}

/**
 * What HOST names: an IPv4 or IPv6 address, `fe80::1%nl0` for one that is
 * link-local, or localhost.
 *
 * @throws CommandError when it is none, or not of the family asked for.
 */
export function readTarget(host: string, families: FamilyOptions): Target {
  if (families[4] === true && families[6] === true) {
    throw new CommandError("-4 and -6 exclude each other; give one of them");
  }
  if (host === "localhost") {
    return new Target(families[6] === true ? IpAddress.LOOPBACK6 : IpAddress.LOOPBACK4);
  }
  const [text = "", zone = ""] = host.split("%", 2);
  const address = IpAddress.parse(text);
  if (address === null || (zone !== "" && address.isV4)) {
    throw new CommandError(
      `${host} is not an address; give one such as 10.77.0.1 or fd77::1 (names need a resolver, which is not available yet)`,
    );
  }
  if (families[4] === true && !address.isV4) {
    throw new CommandError(`${host} is an IPv6 address, but -4 asks for IPv4`);
  }
  if (families[6] === true && address.isV4) {
    throw new CommandError(`${host} is an IPv4 address, but -6 asks for IPv6`);
  }
  if (zone === "" && !address.isV4 && address.isLinkLocal) {
    throw new CommandError(`${host} is on every link; name the one that is meant: ${host}%nl0`);
  }
  return new Target(address, zone);
}
