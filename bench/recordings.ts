/** The recorded VICI streams that the replay server plays; see test/fixtures/vici/README.md. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodePacket, FrameReader, LENGTH_PREFIX_BYTES, type Packet } from '../src/vici/index.ts';

interface RecordedFrame {
  readonly packet: Packet;
  /** With its length prefix. */
  readonly bytes: Buffer;
}

/** Ages and counters of an SA; a digit more in one doesn't change the lengths. */
const AGES = ['established', 'install-time'];
const COUNTERS = ['bytes-in', 'packets-in', 'bytes-out', 'packets-out'];

/** A recorded `list-sa` as charon might send it some seconds later: older, and with or without traffic meanwhile. */
export function later(frame: Buffer, hasTraffic: boolean): Buffer {
  const bytes = Buffer.from(frame);
  for (const key of hasTraffic ? [...AGES, ...COUNTERS] : AGES) {
    const keyAt = bytes.indexOf(Buffer.concat([Buffer.from([3, key.length]), Buffer.from(key)]));
    if (keyAt < 0) continue;
    const lengthAt = keyAt + 2 + key.length;
    const lastDigitAt = lengthAt + 1 + bytes.readUInt16BE(lengthAt);
    bytes.writeUInt8(0x30 + ((bytes.readUInt8(lastDigitAt) - 0x30 + 1) % 10), lastDigitAt);
  }
  return bytes;
}

/** Frames of a recording, by its file's name; run from the top folder of the project. */
export function recordedFrames(name: string): RecordedFrame[] {
  const stream = gunzipSync(readFileSync(resolve('test/fixtures/vici', `${name}.bin.gz`)));
  const frames = new FrameReader();
  frames.push(stream);
  const found: RecordedFrame[] = [];
  while (frames.next()) {
    found.push({
      packet: decodePacket(frames.bytes, frames.start, frames.end),
      bytes: stream.subarray(frames.start - LENGTH_PREFIX_BYTES, frames.end),
    });
  }
  return found;
}
