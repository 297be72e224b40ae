/**
 * Both ends call at once (R6, R7): both tunnels carry traffic for a while, then exactly one is left, the same at both ends.
 */
import { expect } from 'vitest';

import type { HistoryEntry } from '../../src/control/api.ts';
import type { Afteryou } from './lab/afteryou.ts';
import type { Charon } from './lab/charon.ts';
import { scenario } from './lab/scenario.ts';
import { type TwoCharons, twoCharons, untilUp } from './lab/two-charons.ts';
import { within } from './lab/wait.ts';
import { historyOf, peerOf, ROUNDING_MS, startDaemon, transitions, untilState } from './sidecar/daemon.ts';
import { call, crossInStep, expectNothingLost, pingBothWays } from './sidecar/tunnels.ts';

const ENDS = {
  connection: { settings: { dpd_delay: '3s' } },
  // What is held must not be given up.
  charon: { settings: { retransmit_tries: 30 } },
};
/** Modes so long that only the scenario makes anyone call. */
const SERVICE = { 'responder-mode-duration': 250, 'initiator-mode-duration': 60, 'settle-hold': 3 };
/** What the rules promise: hold (or the proof by dead peer detection, as long here), grace, and 3 s. */
const SETTLED_WITHIN_MS = 8_000;

scenario(
  'collision-plain-peer',
  "We and a plain strongSwan call at once: settling with two tunnels for 3 s, then ours goes, and the peer's stays at both ends.",
  async (lab) => {
    const pair = await twoCharons(lab, ENDS);
    const { moon, sun } = pair;
    const daemon = await startDaemon(lab, moon, { service: SERVICE });
    await crossInStep(lab.relay, () => Promise.all([call(daemon), sun.initiate({ ike: 'moon' })]));
    const { ike_sas: both } = await untilSettling(daemon);
    await bothUp(pair);
    const pingers = await pingBothWays(lab);
    expect(both.map(({ initiated_by: by }) => by).sort()).toEqual(['peer', 'self']);
    expect(await untilState(daemon, 'up')).toMatchObject({
      role: 'responder',
      counters: { collisions: 1, settled: 1 },
    });
    expect(await timeline(daemon)).toMatchObject({ rule: 'R7' });
    await expectOneTunnel(moon, sun);
    expect(await sun.sas()).toMatchObject([{ isInitiator: true }]);
    await expectNothingLost(pingers);
  },
  { relay: { delayMs: 20 } },
);

scenario(
  'collision-mirror',
  'Two afteryous call each other at once: both are settling, exactly one of them gives up its own, and one tunnel stays at both ends.',
  async (lab) => {
    const pair = await twoCharons(lab, ENDS);
    const { moon, sun } = pair;
    const atMoon = await startDaemon(lab, moon, { service: SERVICE });
    const atSun = await startDaemon(lab, sun, { service: SERVICE, name: 'afteryou-sun' });
    await crossInStep(lab.relay, () => Promise.all([call(atMoon), call(atSun, 'moon')]));
    await Promise.all([untilSettling(atMoon), untilSettling(atSun, 'moon')]);
    await bothUp(pair);
    const pingers = await pingBothWays(lab);
    await Promise.all([untilState(atMoon, 'up'), untilState(atSun, 'up', { peer: 'moon' })]);
    const ends = await Promise.all([peerOf(atMoon), peerOf(atSun, 'moon')]);
    expect(ends.reduce((sum, { counters }) => sum + counters.settled, 0)).toBe(1);
    expect(ends.map(({ counters }) => counters.collisions)).toEqual([1, 1]);
    expect(new Set(ends.map(({ role }) => role))).toEqual(new Set(['initiator', 'responder']));
    const timelines = await Promise.all([timeline(atMoon), timeline(atSun, 'moon')]);
    expect(timelines.map(({ rule }) => rule).sort()).toEqual(['R11', 'R7']);
    await expectOneTunnel(moon, sun);
    await expectNothingLost(pingers);
  },
  { relay: { delayMs: 20 } },
);

/** Each end can receive through both tunnels. */
async function bothUp({ moon, sun }: TwoCharons): Promise<void> {
  await Promise.all([untilUp(moon, 2), untilUp(sun, 2)]);
}

/** Waits until both tunnels are up. */
async function untilSettling(daemon: Afteryou, peer = 'sun') {
  return await within(10_000, `two tunnels with ${peer}, settling`, async (saw) => {
    const status = saw(await peerOf(daemon, peer));
    const up = status.ike_sas.filter(({ children }) => children.some(({ state }) => state === 'INSTALLED'));
    return status.state === 'settling' && up.length === 2 && status;
  });
}

/** How settling ended; on the way there the history names the collision, and the hold was kept. */
async function timeline(daemon: Afteryou, peer = 'sun'): Promise<HistoryEntry> {
  const history = await historyOf(daemon, peer);
  expect(history.find(({ kind, rule }) => kind === 'note' && rule === 'R6')?.why).toContain(
    'both ends called',
  );
  const [settling, up] = transitions(history).slice(-2);
  expect([settling?.to, up?.to]).toEqual(['settling', 'up']);
  const heldMs = Date.parse(up?.at ?? '') - Date.parse(settling?.at ?? '');
  expect(heldMs).toBeGreaterThanOrEqual(3_000 - ROUNDING_MS);
  expect(heldMs).toBeLessThan(SETTLED_WITHIN_MS);
  if (up === undefined) throw new Error('no end of settling');
  return up;
}

/** One IKE_SA with one CHILD_SA, the same at both ends, with opposite roles. */
async function expectOneTunnel(moon: Charon, sun: Charon): Promise<void> {
  const [atMoon, atSun] = await within(10_000, 'one IKE_SA at each end', async (saw) => {
    const [moonSas, sunSas] = saw(await Promise.all([moon.sas(), sun.sas()]));
    const [one] = moonSas;
    const [other] = sunSas;
    return moonSas.length === 1 && sunSas.length === 1 && one && other && ([one, other] as const);
  });
  expect(atMoon.initiatorSpi).toBe(atSun.initiatorSpi);
  expect(atMoon.responderSpi).toBe(atSun.responderSpi);
  expect(atMoon.isInitiator).not.toBe(atSun.isInitiator);
  for (const { state, children } of [atMoon, atSun]) {
    // A rekeyed CHILD_SA is still listed for some seconds.
    const present = children.filter((child) => child.state !== 'DELETED');
    expect({ state, children: present }).toMatchObject({
      state: 'ESTABLISHED',
      children: [{ state: 'INSTALLED' }],
    });
  }
}
