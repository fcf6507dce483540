/**
 * /dev/net/tun and its ioctls (<linux/if_tun.h>, Documentation/networking/tuntap.rst).
 */
import { closeSync, constants, openSync } from "node:fs";
import { Errno, errnoMessage, errnoName } from "../../base/errno.ts";
import { NO_OFFLOAD, type Offload } from "../../link/device.ts";
import { DeviceError } from "./device-error.ts";
import type { Libc } from "./libc.ts";
import { VIRTIO_HEADER_LENGTH } from "./virtio-header.ts";

export type TunKind = "tap" | "tun";

/** A descriptor that carries the frames of an interface. */
export interface TunAttachment {
  readonly fd: number;
  /** The interface's name: the wanted one, with `%d` filled in. */
  readonly name: string;
  /** The interface was there before and stays when the descriptor is closed. */
  readonly isPersistent: boolean;
  /** Octets before each frame: `VIRTIO_HEADER_LENGTH`, or 0. */
  readonly headerLength: number;
  readonly offload: Offload;
}

const CLONE_DEVICE = "/dev/net/tun";

// _IOW('T', …) and _IOR('T', …) with an int, as all architectures but POWER and MIPS encode them.
const TUNSETIFF = 0x400454ca;
const TUNGETFEATURES = 0x800454cf;
const TUNSETOFFLOAD = 0x400454d0;
const TUNGETIFF = 0x800454d2;
const TUNSETVNETHDRSZ = 0x400454d8;

const IFF_TUN = 0x0001;
const IFF_TAP = 0x0002;
const IFF_PERSIST = 0x0800;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;

const TUN_F_CSUM = 0x01;
const TUN_F_TSO4 = 0x02;
const TUN_F_TSO6 = 0x04;

/** `struct ifreq`: 16 octets of name, then a union whose first member here is `short ifr_flags`. */
const IFREQ_LENGTH = 40;
const IFREQ_FLAGS = 16;
const INTERFACE_NAME_OCTETS = 15;
/** Names of folders in /proc/sys/net/ipv4/conf, where every interface has one. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([".", "..", "all", "default"]);

/**
 * Makes the interface `name`, or takes one that waits for a program.
 *
 * @throws DeviceError ENOENT, EACCES, EPERM, EBUSY, EINVAL; nothing stays open.
 */
