/**
 * A VICI server that plays recorded answers of charon, as fast as its client takes them, in a process of its own.
 *
 * `list-sas` is answered with 1,000 IKE_SAs, every second time some seconds older, where half of them had traffic;
 * `version` with the recorded answer; `replay-events`, a command
 * that charon doesn't have, with the recorded events and then an empty answer. Prints `ready` when it listens. Arguments: the socket,
 * and how many times a command's recording is repeated.
 */
import { createServer, type Socket } from 'node:net';
import { decodePacket, encodePacket, FrameReader } from '../src/vici/index.ts';
import { later, recordedFrames } from './recordings.ts';

/** A chunk of the order of what charon's own writes come to in one read. */
const CHUNK_BYTES = 64 * 1024;

const [path = '', repeatText = '1'] = process.argv.slice(2);
const repeat = Number(repeatText);
const isEvent = (name: string) => (frame: { packet: { type: string } }) =>
  frame.packet.type === 'EVENT' && (frame.packet as { name?: string }).name === name;
const bytesOf = (frame: { bytes: Buffer }): Buffer => frame.bytes;

const sas = recordedFrames('list-sas-1000-initiator').filter(isEvent('list-sa')).map(bytesOf);
const laterSas = sas.map((frame, index) => later(frame, index % 2 === 1));
const events = recordedFrames('events-initiator-slice').map(bytesOf);
const version = recordedFrames('version').map(bytesOf);
const done = encodePacket({ type: 'CMD_RESPONSE' });
const confirmed = encodePacket({ type: 'EVENT_CONFIRM' });

const answers: Readonly<Record<string, () => Iterable<Buffer>>> = {
  'list-sas': () => repeated(sas, laterSas),
  'replay-events': () => repeated(events, events),
  version: () => version,
};

function* repeated(even: readonly Buffer[], odd: readonly Buffer[]): Iterable<Buffer> {
  for (let turn = 0; turn < repeat; turn++) yield* turn % 2 === 0 ? even : odd;
  yield done;
}

function* chunked(frames: Iterable<Buffer>): Iterable<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for (const frame of frames) {
    waiting.push(frame);
    bytes += frame.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  yield Buffer.concat(waiting);
}

async function send(socket: Socket, frames: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunked(frames)) {
    if (socket.write(chunk)) continue;
    await new Promise((resolve) => socket.once('drain', resolve));
  }
}

const server = createServer((socket) => {
  const frames = new FrameReader();
  let turn = Promise.resolve();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    frames.push(chunk);
    while (frames.next()) {
      const packet = decodePacket(frames.bytes, frames.start, frames.end);
      if (packet.type === 'CMD_REQUEST') {
        const answer = answers[packet.name]?.() ?? [encodePacket({ type: 'CMD_UNKNOWN' })];
        turn = turn.then(() => send(socket, answer));
      } else {
        turn = turn.then(() => send(socket, [confirmed]));
      }
    }
  });
});
server.listen(path, () => console.log('ready'));
