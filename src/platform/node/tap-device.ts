import { assert } from "../../base/assert.ts";
import { Counters } from "../../base/counters.ts";
import type { DropReason } from "../../base/drop-reason.ts";
import { Errno } from "../../base/errno.ts";
import type { MacAddress } from "../../base/mac-address.ts";
import type { Device, DeviceOwner, FrameSink, Offload } from "../../link/device.ts";
import { ETHERNET_HEADER_LENGTH } from "../../wire/ethernet.ts";
import { HEADROOM, NO_PARTIAL_CHECKSUM, PacketBuffer } from "../../wire/packet-buffer.ts";
import { BufferAddresses } from "./buffer-addresses.ts";
import type { Libc, Poll, PollEvents } from "./libc.ts";
import type { TunAttachment } from "./tun-control.ts";
import { readVirtioHeader, writeVirtioHeader } from "./virtio-header.ts";

/** What `TapDevice` is made of; `openTap` and `openTun` put it together. */
export interface TapDeviceParts {
  readonly libc: Libc;
  readonly attachment: TunAttachment;
  readonly mtu: number;
  /** Our own card's address; null makes it a TUN device. */
  readonly macAddress: MacAddress | null;
}

/**
 * A TAP (Ethernet) or TUN (IP) device of Linux: what the kernel sends to its
 * interface arrives here, and the other way round. One system call a frame,
 * from and to the packet's own octets; no garbage in either direction.
 *
 * Drops are counted in `counters`: `link-bad-offload` for a frame whose virtio
 * header contradicts it, `link-down` while the kernel's side is down or gone.
 */
export class TapDevice implements Device {
  readonly name: string;
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload;
  readonly counters: Counters = new Counters();
  readonly #libc: Libc;
  readonly #fd: number;
  /** Octets of the virtio header before each frame, or 0. */
  readonly #headerLength: number;
  /** Every frame is received into this one, at `#receiveStart`, its virtio header right before. */
  readonly #received = new PacketBuffer();
  readonly #receiveStart: number;
  readonly #receiveAddress: bigint;
  readonly #receiveLength: number;
  readonly #addresses: BufferAddresses;
  #owner: DeviceOwner | null = null;
  #poll: Poll | null = null;
  /** The kernel refused a frame; the owner is to hear when it takes more. */
  #isFull = false;
  #isClosed = false;
  readonly #release: () => void;

  /** `release` gives the descriptor back; it is called once. */
  constructor(parts: TapDeviceParts, release: () => void) {
    const { libc, attachment, mtu, macAddress } = parts;
    this.name = attachment.name;
    this.medium = macAddress === null ? "ip" : "ethernet";
    this.mtu = mtu;
    this.macAddress = macAddress;
    this.offload = attachment.offload;
    this.#libc = libc;
    this.#fd = attachment.fd;
    this.#headerLength = attachment.headerLength;
    this.#release = release;
    this.#addresses = new BufferAddresses(libc.addressOf);
    // The IP header comes to lie at HEADROOM, which is aligned.
    this.#receiveStart = HEADROOM - (macAddress === null ? 0 : ETHERNET_HEADER_LENGTH);
    const { bytes } = this.#received;
    const readAt = this.#receiveStart - this.#headerLength;
    this.#receiveAddress = this.#addresses.of(bytes, readAt);
    this.#receiveLength = bytes.length - readAt;
  }

  attach(owner: DeviceOwner): void {
    assert(this.#owner === null, "a device has one owner");
    this.#owner = owner;
    if (!this.#isClosed) this.#poll = this.#libc.poll(this.#fd, READABLE, this.#onPoll);
  }

  receive(sink: FrameSink, budget: number, _now: number): boolean {
    const packet = this.#received;
    const headerAt = this.#receiveStart - this.#headerLength;
    for (let count = 0; count < budget; count++) {
      // The sink may close its device.
      if (this.#isClosed) return false;
      const octets = this.#libc.read(this.#fd, this.#receiveAddress, this.#receiveLength);
      // EAGAIN, or the interface is gone, which libuv tells `#onPoll`.
      if (octets < 0) return false;
      packet.reset(this.#receiveStart);
      packet.end = headerAt + octets;
      const reason = this.#headerLength > 0 ? readVirtioHeader(packet, headerAt) : null;
      if (reason === null) sink(packet);
      else this.counters.drop(reason, this.name);
    }
    return true;
  }

  transmit(packet: PacketBuffer, _now: number): boolean {
    if (this.#isClosed) return this.#drop("link-down");
    let start = packet.start;
    if (this.#headerLength > 0) {
      start -= this.#headerLength;
      assert(start >= 0, "a packet has headroom for the device");
      const reason = writeVirtioHeader(packet, start, this.medium);
      if (reason !== null) return this.#drop(reason);
    } else if (packet.gsoSize > 0 || packet.checksumStart !== NO_PARTIAL_CHECKSUM) {
      return this.#drop("link-bad-offload");
    }
    // The kernel reads at a bare address: nothing else would stop it at the end of the buffer.
    assert(start < packet.end && packet.end <= packet.bytes.length, "a packet lies in its buffer");
    const address = this.#addresses.of(packet.bytes, start);
    if (this.#libc.write(this.#fd, address, packet.end - start) >= 0) return true;
    return this.#writeFailed(packet, this.#libc.errno());
  }

  pollTimeout(): number {
    return Number.POSITIVE_INFINITY;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopPolling();
    this.#release();
  }

  /** Whether an open, attached device keeps the process alive; it does unless told. */
  setKeepsProcess(keeps: boolean): void {
    if (keeps) this.#poll?.ref();
    else this.#poll?.unref();
  }

  /** libuv calls this from the top of the event loop. */
  readonly #onPoll = (status: number, events: PollEvents): void => {
    // Somebody deleted the interface: there will never be another frame, and libuv asks no more.
    if (status < 0) this.#stopPolling();
    if (events.writable === true && this.#isFull) {
      this.#isFull = false;
      this.#poll?.start(READABLE, this.#onPoll);
    }
    try {
      this.#owner?.run();
    } catch (error) {
      // koffi would lose it; from here it reaches the process like any other.
      process.nextTick(() => {
        throw error;
      });
    }
  };

  #writeFailed(packet: PacketBuffer, errno: number): boolean {
    if (errno === Errno.EAGAIN || errno === Errno.ENOBUFS) {
      if (!this.#isFull) {
        this.#isFull = true;
        this.#poll?.start(READABLE_OR_WRITABLE, this.#onPoll);
      }
      return false;
    }
    if (errno !== Errno.EINVAL) return this.#drop("link-down");
    // The kernel found fault with the virtio header, or with a frame shorter than its own header.
    return this.#drop(
      packet.checksumStart === NO_PARTIAL_CHECKSUM ? "link-truncated" : "link-bad-offload",
    );
  }

  /** The frame is lost, which to its sender is as good as sent. */
  #drop(reason: DropReason): true {
    this.counters.drop(reason, this.name);
    return true;
  }

  #stopPolling(): void {
    this.#poll?.close();
    this.#poll = null;
  }
}

const READABLE: PollEvents = { readable: true };
const READABLE_OR_WRITABLE: PollEvents = { readable: true, writable: true };
