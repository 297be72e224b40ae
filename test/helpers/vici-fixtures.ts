/** Reads the recorded VICI streams in `test/fixtures/vici`. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodePacket, FrameReader, type MessageCursor, type Packet } from '../../src/vici/index.ts';

export const RECORDINGS = [
  'version',
  'list-sas-1000-initiator',
  'list-sas-1000-responder',
  'events-initiator-slice',
] as const;

export type Recording = (typeof RECORDINGS)[number];

/** The bytes of a recording. */
export function recordedBytes(name: Recording): Buffer {
  return gunzipSync(readFileSync(new URL(`../fixtures/vici/${name}.bin.gz`, import.meta.url)));
}

/** The packets of a recording. */
export function recordedPackets(name: Recording): Packet[] {
  const frames = new FrameReader();
  frames.push(recordedBytes(name));
  const packets: Packet[] = [];
  while (frames.next()) packets.push(decodePacket(frames.bytes, frames.start, frames.end));
  return packets;
}

/** The messages of all events of that name in a recording. */
export function recordedEvents(recording: Recording, event: string): MessageCursor[] {
  const bodies: MessageCursor[] = [];
  for (const packet of recordedPackets(recording)) {
    if (packet.type === 'EVENT' && packet.name === event) bodies.push(packet.body);
  }
  return bodies;
}
