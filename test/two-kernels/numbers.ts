/** Linux's numbers (x86-64) of what the package has no constants for yet. */

export const ELOOP = 40;
export const SOCK_PACKET = 10;
export const SOCK_RDM = 4;
export const IPPROTO_SCTP = 132;
export const IPPROTO_UDPLITE = 136;

export const MSG_CMSG_CLOEXEC = 0x40000000;
export const MSG_WAITFORONE = 0x10000;

// fcntl(2).
export const F_DUPFD = 0;
export const F_SETOWN = 8;
export const F_GETOWN = 9;
export const F_DUPFD_CLOEXEC = 1030;
export const O_CLOEXEC = 0o2000000;
export const O_ACCMODE = 3;

// ioctl(2).
export const SIOCGIFMTU = 0x8921;

// epoll(7).
export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x1;
export const EPOLLPRI = 0x2;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 0x10000000;
export const EPOLLONESHOT = 0x40000000;
export const EPOLLET = 0x80000000;
export const FD_SETSIZE = 1024;

// Level SOL_SOCKET.
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_TIMESTAMPNS = 35;
export const SO_MARK = 36;
export const SO_PEEK_OFF = 42;
export const SO_INCOMING_CPU = 49;
export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;

// Level IPPROTO_TCP.
export const TCP_NOTSENT_LOWAT = 25;
export const TCP_SAVE_SYN = 27;
export const TCP_SAVED_SYN = 28;
export const TCP_FASTOPEN_CONNECT = 30;
export const TCP_INQ = 36;

// Level IPPROTO_IP.
export const IP_HDRINCL = 3;
export const IP_OPTIONS = 4;
export const IP_RECVORIGDSTADDR = 20;
export const IP_MINTTL = 21;
export const IP_TRANSPARENT = 19;
export const IP_UNBLOCK_SOURCE = 37;
export const IP_BLOCK_SOURCE = 38;
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
export const IP_DROP_SOURCE_MEMBERSHIP = 40;
export const IP_MSFILTER = 41;
export const IP_MULTICAST_ALL = 49;

// Level IPPROTO_IPV6.
export const IPV6_CHECKSUM = 7;
export const ICMP6_FILTER = 1;
export const SOL_ICMPV6 = 58;
export const IPV6_ADDR_PREFERENCES = 72;
export const IPV6_RECVHOPOPTS = 53;
export const SOL_RAW = 255;
export const ICMP_FILTER = 1;
export const SOL_PACKET = 263;
