import { IpAddress } from "../base/ip-address.ts";
import { CommandError } from "./command-error.ts";

/** `-4` and `-6`. */
export interface FamilyOptions {
  readonly 4?: boolean;
  readonly 6?: boolean;
}

/**
 * The address that HOST names: an IPv4 or IPv6 address, or localhost.
 *
 * @throws CommandError when it is none, or not of the family asked for.
 */
export function readTarget(host: string, families: FamilyOptions): IpAddress {
  if (families[4] === true && families[6] === true) {
    throw new CommandError("-4 and -6 exclude each other; give one of them");
  }
  if (host === "localhost") {
    return families[6] === true ? IpAddress.LOOPBACK6 : IpAddress.LOOPBACK4;
  }
  const address = IpAddress.parse(host);
  if (address === null) {
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
  return address;
}
