import { Capture, type CaptureDirection } from "../link/capture.ts";
import type { Device } from "../link/device.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** A wire frame on one link, lent until the listener returns. */
export interface FeedFrame {
  readonly link: string;
  readonly medium: "ethernet" | "ip";
  readonly packet: PacketBuffer;
  readonly direction: CaptureDirection;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export type FrameListener = (frame: FeedFrame) => void;

/**
 * The frames of one network card, for any number of listeners that come and
 * go. `device` takes the card's place; while nobody listens it costs nothing.
 */
export class FrameFeed {
  readonly device: Device;
  readonly #capture: Capture;
  readonly #listeners = new Set<FrameListener>();

  constructor(device: Device) {
    this.#capture = new Capture(device, null);
    this.device = this.#capture;
  }

  get name(): string {
    return this.#capture.name;
  }

  get medium(): "ethernet" | "ip" {
    return this.#capture.medium;
  }

  /** Returns what ends the listening. */
  listen(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    this.#capture.sink = this.#tell;
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#capture.sink = null;
    };
  }

  readonly #tell = (packet: PacketBuffer, direction: CaptureDirection): void => {
    const { name: link, medium } = this.#capture;
    const time = performance.timeOrigin + performance.now();
    for (const listener of [...this.#listeners]) {
      listener({ link, medium, packet, direction, time });
    }
  };
}
