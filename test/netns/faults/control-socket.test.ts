/**
 * The control socket in bad company: heap bombs, half frames, a thousand connections, clients that never read.
 */
import { expect } from 'vitest';

import { encode } from '../../../src/control/codec.ts';
import { REQUEST_LIMITS } from '../../../src/control/limits.ts';
import { within } from '../lab/wait.ts';
import { statusOf } from '../sidecar/daemon.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';
import { framed, Stranger } from './stranger.ts';

const PEERS = sized(20, 6);
const ROUNDS = sized(50, 1);
const SIEGES = sized(3, 1);
const CROWD = 1_000;
/** As many as the daemon serves at the same time (docs/control-protocol.md, "Bounds"). */
const SERVED = 32;
/** A few at once, and then one in five minutes. */
const LOG_LINES_MAX = 25;
const LENGTH_MAX = REQUEST_LIMITS.bytesMax;

const BOMBS: Readonly<Record<string, Buffer>> = {
  'four GiB': framed([], 0xff_ff_ff_ff),
  'a byte too long': framed([], LENGTH_MAX + 1),
  'an array of 4,294,967,295': framed([0xdd, 0xff, 0xff, 0xff, 0xff]),
  'a map of 4,294,967,295': framed([0xdf, 0xff, 0xff, 0xff, 0xff]),
  'a text of 4 GiB': framed([0xdb, 0xff, 0xff, 0xff, 0xff]),
  'a binary of 4 GiB': framed([0xc6, 0xff, 0xff, 0xff, 0xff]),
  'an extension of 4 GiB': framed([0xc9, 0xff, 0xff, 0xff, 0xff, 1]),
  'arrays inside each other': framed(new Uint8Array(LENGTH_MAX).fill(0x91)),
  'maps inside each other': framed(new Uint8Array(LENGTH_MAX).fill(0x81)),
  'more values than allowed': framed([0xdc, 0x27, 0x10, ...Array(10_000).fill(0x80)]),
  'a date': framed([0xd6, 0xff, 0, 0, 0, 0]),
  'two values': framed([0xc0, 0xc0]),
  'no value': framed([]),
  'a byte that means nothing': framed([0xc1]),
  'a text that is no UTF-8': framed([0xa2, 0xc3, 0x28]),
};

const STATUS = framed(encode({ id: '1', command: 'status', arguments: { peer: null } }, REQUEST_LIMITS));

fault(
  'control-socket',
  'Bombs, half frames, a crowd and readers who never read: the daemon ends them in words, serves the operator once there is room, and no peer notices.',
  async (lab) => {
    const ground = await Ground.start(lab);
    const { daemon } = ground;
    let attacks = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, bomb] of Object.entries(BOMBS)) {
        const stranger = await Stranger.connect(daemon.controlSocket);
        const word = await within(10_000, `a word about ${name}`, () => stranger.send(bomb).firstWord());
        stranger.go();
        expect({ name, word }).toMatchObject({ name, word: { error: { code: 'CONTROL_PROTOCOL' } } });
        attacks += 1;
      }
    }
    const refusals = new Set<string>();
    for (let siege = 0; siege < SIEGES; siege += 1) {
      refusals.add(await besieged(ground, () => crowd(daemon.controlSocket, SERVED, framed([0x83], 1_000))));
      refusals.add(
        await besieged(ground, () =>
          crowd(daemon.controlSocket, SERVED, Buffer.concat(Array(500).fill(STATUS))),
        ),
      );
      const many = Stranger.crowd(daemon.controlSocket, CROWD);
      refusals.add(await refusalOf(ground));
      for (const one of many) one.go();
      await untilServed(ground);
      attacks += 2 * SERVED + CROWD;
    }
    const lines = daemon.grep(/control socket/);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(LOG_LINES_MAX);
    judge(
      await ground.row({
        done: `heap bombs, half frames, ${SERVED} readers who never read, ${CROWD.toLocaleString('en')} connections`,
        times: attacks,
        saw: `${[...refusals].join(' / ')}; ${lines.length} lines in the log`,
      }),
    );
  },
  { manyPeers: PEERS },
);

async function crowd(path: string, count: number, bytes: Uint8Array): Promise<readonly Stranger[]> {
  const all = await Promise.all(Array.from({ length: count }, () => Stranger.connect(path)));
  for (const one of all) one.send(bytes);
  return all;
}

/** While they hold all connections the operator is told so, and is served once their time is up, not before they go. */
async function besieged(ground: Ground, begin: () => Promise<readonly Stranger[]>): Promise<string> {
  const all = await begin();
  const refusal = await refusalOf(ground);
  await untilServed(ground);
  for (const one of all) one.go();
  return refusal;
}

async function refusalOf({ daemon }: Ground): Promise<string> {
  const { code, stderr } = await daemon.cli(['status']);
  expect(code).not.toBe(0);
  return stderr.trim().replaceAll('\n', ' ');
}

async function untilServed({ daemon }: Ground): Promise<void> {
  await within(30_000, 'the operator is served', async () => (await statusOf(daemon)).charon.attached, {
    pollMs: 100,
  });
}
