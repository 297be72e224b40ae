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
