import type { IpAddress } from "../base/ip-address.ts";
import type { RandomSource } from "../base/random.ts";
import { AddressClaim, type ClaimRules } from "./address-claim.ts";

/** Who speaks on the link for the claims, and who is told how they end. */
export interface ClaimOwner {
  probe(address: IpAddress, now: number): void;
  announce(address: IpAddress, now: number): void;
  onAddressAssigned(address: IpAddress, now: number): void;
  onAddressLost(address: IpAddress, now: number): void;
}

/** The addresses that one link claims or has, of both families. */
export class AddressClaims {
  readonly #owner: ClaimOwner;
  readonly #random: RandomSource;
  readonly #claims: AddressClaim[] = [];

  constructor(owner: ClaimOwner, random: RandomSource) {
    this.#owner = owner;
    this.#random = random;
  }

  /** Begins to claim `address`; without probes it is ours before this returns. */
  add(address: IpAddress, rules: ClaimRules, now: number): void {
    const claim = new AddressClaim(address, rules, this.#random, now);
    this.#claims.push(claim);
    this.#advance(claim, now);
  }

  remove(address: IpAddress): void {
    const at = this.#claims.findIndex((claim) => claim.address.equals(address));
    if (at >= 0) this.#claims.splice(at, 1);
  }

  isAssigned(address: IpAddress): boolean {
    return this.#find(address)?.isAssigned === true;
  }

  isTentative(address: IpAddress): boolean {
    return this.#find(address)?.isTentative === true;
  }

  /** Addresses in use, in the order in which they were claimed. */
  assigned(): IpAddress[] {
    return this.#claims.filter((claim) => claim.isAssigned).map(({ address }) => address);
  }

  /** Another node was heard to use `address`, whether we claim it or not. */
  handleConflict(address: IpAddress, now: number): void {
    const claim = this.#find(address);
    if (claim === undefined || (!claim.isAssigned && !claim.isTentative)) return;
    const outcome = claim.handleConflict(now);
    if (outcome === "defend") this.#owner.announce(address, now);
    else if (outcome !== "ignored") this.#owner.onAddressLost(address, now);
  }

  handleTimeout(now: number): void {
    if (now < this.pollTimeout()) return;
    for (const claim of [...this.#claims]) this.#advance(claim, now);
  }

  pollTimeout(): number {
    let first = Infinity;
    for (const { deadline } of this.#claims) if (deadline < first) first = deadline;
    return first;
  }

  #find(address: IpAddress): AddressClaim | undefined {
    return this.#claims.find((claim) => claim.address.equals(address));
  }

  #advance(claim: AddressClaim, now: number): void {
    for (;;) {
      switch (claim.next(now)) {
        case "none":
          return;
        case "probe":
          this.#owner.probe(claim.address, now);
          break;
        case "assign":
          this.#owner.onAddressAssigned(claim.address, now);
          break;
        case "announce":
          this.#owner.announce(claim.address, now);
      }
    }
  }
}
