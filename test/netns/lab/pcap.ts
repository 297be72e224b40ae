/**
 * Reads a pcap stream piece by piece (draft-ietf-opsawg-pcap): bytes in, IP packets with their times out.
 */
export interface PcapRecord {
  /** Wall clock in ms since the epoch, with microseconds as its fraction. */
  readonly atMs: number;
  /** From the IP header on; empty if the frame holds none. */
  readonly ip: Buffer;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const RECORD_BYTES_MAX = 1_000_000;
/** Link types: Ethernet on a veth, raw IP on a TUN. */
const LINK_ETHERNET = 1;
const LINK_RAW = 101;

export class PcapReader {
  private rest: Buffer = Buffer.alloc(0);
  private linkType: number | undefined;

  /** @throws Error when the stream isn't a pcap of this machine's byte order, in microseconds, of a known link type */
  push(chunk: Buffer): PcapRecord[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    if (this.linkType === undefined) {
      if (this.rest.length < FILE_HEADER_BYTES) return [];
      this.linkType = readLinkType(this.rest);
      this.rest = this.rest.subarray(FILE_HEADER_BYTES);
    }
    const records: PcapRecord[] = [];
    let at = 0;
    while (this.rest.length >= at + RECORD_HEADER_BYTES) {
      const lengthBytes = this.rest.readUInt32LE(at + 8);
      if (lengthBytes > RECORD_BYTES_MAX) throw new Error(`a pcap record of ${lengthBytes} bytes`);
      const end = at + RECORD_HEADER_BYTES + lengthBytes;
      if (this.rest.length < end) break;
      const frame = this.rest.subarray(at + RECORD_HEADER_BYTES, end);
      records.push({
        atMs: this.rest.readUInt32LE(at) * 1000 + this.rest.readUInt32LE(at + 4) / 1000,
        ip: this.linkType === LINK_RAW ? frame : ipOfEthernet(frame),
      });
      at = end;
    }
    this.rest = this.rest.subarray(at);
    return records;
  }
}

function readLinkType(header: Buffer): number {
  if (header.readUInt32LE(0) !== MAGIC_MICROSECONDS)
    throw new Error(`not a pcap: ${header.toString('hex', 0, 4)}`);
  const linkType = header.readUInt32LE(20);
  if (linkType !== LINK_ETHERNET && linkType !== LINK_RAW)
    throw new Error(`unknown link type ${linkType} of a pcap`);
  return linkType;
}

function ipOfEthernet(frame: Buffer): Buffer {
  const isIp = frame.length >= 14 && [0x0800, 0x86dd].includes(frame.readUInt16BE(12));
  return isIp ? frame.subarray(14) : Buffer.alloc(0);
}
