/**
 * Kinds of peers and connections: subnets, several children, IPv6, IKEv1, listed before they are loaded.
 */
import { expect } from 'vitest';

import type { ConnectionOptions } from './lab/connection.ts';
import { connectionBetween } from './lab/connection.ts';
import type { Host } from './lab/hosts.ts';
import { spis } from './lab/ike-sas.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import {
  enteredMs,
  historyOf,
  peerOf,
  ROUNDING_MS,
  startDaemon,
  statusOf,
  transitions,
  untilEntered,
  untilState,
} from './sidecar/daemon.ts';
import { call } from './sidecar/tunnels.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

scenario(
  'peers-passive-subnet',
  'A connection to a subnet is passive (R13): never called, also not by command, but whoever calls from it gets a tunnel.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, {
      moonConnection: { settings: { remote_addrs: '192.0.2.0/24' } },
      sunConnection: {},
    });
    const capture = await lab.capture(lab.moon);
    const service = { 'responder-mode-duration': 0.3, 'initiator-mode-duration': 0.5 };
    const daemon = await startDaemon(lab, moon, { service });
    expect(await untilState(daemon, 'passive')).toMatchObject({ address: '192.0.2.0/24', deadline: null });
    expect(await daemon.cli(['initiate', 'sun'])).toMatchObject({ code: 1 });
    await neverFor(2_000, 'a call of ours', () => calls(capture, lab.moon.ipv4.outer)[0]);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    await within(10_000, "the peer's IKE_SA in the status of the passive peer", async (saw) => {
      const { state, role, ike_sas: ikeSas } = saw(await peerOf(daemon));
      return state === 'passive' && role === 'responder' && ikeSas.length === 1;
    });
    expect(await daemon.cli(['wait', 'sun', '--up', '--timeout', '5'])).toMatchObject({ code: 0 });
  },
);

scenario(
  'peers-two-children',
  'One call brings both children up; one is deleted by the peer: degraded, and after responder mode it is initiated on the IKE_SA that exists (R5).',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, {
      // Nothing is sent twice: requests are counted.
      charon: { settings: { retransmit_timeout: 20 } },
      moonConnection: withVoice(lab.moon, lab.sun),
      sunConnection: withVoice(lab.sun, lab.moon),
    });
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 1.5 } });
    await untilState(daemon, 'up');
    const [before] = await untilUp(sun, 1);
    expect(before?.children.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      'net INSTALLED',
      'voice INSTALLED',
    ]);
    const voice = before?.children.find(({ name }) => name === 'voice');
    const sinceMs = Date.now();
    await sun.terminate({ childId: voice?.id ?? '' });
    await untilEntered(daemon, 'degraded', { sinceMs });
    await untilEntered(daemon, 'up', { sinceMs });
    await capture.caughtUp();
    const [deletion] = capture.ike({
      from: lab.sun.ipv4.outer,
      exchange: 'INFORMATIONAL',
      isResponse: false,
    });
    const deletedMs = deletion?.atMs ?? 0;
    const asked = capture.ike({
      from: lab.moon.ipv4.outer,
      exchange: 'CREATE_CHILD_SA',
      isResponse: false,
      sinceMs: deletedMs,
    });
    expect(asked).toHaveLength(1);
    expect((asked[0]?.atMs ?? 0) - deletedMs).toBeGreaterThanOrEqual(1_500 - ROUNDING_MS);
    expect(calls(capture, lab.moon.ipv4.outer)).toHaveLength(1);
    const after = await sun.sas();
    expect(after.map(spis)).toEqual(before === undefined ? [] : [spis(before)]);
    expect(after[0]?.children.filter(({ state }) => state === 'INSTALLED')).toHaveLength(2);
    expect(transitions(await historyOf(daemon)).map(({ to, rule }) => `${to} ${rule}`)).toContain(
      'degraded R5',
    );
  },
);

scenario(
  'peers-ipv6',
  'A peer with an IPv6 address is waited for and called like any other.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { connection: { family: 'ipv6' } });
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon);
    expect(await untilState(daemon, 'up')).toMatchObject({ address: lab.sun.ipv6.outer, role: 'initiator' });
    const [ours] = await untilCalls(capture, lab.moon.ipv6.outer, 1);
    const sinceMs = await enteredMs(daemon, 'responder-mode');
    expect((ours?.atMs ?? 0) - sinceMs).toBeGreaterThanOrEqual(1_000 - ROUNDING_MS);
    await untilUp(sun, 1);
  },
);

scenario(
  'peers-ikev1',
  'An IKEv1 peer (main mode): called; deleted by the peer, which then calls within responder mode.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { connection: { settings: { version: 1 } } });
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 4 } });
    await call(daemon);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    expect(await untilUp(sun, 1)).toMatchObject([{ majorVersion: 1, isInitiator: false }]);
    await sun.terminate({ ike: 'moon' });
    await untilState(daemon, 'responder-mode');
    await sun.initiate({ ike: 'moon' });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder' });
    await neverFor(4_500, 'a second call of ours', () => calls(capture, lab.moon.ipv4.outer)[1]);
    expect(await sun.sas()).toMatchObject([{ majorVersion: 1, isInitiator: true, state: 'ESTABLISHED' }]);
  },
);

scenario(
  'peers-listed-before-loaded',
  'A listed peer without a connection is unconfigured and left alone; when its connection is loaded, its responder mode begins.',
  async (lab) => {
    const { moon } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    await moon.load([]);
    const service = { 'peer-list': 'branches', 'responder-mode-duration': 1, 'initiator-mode-duration': 3 };
    const daemon = await startDaemon(lab, moon, {
      config: {
        'peer-lists': { branches: { family: 'ipv4', addresses: [lab.sun.ipv4.outer, '198.51.100.0/24'] } },
        services: { wsg1: service },
        // charon says nothing when a connection is unloaded.
        charon: { 'reconcile-interval': 1 },
      },
    });
    const peer = lab.sun.ipv4.outer;
    expect((await statusOf(daemon)).peers.map(({ state, connection }) => `${state} ${connection}`)).toEqual([
      'unconfigured null',
      'unconfigured null',
    ]);
    await neverFor(1_500, 'a call of ours', () => calls(capture, lab.moon.ipv4.outer)[0]);
    await moon.load([connectionBetween(lab.moon, lab.sun)]);
    const { at: loadedAt } = await untilEntered(daemon, 'responder-mode', { peer });
    expect(await untilState(daemon, 'up', { peer })).toMatchObject({ connection: 'sun', role: 'initiator' });
    const [ours] = await untilCalls(capture, lab.moon.ipv4.outer, 1);
    expect((ours?.atMs ?? 0) - Date.parse(loadedAt)).toBeGreaterThanOrEqual(1_000 - ROUNDING_MS);
    // Unloaded again: the tunnel stays, and nobody calls for a connection that isn't there.
    await moon.load([]);
    await untilState(daemon, 'unconfigured', { peer });
    expect((await moon.sas()).map(({ state }) => state)).toEqual(['ESTABLISHED']);
  },
);

/** A second child, for one pair of hosts. */
function withVoice(local: Host, remote: Host): ConnectionOptions {
  const voice = { local_ts: `${local.ipv4.inner}/32`, remote_ts: `${remote.ipv4.inner}/32` };
  // Without MOBIKE the only INFORMATIONAL request is the DELETE.
  return { settings: { mobike: false }, children: { net: {}, voice } };
}
