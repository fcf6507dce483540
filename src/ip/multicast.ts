import type { IpAddress } from "../base/ip-address.ts";

/** Who is told when the first member of a group joins and the last one leaves. */
export interface GroupFilter {
  joinGroup(group: IpAddress): void;
  leaveGroup(group: IpAddress): void;
}

interface Membership {
  readonly group: IpAddress;
  members: number;
}

/**
 * The multicast groups of one interface, counted by member, since several
 * sockets and the stack itself may want the same group (RFC 1112 §7.1).
 */
export class MulticastGroups {
  readonly #filter: GroupFilter;
  readonly #memberships: Membership[] = [];

  constructor(filter: GroupFilter) {
    this.#filter = filter;
  }

  join(group: IpAddress): void {
    const membership = this.#find(group);
    if (membership !== undefined) {
      membership.members++;
      return;
    }
    this.#memberships.push({ group, members: 1 });
    this.#filter.joinGroup(group);
  }

  /** Whether `group` had a member that left. */
  leave(group: IpAddress): boolean {
    const membership = this.#find(group);
    if (membership === undefined) return false;
    if (--membership.members === 0) {
      this.#memberships.splice(this.#memberships.indexOf(membership), 1);
      this.#filter.leaveGroup(group);
    }
    return true;
  }

  /** Whether anyone here is a member of the group with these address words. */
  has(a: number, b: number, c: number, d: number): boolean {
    for (let i = 0; i < this.#memberships.length; i++) {
      const { group } = this.#memberships[i]!;
      if (group.d === d && group.a === a && group.b === b && group.c === c) return true;
    }
    return false;
  }

  groups(): IpAddress[] {
    return this.#memberships.map(({ group }) => group);
  }

  #find(group: IpAddress): Membership | undefined {
    return this.#memberships.find((membership) => membership.group.equals(group));
  }
}
