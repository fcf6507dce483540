/**
 * Error numbers with Linux's values (asm-generic/errno.h). System calls of the
 * core return a result ≥ 0 or one of these negated.
 */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ESPIPE: 29,
  EPIPE: 32,
  EDOM: 33,
  ENOSYS: 38,
  EPROTO: 71,
  EOVERFLOW: 75,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENETRESET: 102,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETOOMANYREFS: 109,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
  ECANCELED: 125,
} as const;

export type ErrnoName = keyof typeof Errno;
/** One of the error numbers, positive. */
export type ErrnoValue = (typeof Errno)[ErrnoName];

const NAMES = new Map<number, ErrnoName>(
  Object.entries(Errno).map(([name, value]) => [value, name as ErrnoName]),
);

const MESSAGES = new Map<ErrnoName, string>([
  ["EPERM", "operation not permitted"],
  ["ENOENT", "no such file or directory"],
  ["EINTR", "interrupted system call"],
  ["EBADF", "bad file descriptor"],
  ["EAGAIN", "resource temporarily unavailable"],
  ["EACCES", "permission denied"],
  ["EBUSY", "device or resource busy"],
  ["ENODEV", "no such device"],
  ["EINVAL", "invalid argument"],
  ["EMFILE", "too many open files"],
  ["EPIPE", "broken pipe"],
  ["ENOTSOCK", "socket operation on non-socket"],
  ["EDESTADDRREQ", "destination address required"],
  ["EMSGSIZE", "message too long"],
  ["ENOPROTOOPT", "protocol not available"],
  ["EPROTONOSUPPORT", "protocol not supported"],
  ["ESOCKTNOSUPPORT", "socket type not supported"],
  ["EOPNOTSUPP", "operation not supported"],
  ["EAFNOSUPPORT", "address family not supported by protocol"],
  ["EADDRINUSE", "address already in use"],
  ["EADDRNOTAVAIL", "cannot assign requested address"],
  ["ENETDOWN", "network is down"],
  ["ENETUNREACH", "network is unreachable"],
  ["ECONNABORTED", "software caused connection abort"],
  ["ECONNRESET", "connection reset by peer"],
  ["ENOBUFS", "no buffer space available"],
  ["EISCONN", "transport endpoint is already connected"],
  ["ENOTCONN", "transport endpoint is not connected"],
  ["ETIMEDOUT", "connection timed out"],
  ["ECONNREFUSED", "connection refused"],
  ["EHOSTUNREACH", "no route to host"],
  ["EALREADY", "operation already in progress"],
  ["EINPROGRESS", "operation now in progress"],
]);

/** `ECONNREFUSED` for 111 (or −111); the number as text when it is not one of ours. */
export function errnoName(errno: number): string {
  return NAMES.get(Math.abs(errno)) ?? String(errno);
}

/** `strerror(3)` in lower case. */
export function errnoMessage(errno: number): string {
  const name = NAMES.get(Math.abs(errno));
  return (name && MESSAGES.get(name)) ?? `error ${errno}`;
}
