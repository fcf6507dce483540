import { DeviceError } from "./device-error.ts";

/**
 * The C library's functions that Node has no equivalent of, through `koffi`.
 *
 * Measured in Node 20 (Zen 5), 60 octets to /dev/null, median of 15: a pointer
 * passed as a BigInt that exists already 490 ns, as a typed array 516, as a
 * number above 2³¹ 520 (and 16 octets of garbage), as a fresh `subarray` 700
 * (and 100 octets), by way of `writev` 650. A call itself makes no garbage.
 * Hence the hot calls take a BigInt address (see `BufferAddresses`).
 */
export interface Libc {
  /** `read(2)`: octets read, or −1 and `errno()`. */
  readonly read: (fd: number, address: bigint, length: number) => number;
  /** `write(2)`: octets written, or −1 and `errno()`. */
  readonly write: (fd: number, address: bigint, length: number) => number;
  /** `ioctl(2)` with a structure: ≥ 0, or −1 and `errno()`. */
  readonly ioctl: (fd: number, request: number, argument: Uint8Array) => number;
  /** `ioctl(2)` with a number in place of the pointer. */
  readonly ioctlValue: (fd: number, request: number, argument: number) => number;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly setsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: number,
  ) => number;
  readonly send: (fd: number, message: Uint8Array, length: number, flags: number) => number;
  readonly recv: (fd: number, buffer: Uint8Array, length: number, flags: number) => number;
  /** Why the last call failed; a positive number. */
  readonly errno: () => number;
  /** Where the first octet of `bytes` lies. Good as long as its `ArrayBuffer` lives. */
  readonly addressOf: (bytes: Uint8Array) => bigint;
  /** Watches a descriptor from libuv's own loop. What is returned must be kept, or it stops. */
  readonly poll: (fd: number, events: PollEvents, handler: PollHandler) => Poll;
}

export interface PollEvents {
  readonly readable?: boolean;
  readonly writable?: boolean;
}

/** `status` is negative when watching has failed for good, else 0. */
export type PollHandler = (status: number, events: PollEvents) => void;

/** None of these may be called after `close`. */
export interface Poll {
  start(events: PollEvents, handler: PollHandler): void;
  close(): void;
  ref(): void;
  unref(): void;
}

let loaded: Promise<Libc> | null = null;

/** @throws DeviceError ENOSYS when `koffi` is not installed or does not run here. */
export function loadLibc(): Promise<Libc> {
  loaded ??= bind();
  return loaded;
}

async function bind(): Promise<Libc> {
  const koffi = await importKoffi();
  const library = koffi.load(null);
  return {
    read: library.func("intptr_t read(int fd, void *buffer, size_t length)"),
    write: library.func("intptr_t write(int fd, void *buffer, size_t length)"),
    // Variadic in C. Linux passes such arguments like any other on every architecture koffi knows.
    ioctl: library.func("int ioctl(int fd, uintptr_t request, void *argument)"),
    ioctlValue: library.func("int ioctl(int fd, uintptr_t request, uintptr_t argument)"),
    socket: library.func("int socket(int family, int type, int protocol)"),
    setsockopt: library.func(
      "int setsockopt(int fd, int level, int option, void *value, uint32_t length)",
    ),
    send: library.func("intptr_t send(int fd, void *message, size_t length, int flags)"),
    recv: library.func("intptr_t recv(int fd, void *buffer, size_t length, int flags)"),
    errno: koffi.errno,
    addressOf: koffi.address,
    // The published type of the handler lacks its first argument.
    poll: koffi.node.poll as unknown as Libc["poll"],
  };
}

async function importKoffi(): Promise<typeof import("koffi")> {
  try {
    return await import("koffi");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && MISSING.has(String(cause.code));
    const message = isMissing
      ? "TAP and TUN devices need the package koffi, which is not installed: npm install koffi"
      : `TAP and TUN devices need the package koffi, which does not load on ${process.platform} ${process.arch}: npm rebuild koffi`;
    throw new DeviceError("ENOSYS", message, { cause });
  }
}

const MISSING: ReadonlySet<string> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);
