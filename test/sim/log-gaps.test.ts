/** When the log isn't listened to, and what becomes of its lines. */

import { describe, expect, it } from 'vitest';
import type { News } from '../../src/daemon/charon.ts';
import { step } from '../../src/policy/step.ts';
import { VirtualClock } from '../../src/timers/virtual-clock.ts';
import { everythingElse, FakePolicyCharon } from '../helpers/fake-policy-charon.ts';
import { Dice } from './dice.ts';
import { LogGaps, type LogGapTraits } from './log-gaps.ts';
import { Scheduler } from './scheduler.ts';
import { Sidecar } from './sidecar.ts';
import { TwoCharons } from './two-charons.ts';
import { ViciLink, type ViciTraits } from './vici-link.ts';

const HOUR_MS = 3_600_000;
const GAP_MS = 5_000;
const HEARD_MS = 60_000;
const STEP_MS = 100;

/** Calls at every step of an hour. @returns when gaps began, and when it was told that they are over */
function anHour(traits: LogGapTraits): {
  begunMs: number[];
  overMs: number[];
  gaps: LogGaps;
  clock: VirtualClock;
} {
  const clock = new VirtualClock();
  const [begunMs, overMs]: [number[], number[]] = [[], []];
  const gaps = new LogGaps(clock, new Dice('gaps'), traits, () => overMs.push(clock.nowMs()));
  while (clock.nowMs() < HOUR_MS) {
    const wasDeaf = gaps.isDeaf;
    gaps.called();
    clock.advanceBy(STEP_MS);
    if (gaps.isDeaf && !wasDeaf) begunMs.push(clock.nowMs());
  }
  return { begunMs, overMs, gaps, clock };
}

describe('gaps in the log', () => {
  it('are not there if none are drawn', () => {
    expect(anHour({ logGapMs: 0, hasGapsAtCalls: true })).toMatchObject({ begunMs: [], overMs: [] });
    expect(anHour({ logGapMs: 0, hasGapsAtCalls: false })).toMatchObject({ begunMs: [], overMs: [] });
  });

  it.each([true, false])('are bounded, a minute apart, and told of (at calls: %s)', (hasGapsAtCalls) => {
    const { begunMs, overMs } = anHour({ logGapMs: GAP_MS, hasGapsAtCalls });
    expect(begunMs.length).toBeGreaterThan(50);
    expect(overMs.length).toBeGreaterThanOrEqual(begunMs.length - 1);
    for (const [index, endMs] of overMs.entries()) {
      expect(endMs - (begunMs[index] ?? 0)).toBeLessThanOrEqual(GAP_MS);
      expect((begunMs[index + 1] ?? Number.POSITIVE_INFINITY) - endMs).toBeGreaterThanOrEqual(HEARD_MS);
    }
  });

  it('that begin at calls need one', () => {
    const clock = new VirtualClock();
    const gaps = new LogGaps(
      clock,
      new Dice('gaps'),
      { logGapMs: GAP_MS, hasGapsAtCalls: true },
      () => undefined,
    );
    clock.advanceTo(HOUR_MS);
    expect(gaps.isDeaf).toBe(false);
    gaps.called();
    expect(gaps.isDeaf).toBe(true);
  });

  it('end without a word with the connection', () => {
    const { overMs, gaps, clock } = anHour({ logGapMs: GAP_MS, hasGapsAtCalls: false });
    const told = overMs.length;
    gaps.stop();
    clock.advanceBy(HOUR_MS);
    expect(overMs).toHaveLength(told);
  });
});

describe('a link that is not listened to', () => {
  const LINE: News = { type: 'peer', connection: 'net-net', address: null, news: { type: 'look-again' } };
  const EVENT: News = { type: 'connections' };
  const TRAITS: ViciTraits = {
    latencyMs: 1,
    slowShare: 0,
    logMs: 20,
    hasCallHints: true,
    logGapMs: GAP_MS,
    hasGapsAtCalls: true,
  };

  function attach(): { two: TwoCharons; link: ViciLink; told: string[] } {
    const two = new TwoCharons();
    const told: string[] = [];
    const link = new ViciLink(two.moon.charon, two.scheduler, new Dice('link'), TRAITS, {
      onNews: (news) => told.push(news.type),
      onClosed: () => undefined,
      onListed: () => undefined,
      onTerminate: () => undefined,
    });
    return { two, link, told };
  }

  it('loses lines, those on their way too, but no event; afterwards it says so', async () => {
    const { two, link, told } = attach();
    link.push(LINE, true);
    await two.run(100);
    expect(told.splice(0)).toEqual(['peer']);

    const called = link.initiate('net-net', 'net');
    link.push(LINE, true);
    await two.run(GAP_MS / 2);
    expect(await called).toBe(true);
    link.push(LINE, true);
    link.push(EVENT, false);
    await two.run(GAP_MS / 4);
    expect(told.splice(0)).toEqual(['connections']);

    await two.run(GAP_MS);
    link.push(LINE, true);
    await two.run(100);
    expect(told).toEqual(['missed', 'peer']);
  });

  it('listens on if a call is not wanted any more', async () => {
    const { two, link, told } = attach();
    const called = link.initiate('net-net', 'net', () => false);
    await two.run(100);
    expect(await called).toBe(false);
    link.push(LINE, true);
    await two.run(100);
    expect(told).toEqual(['peer']);
  });
});

it('a sidecar that missed lines lists everything, like the daemon', async () => {
  const scheduler = new Scheduler();
  const sidecar = new Sidecar(
    {
      scheduler,
      dice: new Dice('sidecar'),
      limits: { initiationsPerSecondMax: 100, halfOpenMax: 500 },
      policy: step,
      onEntry: () => undefined,
    },
    [],
  );
  const charon = new FakePolicyCharon();
  sidecar.start(() => Object.assign(charon, { close: () => undefined }));
  const passTo = (atMs: number) => scheduler.run(atMs, () => false);
  await passTo(2_000);
  await everythingElse();
  expect(charon.asked.splice(0)).toEqual(['conns', 'list']);
  sidecar.onNews({ type: 'missed' });
  await passTo(2_100);
  await everythingElse();
  expect(charon.asked).toEqual(['conns', 'list']);
});
