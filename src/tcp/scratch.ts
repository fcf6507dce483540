import { StoragePool } from "../base/storage-pool.ts";
import type { AckSample } from "./congestion/controller.ts";
import { type HandshakeOptions, noHandshakeOptions } from "./handshake-options.ts";
import type { SendQuestion } from "./send-policy.ts";
import { SentSegmentPool } from "./sent-segments.ts";

/**
 * Records that are needed only while one segment is handled or built, and the
 * pool of the retransmission queues. One set serves all connections of a host,
 * which are never at work at the same time; none of it outlives a call.
 */
export class TcpScratch {
  readonly segments: SentSegmentPool = new SentSegmentPool();
  /** Storage of the send and receive buffers: held by a connection only while there is data. */
  readonly storage: StoragePool = new StoragePool();
  readonly handshakeOptions: HandshakeOptions = noHandshakeOptions();
  /** Edges of the SACK blocks of the segment that is being built. */
  readonly sackEdges: Int32Array = new Int32Array(8);
  readonly ackSample: AckSample = {
    now: 0,
    ackedOctets: 0,
    flightBefore: 0,
    rttMs: -1,
    srttMs: 0,
    mss: 0,
  };
  readonly sendQuestion: SendQuestion = {
    unsentOctets: 0,
    usableWindow: 0,
    mss: 0,
    maxSendWindow: 0,
    flightOctets: 0,
    smallInFlight: false,
    noDelay: false,
    corked: false,
    finQueued: false,
    overridden: false,
  };
}
