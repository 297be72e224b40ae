/**
 * The disk of the state file is full: tunnels don't depend on it, and it is written again as soon as there is room.
 */
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import * as z from 'zod';
import { loadSnapshot } from '../../../src/daemon/snapshot-file.ts';

import { run } from '../lab/command.ts';
import { within } from '../lab/wait.ts';
import { peerOf, statusOf, untilState } from '../sidecar/daemon.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';

const KEPT = sized(20, 6);
const TIMES = sized(10, 2);

fault(
  'disk-full',
  'The disk fills up, peers go and come, there is room again: told once each time, what was written before stays readable, and then it is written anew.',
  async (lab) => {
    const state = `${lab.dir}/state/state.msgpack`;
    const ground = await Ground.start(lab, { kept: KEPT, config: { state: { file: state } } });
    const { daemon } = ground;
    const [{ name: changing } = { name: '' }] = ground.others;
    // `ip netns exec` gives a process a mount namespace of its own, and this disk is in that one only.
    const pid = String(daemon.process.pid);
    const there = (script: string) => run(['nsenter', '-t', pid, '-m', 'sh', '-c', script]);
    const disk = `${lab.dir}/state`;
    await within(20_000, 'a state file', (saw) => saw(existsSync(state)));
    await there(
      `cp -r ${disk} ${disk}-kept && mount -t tmpfs -o size=256k tmpfs ${disk} && cp ${disk}-kept/* ${disk}`,
    );
    const stateThere = `/proc/${pid}/root${state}`;
    for (let times = 1; times <= TIMES; times += 1) {
      await within(20_000, 'the state file as it is now', async (saw) => {
        return (
          saw(initiationsIn(stateThere, changing)) === (await peerOf(daemon, changing)).counters.initiations
        );
      });
      const before = initiationsIn(stateThere, changing);
      await there(`! dd if=/dev/zero of=${disk}/filler bs=4k 2>/dev/null`);
      await ground.theyEnd([changing]);
      await within(
        20_000,
        'it is told',
        (saw) => saw(daemon.grep(/state file cannot be written/)).length === times,
      );
      await ground.untilAllUp();
      expect(initiationsIn(stateThere, changing)).toBe(before);
      expect(existsSync(`${stateThere}.new`)).toBe(false);
      expect((await statusOf(daemon)).health.join()).toMatch(/The state file cannot be written.*ENOSPC/);
      expect(daemon.grep(/state file cannot be written/)).toHaveLength(times);
      await there(`rm ${disk}/filler`);
      await ground.theyEnd([changing]);
      await untilState(daemon, 'up', { peer: changing });
      await within(10_000, 'it is told that all is well', (saw) => {
        return saw(daemon.grep(/state file is written again/)).length === times;
      });
      expect((await statusOf(daemon)).health.join()).not.toMatch(/state file/);
    }
    judge(
      await ground.row({
        done: 'no room on the disk of the state file, then room again',
        times: TIMES,
        saw: daemon.grep(/state file cannot be written/)[0]?.text ?? '',
      }),
    );
  },
  { manyPeers: KEPT + 1 },
);

const RECORD = z.object({
  peer: z.string(),
  memory: z.object({ counters: z.object({ initiations: z.number() }) }).nullable(),
});

/** What the file says of a peer; undefined if there is no file that can be read. */
function initiationsIn(file: string, peer: string): number | undefined {
  const records = loadSnapshot(file, RECORD).values ?? [];
  return records.find((record) => record.peer.includes(peer))?.memory?.counters.initiations;
}
