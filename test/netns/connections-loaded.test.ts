/**
 * An operator loads connections again while the tunnel is up (VICI README, load-conn and unload-conn): it is never torn
 * down for that, and what isn't loaded isn't called.
 */
import { expect } from 'vitest';

import type { Afteryou } from './lab/afteryou.ts';
import type { Capture } from './lab/capture.ts';
import { connectionBetween } from './lab/connection.ts';
import { spis } from './lab/ike-sas.ts';
import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import { type TwoCharons, twoCharons } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import { peerOf, startDaemon, untilEntered, untilState } from './sidecar/daemon.ts';
import { expectNothingLost, pingBothWays, untilOneTunnel } from './sidecar/tunnels.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

const QUIET_MS = 3_000;

scenario(
  'loaded-again',
  'The connection is loaded again as it was, with a changed child, and with a changed IKE part: the tunnel stays, no packet of IKE and no echo lost; gone, it comes back with what is loaded now.',
  async (lab) => {
    const { ends, daemon, capture, peer } = await weAreUp(lab);
    const { moon, sun } = ends;
    const before = (await moon.sas()).map(spis);
    const pingers = await pingBothWays(lab);
    const sinceMs = Date.now();
    const unchanged = connectionBetween(lab.moon, lab.sun, PLAIN);
    const changes = [
      unchanged,
      connectionBetween(lab.moon, lab.sun, { ...PLAIN, children: { net: { inactivity: '1h' } } }),
      connectionBetween(lab.moon, lab.sun, { settings: { ...PLAIN.settings, dpd_delay: '20s' } }),
    ];
    for (const connection of changes) {
      await moon.load([connection]);
      await neverFor(QUIET_MS, 'a change', async () => {
        const { state, counters } = await peerOf(daemon, peer);
        return state !== 'up' || counters.initiations !== 1 || capture.ike({ sinceMs })[0] !== undefined;
      });
    }
    expect((await moon.sas()).map(spis)).toEqual(before);
    await expectNothingLost(pingers);
    const endedMs = Date.now();
    await sun.terminate({ ike: 'moon' });
    await untilEntered(daemon, 'responder-mode', { peer, sinceMs: endedMs });
    expect(await untilState(daemon, 'up', { peer })).toMatchObject({ role: 'initiator' });
    await untilOneTunnel(ends);
  },
);

scenario(
  'loaded-with-another-child',
  'A child is added while up, and with it the IKE part changes: degraded, then the missing child is initiated; in the end one IKE_SA with both children (R5, R9).',
  async (lab) => {
    const { ends, daemon, peer } = await weAreUp(lab);
    const children = ['net', 'voice'];
    await ends.sun.load([connectionBetween(lab.sun, lab.moon, withVoice(lab, 'sun'))]);
    await ends.moon.load([connectionBetween(lab.moon, lab.sun, withVoice(lab, 'moon'))]);
    await untilEntered(daemon, 'degraded', { peer });
    expect(await untilState(daemon, 'up', { peer })).toMatchObject({ children_configured: children });
    await untilOneTunnel(ends, { ms: 10_000, children });
    expect(await untilState(daemon, 'up', { peer })).toMatchObject({
      counters: { collisions: 0, settled: 0 },
    });
  },
);

scenario(
  'unloaded-while-up',
  'The connection is unloaded: unconfigured, and the tunnel stays; the peer deletes it, and nobody calls until the connection is loaded: then responder mode begins.',
  async (lab) => {
    const { ends, daemon, capture, peer } = await weAreUp(lab);
    const { moon, sun } = ends;
    await moon.load([]);
    await untilState(daemon, 'unconfigured', { peer });
    await neverFor(QUIET_MS, 'an end of the tunnel', async () => (await moon.sas()).length !== 1);
    await sun.terminate({ ike: 'moon' });
    await within(10_000, 'no IKE_SA at moon', async (saw) => saw(await moon.sas()).length === 0);
    await neverFor(QUIET_MS, 'a call of ours', () => calls(capture, lab.moon.ipv4.outer)[1]);
    const loadedMs = Date.now();
    await moon.load([connectionBetween(lab.moon, lab.sun, PLAIN)]);
    const [, again] = await untilCalls(capture, lab.moon.ipv4.outer, 2);
    expect((again?.atMs ?? 0) - loadedMs).toBeGreaterThanOrEqual(1_000);
    expect(await untilState(daemon, 'up', { peer })).toMatchObject({ role: 'initiator' });
    await untilOneTunnel(ends);
  },
);

scenario(
  'unloaded-and-loaded-while-up',
  'The connection is unloaded and loaded again while up: the tunnel is adopted as it is, and still ours.',
  async (lab) => {
    const { ends, daemon, capture, peer } = await weAreUp(lab);
    const before = (await ends.moon.sas()).map(spis);
    await ends.moon.load([]);
    await untilState(daemon, 'unconfigured', { peer });
    await ends.moon.load([connectionBetween(lab.moon, lab.sun, PLAIN)]);
    expect(await untilState(daemon, 'up', { peer })).toMatchObject({ role: 'initiator' });
    await neverFor(QUIET_MS, 'a second call of ours', () => calls(capture, lab.moon.ipv4.outer)[1]);
    expect((await ends.moon.sas()).map(spis)).toEqual(before);
  },
);

/** Without MOBIKE there is no packet of IKE unless somebody wants one. */
const PLAIN = { settings: { mobike: false } };

function withVoice({ moon, sun }: Lab, at: 'moon' | 'sun') {
  const [local, remote] = at === 'moon' ? [moon, sun] : [sun, moon];
  const voice = { local_ts: `${local.ipv4.inner}/32`, remote_ts: `${remote.ipv4.inner}/32` };
  return { settings: { ...PLAIN.settings, dpd_delay: '20s' }, children: { net: {}, voice } };
}

/** One tunnel to a listed peer, started by our sidecar. */
async function weAreUp(
  lab: Lab,
): Promise<{ ends: TwoCharons; daemon: Afteryou; capture: Capture; peer: string }> {
  const ends = await twoCharons(lab, { connection: PLAIN });
  const capture = await lab.capture(lab.moon);
  const peer = lab.sun.ipv4.outer;
  const service = { 'peer-list': 'branches', 'responder-mode-duration': 1, 'initiator-mode-duration': 3 };
  const daemon = await startDaemon(lab, ends.moon, {
    config: {
      'peer-lists': { branches: { family: 'ipv4', addresses: [peer] } },
      services: { wsg1: { ...service, 'sweep-grace': 2 } },
      // charon says nothing when a connection is unloaded.
      charon: { 'reconcile-interval': 1 },
    },
  });
  await untilState(daemon, 'up', { peer });
  await untilOneTunnel(ends);
  return { ends, daemon, capture, peer };
}
