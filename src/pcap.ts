/** Reading and writing packet captures: `netloom/pcap`. */
export { Capture, type CaptureDirection, type CaptureSink } from "./link/capture.ts";
export { LinkType } from "./link/pcapng-format.ts";
export { type PcapngInterface, type PcapngPacket, PcapngReader } from "./link/pcapng-reader.ts";
export {
  type FrameOctets,
  type PcapngInterfaceOptions,
  type PcapngPacketInfo,
  PcapngWriter,
  type PcapngWriterOptions,
} from "./link/pcapng-writer.ts";
