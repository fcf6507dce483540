import { Errno } from "../base/errno.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { IpConfig } from "./config.ts";
import type { HeaderFields, IpFamily } from "./family.ts";
import { Fragmenter } from "./fragments/fragmentation.ts";
import type { Identification } from "./fragments/identification.ts";
import type { LoopQueue } from "./loop-queue.ts";
import type { OutputOptions } from "./output-options.ts";
import type { Path } from "./path.ts";

/** A length field of IP holds no more. */
const MAX_PACKET = 65_535;

/** Puts IP headers in front of what transports send, and fragments what is too long. */
export class IpOutput {
  readonly #v4: IpFamily;
  readonly #v6: IpFamily;
  readonly #config: IpConfig;
  readonly #identification: Identification;
  readonly #loop: LoopQueue;
  readonly #fragmenter = new Fragmenter();
  readonly #fields: HeaderFields = { hopLimit: 0, identification: 0, dontFragment: false };

  constructor(parts: {
    v4: IpFamily;
    v6: IpFamily;
    config: IpConfig;
    identification: Identification;
    loop: LoopQueue;
  }) {
    this.#v4 = parts.v4;
    this.#v6 = parts.v6;
    this.#config = parts.config;
    this.#identification = parts.identification;
    this.#loop = parts.loop;
  }

  /**
   * Sends what `packet` holds from the transport header on. 0, or a negative
   * errno: EMSGSIZE when it is too long and may not be fragmented, ENOBUFS
   * when the link had no room, ENETUNREACH or EADDRNOTAVAIL when the path is
   * gone.
   */
  send(packet: PacketBuffer, path: Path, options: OutputOptions, now: number): number {
    const stale = path.refresh();
    if (stale < 0) return stale;
    const { iface } = path;
    if (!iface.up) return -Errno.ENETDOWN;
    const family = path.isV6 ? this.#v6 : this.#v4;
    const length = packet.end - packet.start + family.headerLength;
    const mustFragment = packet.gsoSize === 0 && length > path.mtu;
    if (mustFragment && options.dontFragment) return -Errno.EMSGSIZE;
    if (length > MAX_PACKET + (path.isV6 ? family.headerLength : 0)) return -Errno.EMSGSIZE;

    const fields = this.#fields;
    fields.hopLimit = options.hopLimit || this.#defaultHopLimit(path);
    // A datagram that fits is not to be cut by others either: that is how a
    // smaller MTU on the way comes to light (RFC 1191 §3).
    fields.dontFragment = !mustFragment && !path.mayBeFragmented && !options.fragmentEnRoute;
    fields.identification = 0;
    if (!path.isV6 && !fields.dontFragment && !mustFragment) {
      const segments = packet.gsoSize === 0 ? 1 : Math.ceil(length / packet.gsoSize);
      fields.identification = this.#identification.next(path, options.protocol, segments) & 0xffff;
    }
    family.prependHeader(packet, path, options, fields);
    if (path.isMulticast || path.isBroadcast) this.#loopBack(packet, path, options);
    if (mustFragment) return this.#sendFragments(packet, path, options, now);

    iface.txPackets++;
    iface.txOctets += length;
    return iface.link.send(packet, path.nextHop, now) ? 0 : -Errno.ENOBUFS;
  }

  #loopBack(packet: PacketBuffer, path: Path, options: OutputOptions): void {
    const { iface, isBroadcast } = path;
    const { a, b, c, d } = path.destination;
    const isMember = options.multicastLoop && iface.groups.has(a, b, c, d);
    if (isBroadcast || isMember) this.#loop.push(packet, iface);
  }

  #defaultHopLimit(path: Path): number {
    if (path.isMulticast) return 1;
    const advertised = path.isV6 ? path.iface.hopLimit : 0;
    return advertised || this.#config.hopLimit;
  }

  #sendFragments(packet: PacketBuffer, path: Path, options: OutputOptions, now: number): number {
    const { iface, mtu, nextHop } = path;
    const { protocol } = options;
    const family = path.isV6 ? this.#v6 : this.#v4;
    const value = this.#identification.next(path, protocol);
    const identification = path.isV6 ? value : value & 0xffff;
    if (!this.#fragmenter.begin(packet, family, { mtu, identification, protocol })) {
      return -Errno.EMSGSIZE;
    }
    let fragment = this.#fragmenter.next();
    while (fragment !== null) {
      iface.txPackets++;
      iface.txOctets += fragment.end - fragment.start;
      // Without one fragment the others are worth nothing.
      if (!iface.link.send(fragment, nextHop, now)) return -Errno.ENOBUFS;
      fragment = this.#fragmenter.next();
    }
    return 0;
  }
}
