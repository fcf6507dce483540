/** What the application may want to know of; bits that `takeEvents` gathers. */
export const TcpEvent = {
  /** The handshake is complete. */
  CONNECTED: 0x01,
  /** There is something to read. */
  READABLE: 0x02,
  /** There is room to write again. */
  WRITABLE: 0x04,
  /** The peer's FIN was reached: after the data comes end of file (MUST-12). */
  PEER_CLOSED: 0x08,
  /** The connection failed: see `error` (MUST-12). */
  ERROR: 0x10,
  /** Nothing is left to do or to send: the connection can be forgotten. */
  CLOSED: 0x20,
  /** Urgent data is pending, or more of it than before (MUST-32). */
  URGENT: 0x40,
} as const;
