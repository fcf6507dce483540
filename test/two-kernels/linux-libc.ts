/** The C library's functions that the suite calls, through `koffi`. */
import { viewOf } from "./linux-layout.ts";

type Argument = number | bigint | Uint8Array | null;
type Callback = (error: Error | null, result: number) => void;

/** One function: at once, or on a thread of its own when it may wait. */
export interface LibcFunction {
  (...args: Argument[]): number;
  async(...args: [...Argument[], Callback]): void;
}

/** `ioctl` and `fcntl` are variadic in C; Linux passes such arguments like any other. */
const DECLARATIONS = {
  socket: "int socket(int family, int type, int protocol)",
  socketpair: "int socketpair(int family, int type, int protocol, void *pair)",
  bind: "int bind(int fd, void *name, uint32_t length)",
  listen: "int listen(int fd, int backlog)",
  accept4: "int accept4(int fd, void *name, void *length, int flags)",
  connect: "int connect(int fd, void *name, uint32_t length)",
  shutdown: "int shutdown(int fd, int how)",
  close: "int close(int fd)",
  getsockname: "int getsockname(int fd, void *name, void *length)",
  getpeername: "int getpeername(int fd, void *name, void *length)",
  read: "intptr_t read(int fd, void *buffer, size_t length)",
  write: "intptr_t write(int fd, void *bytes, size_t length)",
  readv: "intptr_t readv(int fd, void *parts, int count)",
  writev: "intptr_t writev(int fd, void *parts, int count)",
  recvfrom:
    "intptr_t recvfrom(int fd, void *buffer, size_t length, int flags, void *name, void *room)",
  sendto:
    "intptr_t sendto(int fd, void *bytes, size_t length, int flags, void *name, uint32_t room)",
  recvmsg: "intptr_t recvmsg(int fd, void *header, int flags)",
  sendmsg: "intptr_t sendmsg(int fd, void *header, int flags)",
  recvmmsg: "int recvmmsg(int fd, void *headers, uint32_t count, int flags, void *timeout)",
  sendmmsg: "int sendmmsg(int fd, void *headers, uint32_t count, int flags)",
  getsockopt: "int getsockopt(int fd, int level, int option, void *value, void *length)",
  setsockopt: "int setsockopt(int fd, int level, int option, void *value, uint32_t length)",
  fcntl: "int fcntl(int fd, int command, intptr_t argument)",
  ioctl: "int ioctl(int fd, unsigned long request, void *argument)",
  poll: "int poll(void *records, unsigned long count, int timeout)",
  select: "int select(int count, void *read, void *write, void *except, void *timeout)",
  epoll_create1: "int epoll_create1(int flags)",
  epoll_ctl: "int epoll_ctl(int epoll, int operation, int fd, void *event)",
  epoll_wait: "int epoll_wait(int epoll, void *events, int count, int timeout)",
  dup: "int dup(int fd)",
  dup2: "int dup2(int fd, int target)",
  dup3: "int dup3(int fd, int target, int flags)",
  pipe2: "int pipe2(void *pair, int flags)",
  if_nametoindex: "uint32_t if_nametoindex(void *name)",
} as const;

export type LibcName = keyof typeof DECLARATIONS;

export interface Libc {
  readonly functions: Readonly<Record<LibcName, LibcFunction>>;
  /** Why the last call failed; positive. Asked for right after it. */
  readonly errno: () => number;
  readonly addressOf: (octets: Uint8Array) => bigint;
}

export async function loadLibc(): Promise<Libc> {
  const koffi = await import("koffi");
  const library = koffi.load(null);
  const bound = Object.entries(DECLARATIONS).map(([name, declaration]) => [
    name,
    library.func(declaration),
  ]);
  return {
    functions: Object.fromEntries(bound) as Record<LibcName, LibcFunction>,
    errno: koffi.errno,
    addressOf: koffi.address,
  };
}

/** A room for a number that the kernel reads and writes. */
export function integerRoom(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  viewOf(octets).setInt32(0, value, true);
  return octets;
}

export function integerIn(octets: Uint8Array, at = 0): number {
  return viewOf(octets).getInt32(at, true);
}
