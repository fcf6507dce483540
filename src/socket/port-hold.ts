import type { PortAllocator, PortSpec, Reservation } from "../stack/port-allocator.ts";

/** A socket's hold on its local port: one reservation, or none. */
export class PortHold {
  readonly #ports: PortAllocator;
  #reservation: Reservation | null = null;

  constructor(ports: PortAllocator) {
    this.#ports = ports;
  }

  get reservation(): Reservation | null {
    return this.#reservation;
  }

  /** 0 while there is none. */
  get port(): number {
    return this.#reservation?.port ?? 0;
  }

  /** Reserves; 0 or −EADDRINUSE. */
  take(spec: PortSpec): number {
    const reservation = this.#ports.reserve(spec);
    if (typeof reservation === "number") return reservation;
    this.#reservation = reservation;
    return 0;
  }

  /** Lets go. Others may still hold the port: connections that were accepted on it. */
  release(): void {
    if (this.#reservation !== null) this.#ports.release(this.#reservation);
    this.#reservation = null;
  }

  /** SO_REUSEADDR and SO_REUSEPORT count as they are when somebody else binds. */
  setReuse({ reuseAddress, reusePort }: Pick<PortSpec, "reuseAddress" | "reusePort">): void {
    if (this.#reservation === null) return;
    this.#reservation.reuseAddress = reuseAddress;
    this.#reservation.reusePort = reusePort;
  }
}
