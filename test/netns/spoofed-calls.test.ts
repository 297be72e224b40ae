/**
 * First packets of calls that nobody makes (R10): they may cost us one courtesy, and never the tunnel.
 */
import { expect, onTestFinished } from 'vitest';

import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import { spoofCalls } from './lab/spoofed-calls.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { within } from './lab/wait.ts';
import { historyOf, peerOf, startDaemon, transitions, untilState } from './sidecar/daemon.ts';
import { call } from './sidecar/tunnels.ts';
import { calls } from './sidecar/wire.ts';

const SERVICE = { 'responder-mode-duration': 1.5, 'initiator-mode-duration': 5, courtesy: 1 };
/** charon demands cookies from 30 half-open IKE_SAs on (`cookie_threshold`). */
const STRANGERS = Array.from({ length: 60 }, (_, index) => `192.0.2.${100 + index}`);

scenario(
  'spoofed-calls-of-the-peer',
  'Somebody calls once a second under the address of the peer, which is silent: our call goes out one courtesy late, comes up, and stays up.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await spoof(lab, 1, [lab.sun.ipv4.outer]);
    await within(10_000, 'a call that is none', () => moon.grep(/is initiating an IKE_SA/).length > 1);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: SERVICE });
    await untilState(daemon, 'up');
    expect(await untilUp(sun, 1)).toMatchObject([{ isInitiator: false }]);
    const history = await historyOf(daemon);
    expect(history.filter(({ rule }) => rule === 'R10')).toHaveLength(1);
    const spoofedAtMs = capture.ike({ from: lab.sun.ipv4.outer, exchange: 'IKE_SA_INIT', isResponse: false });
    const before = spoofedAtMs.length;
    await within(8_000, 'five more of them', () => calls(capture, lab.sun.ipv4.outer).length >= before + 5);
    expect(await peerOf(daemon)).toMatchObject({
      state: 'up',
      role: 'initiator',
      counters: { initiations: 1, collisions: 0, settled: 0, swept: 0 },
    });
    expect(transitions(await historyOf(daemon)).at(-1)).toMatchObject({ to: 'up' });
  },
);

scenario(
  'spoofed-calls-beside-the-peer',
  'Somebody calls five times a second under the address of the peer, and the peer calls too: its tunnel comes up before we call.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await spoof(lab, 5, [lab.sun.ipv4.outer]);
    await within(10_000, 'calls that are none', () => moon.grep(/is initiating an IKE_SA/).length > 2);
    const daemon = await startDaemon(lab, moon, { service: { ...SERVICE, 'responder-mode-duration': 5 } });
    await untilState(daemon, 'responder-mode');
    await sun.initiate({ ike: 'moon' });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder', counters: { initiations: 0 } });
    expect(await untilUp(sun, 1)).toHaveLength(1);
  },
);

scenario(
  'spoofed-calls-of-strangers',
  'A flood of calls under sixty addresses has charon demand cookies: our call and, after it is gone, that of the peer come up.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, {
      // With a connection for anybody, or charon would refuse strangers without remembering them.
      moonConnection: { settings: { remote_addrs: `${lab.sun.ipv4.outer}, 192.0.2.0/24` } },
    });
    await spoof(lab, 40, STRANGERS);
    await within(10_000, 'half-open IKE_SAs', () => moon.grep(/is initiating an IKE_SA/).length >= 30);
    const daemon = await startDaemon(lab, moon, { service: { ...SERVICE, 'responder-mode-duration': 250 } });
    await call(daemon);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    await sun.terminate({ ike: 'moon' });
    await untilState(daemon, 'responder-mode');
    await sun.initiate({ ike: 'moon' });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder' });
    expect(sun.grep(/parsed IKE_SA_INIT response 0 \[ N\(COOKIE\) \]/).length).toBeGreaterThan(0);
  },
);

async function spoof(lab: Lab, perSecond: number, sources: readonly string[]): Promise<void> {
  const stranger = await spoofCalls(lab.sun, lab.moon, { perSecond, sources });
  onTestFinished(async () => {
    await stranger.stop('SIGKILL');
  });
}