export function attachTun(
  libc: Libc,
  kind: TunKind,
  name: string,
  offload: boolean,
): TunAttachment {
  checkInterfaceName(name);
  const fd = openClone(kind, name);
  try {
    const hasHeader = offload && (features(libc, fd) & IFF_VNET_HDR) !== 0;
    const mode = (kind === "tap" ? IFF_TAP : IFF_TUN) | IFF_NO_PI;
    const request = interfaceRequest(name, hasHeader ? mode | IFF_VNET_HDR : mode);
    if (libc.ioctl(fd, TUNSETIFF, request) < 0) throw attachError(libc.errno(), kind, name);
    const actual = nameIn(request);
    const headerLength = hasHeader ? VIRTIO_HEADER_LENGTH : 0;
    // A persistent interface may still have what its last user wanted.
    if (hasHeader) setHeaderLength(libc, fd, actual);
    return {
      fd,
      name: actual,
      isPersistent: (flagsOf(libc, fd) & IFF_PERSIST) !== 0,
      headerLength,
      offload: hasHeader ? grantedOffload(libc, fd) : NO_OFFLOAD,
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * What the kernel accepts as a name (`dev_valid_name`), said before it is asked
 * because its own answer is EINVAL, or a name cut short. `%d` is a number of its choice.
 */
function checkInterfaceName(name: string): void {
  const octets = Buffer.byteLength(name);
  const shown = JSON.stringify(name);
  if (octets === 0 || octets > INTERFACE_NAME_OCTETS) {
    const problem = octets === 0 ? "is empty" : `is ${octets} octets long`;
    throw new DeviceError(
      "EINVAL",
      `interface name ${shown} ${problem}; it must have 1 to ${INTERFACE_NAME_OCTETS} octets`,
    );
  }
  if (RESERVED_NAMES.has(name)) {
    throw new DeviceError("EINVAL", `interface name ${shown} is reserved; choose another name`);
  }
  if (/[/:%\s\p{Cc}]/u.test(name.replace("%d", ""))) {
    throw new DeviceError(
      "EINVAL",
      `interface name ${shown} is not allowed; it must have no slash, colon, percent sign or white space`,
    );
  }
}

function openClone(kind: TunKind, name: string): number {
  try {
    // Node adds O_CLOEXEC to every open.
    return openSync(CLONE_DEVICE, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "EIO";
    if (code === "EACCES" || code === "EPERM") throw permissionError(code, kind, name);
    const message =
      code === "ENOENT" || code === "ENODEV" || code === "ENXIO"
        ? `${CLONE_DEVICE} is missing: load the kernel's module (modprobe tun), or give it to the container (--device ${CLONE_DEVICE})`
        : `cannot open ${CLONE_DEVICE}: ${cause instanceof Error ? cause.message : code}`;
    throw new DeviceError(code, message, { cause });
  }
}

function attachError(errno: number, kind: TunKind, name: string): DeviceError {
  const code = errnoName(errno);
  const device = `${kind.toUpperCase()} device`;
  switch (errno) {
    case Errno.EPERM:
    case Errno.EACCES:
      return permissionError(code, kind, name);
    case Errno.EBUSY:
      return new DeviceError(
        code,
        `${device} ${name} is in use by another process; end that one or choose another name`,
      );
    case Errno.EINVAL:
      return new DeviceError(
        code,
        `interface ${name} exists and is not a ${device} with one queue; choose another name`,
      );
    default:
      return new DeviceError(code, `cannot open ${device} ${name}: ${errnoMessage(errno)}`);
  }
}

function permissionError(code: string, kind: TunKind, name: string): DeviceError {
  const device = `${kind.toUpperCase()} device ${name}`;
  return new DeviceError(code, `opening ${device} needs root or CAP_NET_ADMIN`);
}

function setHeaderLength(libc: Libc, fd: number, name: string): void {
  if (libc.ioctl(fd, TUNSETVNETHDRSZ, integer(VIRTIO_HEADER_LENGTH)) >= 0) return;
  const errno = libc.errno();
  throw new DeviceError(
    errnoName(errno),
    `${name} refuses a virtio header of ${VIRTIO_HEADER_LENGTH} octets (${errnoMessage(errno)}); try offload=off`,
  );
}

/** Asks for as much as there is. Without any, frames still carry the header, with nothing to say. */
function grantedOffload(libc: Libc, fd: number): Offload {
  if (libc.ioctlValue(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) >= 0) {
    return { segmentation: true, checksum: true };
  }
  if (libc.ioctlValue(fd, TUNSETOFFLOAD, TUN_F_CSUM) >= 0) {
    return { segmentation: false, checksum: true };
  }
  // What an earlier user of a persistent interface was granted must not stay.
  libc.ioctlValue(fd, TUNSETOFFLOAD, 0);
  return NO_OFFLOAD;
}

function features(libc: Libc, fd: number): number {
  const value = integer(0);
  return libc.ioctl(fd, TUNGETFEATURES, value) < 0 ? 0 : viewOf(value).getUint32(0, true);
}

function flagsOf(libc: Libc, fd: number): number {
  const request = new Uint8Array(IFREQ_LENGTH);
  if (libc.ioctl(fd, TUNGETIFF, request) < 0) return 0;
  return viewOf(request).getUint16(IFREQ_FLAGS, true);
}

function interfaceRequest(name: string, flags: number): Uint8Array {
  const request = new Uint8Array(IFREQ_LENGTH);
  request.set(Buffer.from(name));
  viewOf(request).setUint16(IFREQ_FLAGS, flags, true);
  return request;
}

function nameIn(request: Uint8Array): string {
  const end = request.indexOf(0);
  return Buffer.from(request.subarray(0, end)).toString();
}

function integer(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  viewOf(octets).setInt32(0, value, true);
  return octets;
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}
