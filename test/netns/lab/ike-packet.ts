/**
 * Reads the IKE header out of a captured IP packet (RFC 7296, 3.1; RFC 3948, 2.2 for port 4500).
 */
import ipaddr from 'ipaddr.js';

import { exchangeName } from './ike-exchange.ts';

interface Datagram {
  /** Wall clock in ms since the epoch, with microseconds as its fraction. */
  readonly atMs: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface IkePacket extends Datagram {
  /** 16 hex digits. */
  readonly initiatorSpi: string;
  /** 16 hex digits; zeros in the first packet of an IKE_SA. */
  readonly responderSpi: string;
  readonly majorVersion: number;
  /** Name of the exchange type, or its number as text. */
  readonly exchange: string;
  /** The flag I: the sender is the original initiator of the IKE_SA (IKEv2). */
  readonly fromInitiator: boolean;
  /** The flag R (IKEv2). */
  readonly isResponse: boolean;
  readonly messageId: number;
  readonly lengthBytes: number;
}

export type Parsed =
  | { readonly kind: 'ike'; readonly packet: IkePacket }
  | ({ readonly kind: 'esp' } & Datagram);

const UDP = 17;
const UDP_HEADER_BYTES = 8;
const IKE_HEADER_BYTES = 28;
const FLAG_INITIATOR = 0x08;
const FLAG_RESPONSE = 0x20;

/** The IKE or ESP-in-UDP packet in `ip`; undefined for any other, and for later fragments. */
export function parseIpPacket(ip: Buffer, atMs: number): Parsed | undefined {
  const udp = udpOffset(ip);
  if (udp === undefined || ip.length < udp + UDP_HEADER_BYTES) return undefined;
  const isIpv4 = ip.readUInt8(0) >> 4 === 4;
  const datagram: Datagram = {
    atMs,
    source: addressText(isIpv4 ? ip.subarray(12, 16) : ip.subarray(8, 24)),
    destination: addressText(isIpv4 ? ip.subarray(16, 20) : ip.subarray(24, 40)),
    sourcePort: ip.readUInt16BE(udp),
    destinationPort: ip.readUInt16BE(udp + 2),
  };
  let at = udp + UDP_HEADER_BYTES;
  if (datagram.sourcePort === 4500 || datagram.destinationPort === 4500) {
    if (ip.length < at + 4) return undefined; // A NAT keepalive is one byte long.
    if (ip.readUInt32BE(at) !== 0) return { kind: 'esp', ...datagram };
    at += 4;
  } else if (datagram.sourcePort !== 500 && datagram.destinationPort !== 500) {
    return undefined;
  }
  if (ip.length < at + IKE_HEADER_BYTES) return undefined;
  const flags = ip.readUInt8(at + 19);
  return {
    kind: 'ike',
    packet: {
      ...datagram,
      initiatorSpi: ip.toString('hex', at, at + 8),
      responderSpi: ip.toString('hex', at + 8, at + 16),
      majorVersion: ip.readUInt8(at + 17) >> 4,
      exchange: exchangeName(ip.readUInt8(at + 18)),
      fromInitiator: (flags & FLAG_INITIATOR) !== 0,
      isResponse: (flags & FLAG_RESPONSE) !== 0,
      messageId: ip.readUInt32BE(at + 20),
      lengthBytes: ip.readUInt32BE(at + 24),
    },
  };
}

function udpOffset(ip: Buffer): number | undefined {
  if (ip.length < 20) return undefined;
  const version = ip.readUInt8(0) >> 4;
  if (version === 4) {
    const isLaterFragment = (ip.readUInt16BE(6) & 0x1fff) !== 0;
    return ip.readUInt8(9) === UDP && !isLaterFragment ? (ip.readUInt8(0) & 15) * 4 : undefined;
  }
  return version === 6 && ip.readUInt8(6) === UDP ? 40 : undefined;
}

function addressText(bytes: Buffer): string {
  return ipaddr.fromByteArray([...bytes]).toString();
}
