/**
 * Floods of first packets (R10), several hundred of them: charon answers with cookies from 30 half-open IKE_SAs on, and
 * refuses an address that has 5 of them (`cookie_threshold`, `block_threshold`). Neither keeps a tunnel down, and the sidecar
 * neither grows nor fills its log.
 */
import { expect, onTestFinished } from 'vitest';

import type { Afteryou } from './lab/afteryou.ts';
import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import { spoofCalls } from './lab/spoofed-calls.ts';
import { twoCharons } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import { enteredMs, historyOf, peerOf, SLACK_MS, startDaemon, untilState } from './sidecar/daemon.ts';
import { untilOneTunnel } from './sidecar/tunnels.ts';
import { calls } from './sidecar/wire.ts';

const SERVICE = { 'responder-mode-duration': 2, 'initiator-mode-duration': 4, courtesy: 1 };
/** Leaves the peer the time for a call of its own, through a busy charon. */
const PATIENT = { ...SERVICE, 'responder-mode-duration': 4 };
const STRANGERS = Array.from({ length: 200 }, (_, index) => `192.0.2.${50 + index}`);
/** charon's own `block_threshold`. */
const BLOCKED_FROM = 5;
const PER_SECOND = 150;
const FLOOD = 600;
/** More than the heap of a young Node process grows by itself, less than a flood that is kept would take. */
const GROWTH_MAX_KIB = 40_000;
/** What one peer may say in some turns of both modes. */
const LOG_LINES_MAX = 60;
/** With a connection for anybody, or charon would refuse strangers without remembering them. */
const ANYBODY = { settings: { remote_addrs: '192.0.2.2, 192.0.2.0/24' } };

scenario(
  'flood-cookies',
  'Hundreds of calls under 200 addresses and that of the peer: charon demands cookies; our call comes up on time and stays up; then the peer calls and comes up.',
  async (lab) => {
    const ends = await twoCharons(lab, { moonConnection: ANYBODY });
    const capture = await lab.capture(lab.moon);
    await flood(lab, [...STRANGERS, lab.sun.ipv4.outer]);
    const daemon = await startDaemon(lab, ends.moon, { service: PATIENT });
    const startKib = daemon.process.rssKib();
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator', counters: { cycles: 0 } });
    await expectCallOnTime(daemon, PATIENT);
    await untilOneTunnel(ends);
    await within(
      60_000,
      `${FLOOD} calls`,
      () => capture.ike({ exchange: 'IKE_SA_INIT', isResponse: false }).length > FLOOD,
    );
    expect(await untilState(daemon, 'up')).toMatchObject({ counters: { initiations: 1, collisions: 0 } });
    await ends.sun.terminate({ ike: 'moon' });
    await untilState(daemon, 'responder-mode');
    await ends.sun.initiate({ ike: 'moon' });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder' });
    expect(ends.sun.grep(/N\(COOKIE\)/).length).toBeGreaterThan(0);
    await expectCalm(daemon, startKib);
  },
);

scenario(
  'flood-without-cookies',
  'The same without cookies: charon holds hundreds of half-open IKE_SAs and lets nobody in under the address of the peer. Our call comes up on time, and nothing is dropped.',
  async (lab) => {
    const ends = await twoCharons(lab, {
      moonConnection: ANYBODY,
      moonCharon: { settings: { cookie_threshold: 0, cookie_threshold_ip: 0 } },
    });
    const capture = await lab.capture(lab.moon);
    // First of all as often as charon puts up with.
    await flood(lab, [...Array<string>(BLOCKED_FROM).fill(lab.sun.ipv4.outer), ...STRANGERS]);
    await within(20_000, 'the address of the peer is blocked', () => {
      return ends.moon.grep(/ignoring IKE_SA setup from 192\.0\.2\.2, per-IP/).length > 0;
    });
    const daemon = await startDaemon(lab, ends.moon, { service: SERVICE });
    const startKib = daemon.process.rssKib();
    await untilState(daemon, 'responder-mode');
    await ends.sun.initiate({ ike: 'moon' });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator', counters: { cycles: 0 } });
    await expectCallOnTime(daemon, SERVICE);
    await within(30_000, 'hundreds of half-open IKE_SAs', async (saw) => {
      const halfOpen = (await ends.moon.sas()).filter(({ state }) => state === 'CONNECTING');
      return saw(halfOpen.length) > 300;
    });
    // The peer's own call was refused all the while; it gives up, and the tunnel that we started stays.
    await untilOneTunnel(ends, { ms: 10_000 });
    const before = calls(capture, lab.sun.ipv4.outer).length;
    await within(
      20_000,
      'some more under its address',
      () => calls(capture, lab.sun.ipv4.outer).length >= before + 2,
    );
    expect(await untilState(daemon, 'up')).toMatchObject({
      counters: { initiations: 1, swept: 0, settled: 0 },
    });
    await expectCalm(daemon, startKib);
  },
);

scenario(
  'flood-collision-immediate',
  'Somebody calls five times a second under the address of the peer, our calls take a second to be answered, and `collision: immediate` drops the first one for that: only the first, then our call comes up (R6, R10).',
  async (lab) => {
    const ends = await twoCharons(lab);
    await flood(lab, [lab.sun.ipv4.outer], 5);
    const daemon = await startDaemon(lab, ends.moon, { service: { ...SERVICE, collision: 'immediate' } });
    // Two turns of both modes, each with a courtesy, and two answers.
    const turnMs = 2_000 + 1_000 + 4_000;
    expect(await untilState(daemon, 'up', { ms: 2 * turnMs + 2_500 })).toMatchObject({ role: 'initiator' });
    await untilOneTunnel(ends);
    await neverFor(5_000, 'another state', async () => (await peerOf(daemon)).state !== 'up');
  },
  { relay: { delayMs: 500 } },
);

/** Responder mode lasted as long as it should, and a courtesy at the most. */
async function expectCallOnTime(daemon: Afteryou, service: typeof SERVICE): Promise<void> {
  const latestMs = 1_000 * (service['responder-mode-duration'] + service.courtesy) + SLACK_MS;
  const waitedMs = (await enteredMs(daemon, 'initiator-mode')) - (await enteredMs(daemon, 'responder-mode'));
  expect(waitedMs).toBeLessThan(latestMs);
}

async function expectCalm(daemon: Afteryou, startKib: number): Promise<void> {
  expect(daemon.process.rssKib() - startKib).toBeLessThan(GROWTH_MAX_KIB);
  expect(daemon.log.length).toBeLessThan(LOG_LINES_MAX);
  expect((await historyOf(daemon)).filter(({ rule }) => rule === 'R10').length).toBeLessThanOrEqual(2);
}

async function flood(lab: Lab, sources: readonly string[], perSecond: number = PER_SECOND): Promise<void> {
  const stranger = await spoofCalls(lab.sun, lab.moon, { perSecond, sources });
  onTestFinished(async () => {
    await stranger.stop('SIGKILL');
  });
}
