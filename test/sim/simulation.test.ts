/**
 * A slice of the simulation for every run of the tests, another one for each commit: the seed is `SIM_SEED`, or the hash
 * of the commit that is checked out. What fails can be played again with the command in the message.
 */

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Dice } from './dice.ts';
import { drawOptions, FAULTS, type PeerKind, type SimOptions } from './options.ts';
import { optionsOf, simulate } from './simulation.ts';

const SEED = process.env['SIM_SEED'] ?? commit() ?? 'tests';
const SEEDS = 40;
const HOURS = 0.5;
const TIMEOUT_MS = 120_000;

/** Its hash; undefined outside a checkout. */
function commit(): string | undefined {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', timeout: 5_000 });
  return status === 0 ? stdout.trim() : undefined;
}

describe('the simulation', () => {
  it(
    `holds for ${SEEDS} seeds`,
    async () => {
      console.info(`simulation: seeds ${SEED}.1 to ${SEED}.${SEEDS}`);
      const failures: string[] = [];
      for (let at = 1; at <= SEEDS; at += 1) {
        const seed = `${SEED}.${at}`;
        const { failure } = await simulate({ seed, hours: HOURS });
        if (failure) failures.push(`${failure.what}: npm run sim -- --seed ${seed} --hours ${HOURS}`);
      }
      expect(failures).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('is the same run for the same seed, to the last line', async () => {
    const play = async (seed: string): Promise<string> => {
      const lines: string[] = [];
      await simulate({ seed, hours: 0.2, trace: (line) => lines.push(line) });
      return lines.join('\n');
    };
    const [first, again, other] = [await play('same'), await play('same'), await play('other')];
    expect(first.length).toBeGreaterThan(1_000);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('takes a commit hash as a seed', () => {
    const hash = '0123456789abcdef0123456789abcdef01234567';
    expect(optionsOf(hash)).toEqual(optionsOf(hash));
  });

  it('holds without the log for five seconds a minute, each time from a call on', async () => {
    const adjust = (drawn: SimOptions): SimOptions => ({
      ...drawn,
      vici: { ...drawn.vici, logGapMs: 5_000, hasGapsAtCalls: true },
    });
    for (let at = 1; at <= 20; at += 1) {
      const { failure } = await simulate({ seed: `deaf.${at}`, hours: 0.3, adjust });
      expect(failure, `deaf.${at}`).toBeNull();
    }
  });

  it('meets collisions, settles them, sweeps and cycles', async () => {
    const sums: Record<string, number> = {};
    for (let at = 1; at <= 20; at += 1) {
      const { counters } = await simulate({ seed: `meets.${at}`, hours: 0.3 });
      for (const [name, value] of Object.entries(counters)) sums[name] = (sums[name] ?? 0) + value;
    }
    for (const name of ['cycles', 'initiations', 'collisions', 'settled', 'swept']) {
      expect(sums[name], name).toBeGreaterThan(0);
    }
  });
});

describe('options', () => {
  const drawn = Array.from({ length: 300 }, (_, at) => drawOptions(new Dice(`options ${at}`)));

  it('have every kind of peer and every fault in some seed, and no fault in some', () => {
    const kinds: PeerKind[] = [
      'afteryou',
      'restarting',
      'calling-for-ever',
      'calling-once',
      'trap',
      'responder',
      'silent',
    ];
    for (const kind of kinds) {
      expect(
        drawn.some(({ peers }) => peers.some((peer) => peer.kind === kind)),
        kind,
      ).toBe(true);
    }
    for (const fault of FAULTS)
      expect(
        drawn.some(({ faults }) => faults.includes(fault)),
        fault,
      ).toBe(true);
    expect(drawn.some(({ faults }) => faults.length === 0)).toBe(true);
  });

  it('mostly listen to the log, but have gaps of each kind in some seed', () => {
    const gaps = drawn.filter(({ vici }) => vici.logGapMs > 0);
    expect(gaps.length).toBeLessThan(drawn.length / 2);
    expect(new Set(gaps.map(({ vici }) => `${vici.logGapMs} ${vici.hasGapsAtCalls}`))).toEqual(
      new Set(['500 true', '500 false', '5000 true', '5000 false']),
    );
  });

  it('keep to what is demanded of operators: unique=never and dead peer detection on our side', () => {
    const ours = drawn.flatMap(({ peers }) => peers.map((peer) => peer.ours));
    expect(new Set(ours.map(({ unique }) => unique))).toEqual(new Set(['never']));
    expect(Math.min(...ours.map(({ dpdMs }) => dpdMs))).toBeGreaterThan(0);
  });

  it('give a replace peer the whole hold', () => {
    const replacing = drawn.flatMap(({ peers }) => peers).filter(({ theirs }) => theirs.unique === 'replace');
    expect(replacing.length).toBeGreaterThan(0);
    expect(new Set(replacing.map(({ settings }) => settings.settleHoldMs))).toEqual(new Set([20_000]));
  });
});
