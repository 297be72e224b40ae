/**
 * IKE_SAs that only one end has: the other died, or gave up, in the middle of IKE_AUTH. Whoever has one believes that it is
 * up, and what is sent through it is lost.
 */
import { expect } from 'vitest';

import { connectionBetween } from './lab/connection.ts';
import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import { type TwoCharons, twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import {
  explained,
  historyOf,
  peerOf,
  startDaemon,
  statusOf,
  transitions,
  untilEntered,
  untilState,
} from './sidecar/daemon.ts';
import { expectNothingLost, pingBothWays, untilOneTunnel } from './sidecar/tunnels.ts';
import { calls } from './sidecar/wire.ts';

const DPD = { connection: { settings: { dpd_delay: '2s' } } };

scenario(
  'zombie-here-peer-calls-again',
  'The peer dies when its IKE_AUTH has arrived; back, it calls again: the IKE_SA that nobody has is swept (R9), the new one stays.',
  async (lab) => {
    const ends = await twoCharons(lab, DPD);
    const daemon = await startDaemon(lab, ends.moon, {
      service: { 'responder-mode-duration': 20, 'sweep-grace': 2 },
    });
    const zombie = await peerDiesInAuth(lab, ends);
    await untilState(daemon, 'up');
    await ends.sun.start();
    await ends.sun.loadAgain();
    await ends.sun.initiate({ ike: 'moon' });
    await untilOneTunnel(ends, { ms: 12_000 });
    const [left] = await ends.moon.sas();
    expect(left?.initiatorSpi).not.toBe(zombie);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder', counters: { initiations: 0 } });
    await expectNothingLost(await pingBothWays(lab));
  },
  { relay: {} },
);

scenario(
  'zombie-here-peer-is-silent',
  'The peer dies when its IKE_AUTH has arrived; back, it says nothing: our dead peer detection ends what nobody has, and then we call.',
  async (lab) => {
    const ends = await twoCharons(lab, DPD);
    const daemon = await startDaemon(lab, ends.moon, { service: { 'responder-mode-duration': 4 } });
    await peerDiesInAuth(lab, ends);
    await untilState(daemon, 'up');
    const sinceMs = Date.now();
    await ends.sun.start();
    await ends.sun.loadAgain();
    await untilEntered(daemon, 'responder-mode', { sinceMs, ms: 12_000 });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator', counters: { initiations: 1 } });
    await untilOneTunnel(ends);
    expect(
      transitions(await historyOf(daemon))
        .map(({ to, rule }) => `${to} ${rule}`)
        .slice(-3),
    ).toEqual(['responder-mode R11', 'initiator-mode R2', 'up R5']);
  },
  { relay: {} },
);

scenario(
  'zombie-at-the-peer',
  'The answers to our IKE_AUTH are lost until we give up: `explain` tells that the peer may keep what we ended; our next call comes up, and the dead peer detection of the peer ends the other.',
  async (lab) => {
    const ends = await twoCharons(lab, { ...DPD, moonCharon: { settings: { retransmit_tries: 9 } } });
    const lost = await lab.relay.drop({ from: 'sun', exchange: 'IKE_AUTH', message: 'response' });
    const daemon = await startDaemon(lab, ends.moon, {
      service: { 'initiator-mode-duration': 1, 'auth-patience': 1 },
    });
    await untilUp(ends.sun, 1);
    const { at } = await untilEntered(daemon, 'initiator-mode');
    await untilEntered(daemon, 'responder-mode', { sinceMs: Date.parse(at) });
    await within(10_000, 'no IKE_SA at moon', async (saw) => saw(await ends.moon.sas()).length === 0);
    await lost.remove();
    const { explanation, history } = await explained(daemon);
    expect([...explanation, ...history.map(({ why }) => why)].join('\n')).toMatch(
      /peer may (still )?(have|keep|hold)/,
    );
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    await untilOneTunnel(ends, { ms: 12_000 });
    await expectNothingLost(await pingBothWays(lab));
  },
  { relay: {} },
);

scenario(
  'no-dead-peer-detection',
  'Of two connections one lacks it: `status` names that one and says what to set; its peer dies, and nothing but that sentence tells of it.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await moon.load([
      connectionBetween(lab.moon, lab.sun, { settings: { dpd_delay: null, mobike: false } }),
      connectionBetween(lab.moon, lab.sun, { name: 'other', settings: { remote_addrs: '192.0.2.99' } }),
    ]);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon);
    await untilState(daemon, 'up');
    const about = (await statusOf(daemon)).health.filter((sentence) =>
      sentence.includes('dead peer detection'),
    );
    expect(about).toEqual([expect.stringMatching(/\bsun\b.*dpd_delay/s)]);
    expect(about.join()).not.toContain('other');
    expect(await daemon.cli(['status'])).toMatchObject({ stdout: expect.stringMatching(/dpd_delay/) });
    await sun.kill();
    await neverFor(5_000, 'an end of the tunnel', async () => (await peerOf(daemon)).state !== 'up');
    const toSun = calls(capture, lab.moon.ipv4.outer).filter(
      ({ destination }) => destination === lab.sun.ipv4.outer,
    );
    expect(toSun).toHaveLength(1);
  },
);

/** The peer calls and dies without a word when its IKE_AUTH has arrived. Returns the initiator SPI of what is left. */
async function peerDiesInAuth(lab: Lab, { moon, sun }: TwoCharons): Promise<string> {
  const answer = await lab.relay.hold({ from: 'moon', exchange: 'IKE_AUTH', message: 'response' });
  await sun.initiate({ ike: 'moon' });
  await answer.took(1, 5_000);
  await sun.kill();
  await answer.remove();
  const [zombie] = await untilUp(moon, 1);
  return zombie?.initiatorSpi ?? '';
}
