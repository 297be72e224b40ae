/**
 * Bytes on the VICI socket that no charon sends: the sidecar says what is wrong with them, makes its connections anew, and goes on.
 */
import { expect } from 'vitest';

import { within } from '../lab/wait.ts';
import { untilAttached } from '../sidecar/daemon.ts';
import { calls } from '../sidecar/wire.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';
import { ViciBetween } from './vici-between.ts';
import { HOSTILE_BYTES, randomBytes } from './vici-bytes.ts';

const PEERS = sized(20, 6);
const ROUNDS = sized(3, 1);
const RANDOM = sized(50, 6);
const EACH = sized(1, 3);

fault(
  'vici-hostile',
  'Each kind of hostile bytes comes in the middle of what charon says: the same tunnels stand, the sidecar is attached again and has called nobody.',
  async (lab) => {
    const socket = `${lab.dir}/between.vici`;
    // The real one is where the lab puts it; it may come later.
    const between = await ViciBetween.listen(socket, `${lab.dir}/moon/charon.vici`);
    const ground = await Ground.start(lab, { config: { charon: { socket, 'reconcile-interval': 1 } } });
    const { daemon } = ground;
    const capture = await lab.capture(lab.moon);
    const kinds = Array.from({ length: ROUNDS }, () => Object.values(HOSTILE_BYTES)).flat();
    for (let at = 0; at < RANDOM; at += 1) kinds.push(randomBytes(`vici-hostile/${at}`));
    const chosen = kinds.filter((_, at) => at % EACH === 0);
    for (const bytes of chosen) {
      await within(30_000, 'connections to speak on', (saw) => saw(between.connections) > 0);
      between.say(bytes);
      await ground.untilMoreEchoes(1);
      await untilAttached(daemon, true, 30_000);
    }
    const away = daemon.grep(/charon is away/);
    expect(away.length).toBeGreaterThan(RANDOM / EACH);
    const row = await ground.row({
      done: `${Object.keys(HOSTILE_BYTES).length} kinds of hostile bytes, and bytes of chance, from charon`,
      times: chosen.length,
      saw: `${away.length} times away, such as: ${away[0]?.text}`,
    });
    await capture.caughtUp();
    expect(calls(capture, lab.moon.ipv4.outer)).toEqual([]);
    judge(row);
  },
  { manyPeers: PEERS },
);
