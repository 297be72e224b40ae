/**
 * The sidecar itself goes, comes back, or reads its configuration again: no tunnel notices.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

import type { Afteryou } from './lab/afteryou.ts';
import type { Charon } from './lab/charon.ts';
import { spis } from './lab/ike-sas.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { withSession } from './lab/vici-calls.ts';
import { neverFor, within } from './lab/wait.ts';
import {
  historyOf,
  peerOf,
  ROUNDING_MS,
  shortConfig,
  startDaemon,
  statusOf,
  untilEntered,
  untilState,
} from './sidecar/daemon.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

scenario(
  'sidecar-killed',
  'Killed and started again while up: the tunnel stays as it is, no echo is lost, and who started it is remembered, also after a rekey by the peer.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    await untilRemembered(daemon, moon);
    await rekeyAtSun(moon, sun);
    await within(10_000, 'the rekeyed IKE_SA, still ours', async (saw) => {
      const [atMoon] = await moon.sas();
      const { ike_sas: ikeSas, role } = saw(await peerOf(daemon));
      return role === 'initiator' && ikeSas.length === 1 && ikeSas[0]?.initiator_spi === atMoon?.initiatorSpi;
    });
    const before = (await moon.sas()).map(spis);
    expect(before).toHaveLength(1);
    await untilRemembered(daemon, moon);
    const pinger = await lab.ping(lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
    await within(10_000, '5 echoes answered', (saw) => saw(pinger.received) >= 5);

    expect(await daemon.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    await daemon.start();
    expect(await untilState(daemon, 'up')).toMatchObject({
      role: 'initiator',
      ike_sas: [{ initiated_by: 'self' }],
      counters: { initiations: 1 },
    });
    await neverFor(1_500, 'a second call', () => calls(capture, lab.moon.ipv4.outer)[1]);
    expect(await pinger.stop()).toMatchObject({ lost: [], errors: [] });
    expect((await moon.sas()).map(spis)).toEqual(before);
    expect((await sun.sas()).map(spis)).toEqual(before);
  },
);

scenario(
  'sidecar-stopped',
  'SIGTERM ends the sidecar with exit code 0 and touches nothing: no packet of IKE, no echo lost.',
  async (lab) => {
    // With MOBIKE charon tells of a new address soon after, when libipsec's interface is there.
    const { moon, sun } = await twoCharons(lab, { connection: { settings: { mobike: false } } });
    const daemon = await startDaemon(lab, moon);
    await untilState(daemon, 'up');
    await untilUp(sun, 1);
    const pinger = await lab.ping(lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
    await within(10_000, '5 echoes answered', (saw) => saw(pinger.received) >= 5);
    const capture = await lab.capture(lab.moon);
    expect(await daemon.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    await neverFor(500, 'a packet of IKE', () => capture.ike()[0]);
    expect(await pinger.stop()).toMatchObject({ lost: [], errors: [] });
    expect(await moon.sas()).toMatchObject([{ state: 'ESTABLISHED', children: [{ state: 'INSTALLED' }] }]);
  },
);

scenario(
  'sidecar-reload',
  'SIGHUP: a peer is removed, one stays with a longer responder mode, one is added; no tunnel is touched, and the new duration counts.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { connections: ['peer-0001', 'peer-0002'] } });
    await untilState(daemon, 'up', { peer: 'peer-0001' });
    await untilState(daemon, 'up', { peer: 'peer-0002' });
    const before = (await moon.sas()).map(spis).sort();
    const removed = await spisOf(moon, 'peer-0001');
    daemon.configure(
      shortConfig({ service: { connections: ['peer-0002', 'peer-0003'], 'responder-mode-duration': 2 } }),
    );
    daemon.reload();
    const { at: addedAt } = await untilEntered(daemon, 'responder-mode', { peer: 'peer-0003' });
    expect((await statusOf(daemon)).peers.map(({ peer }) => peer)).toEqual(['peer-0002', 'peer-0003']);
    expect((await moon.sas()).map(spis).sort()).toEqual(before);
    // Lines that come in quick succession are written together, a moment later.
    const told = await within(5_000, 'the reload is logged', () => {
      const lines = daemon.grep(/configuration reloaded/);
      return lines.length > 0 && lines;
    });
    expect(told).toMatchObject([{ text: expect.stringMatching(/added=1 removed=1 changed=1 unchanged=0/) }]);
    const [, , call] = await untilCalls(capture, lab.moon.ipv4.outer, 3);
    expect(call?.destination).toBe(lab.peers[2]?.outer);
    expect((call?.atMs ?? 0) - Date.parse(addedAt)).toBeGreaterThanOrEqual(2_000 - ROUNDING_MS);
    // A duration that was changed counts from the next mode on.
    await untilState(daemon, 'up', { peer: 'peer-0003' });
    const sinceMs = Date.now();
    await sun.terminate({ ike: 'peer-0002' });
    const { at: lostAt } = await untilEntered(daemon, 'responder-mode', { peer: 'peer-0002', sinceMs });
    const [, , , again] = await untilCalls(capture, lab.moon.ipv4.outer, 4);
    expect(again?.destination).toBe(lab.peers[1]?.outer);
    expect((again?.atMs ?? 0) - Date.parse(lostAt)).toBeGreaterThanOrEqual(2_000 - ROUNDING_MS);
    await untilUp(moon, 3);
    expect(await spisOf(moon, 'peer-0001')).toEqual(removed);
  },
  { manyPeers: 3 },
);

scenario(
  'sidecar-bad-reload',
  'A file that is wrong keeps the old one: exit code 78 and a place in the file, the status shows it, no peer changes, and a good file ends it.',
  async (lab) => {
    const { moon } = await twoCharons(lab);
    const daemon = await startDaemon(lab, moon);
    await untilState(daemon, 'up');
    const before = await historyOf(daemon);
    // The command line looks there for the control socket, also in a file that is wrong elsewhere.
    daemon.configureText(
      `version: 1\ncontrol: { socket: ${daemon.controlSocket} }\nservices:\n  all: { responder-mode-durration: 3 }\n`,
    );
    expect(await daemon.cli(['reload'])).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/afteryou\.yaml:4:\d+.*responder-mode-durration/),
    });
    expect((await statusOf(daemon)).config.error).toContain('afteryou.yaml');
    expect((await statusOf(daemon)).health.join('\n')).toContain('the old one stays');
    daemon.configureText('\u0000\u0001}{ rubbish');
    daemon.reload();
    await within(
      10_000,
      'the refusal in the log',
      (saw) => saw(daemon.grep(/the old one stays/)).length >= 2,
    );
    expect(await historyOf(daemon)).toEqual(before);
    daemon.configure(shortConfig({ service: { 'responder-mode-duration': 2 } }));
    expect(await daemon.cli(['reload'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 changed'),
    });
    expect((await statusOf(daemon)).config.error).toBeNull();
    expect(await peerOf(daemon)).toMatchObject({ state: 'up', counters: { initiations: 1 } });
    expect(await historyOf(daemon)).toEqual(before);
  },
);

/** Has sun rekey the IKE_SA, which makes sun its initiator in charon's eyes. */
async function rekeyAtSun(moon: Charon, sun: Charon): Promise<void> {
  expect((await moon.sas()).map(({ isInitiator }) => isInitiator)).toEqual([true]);
  await withSession(sun.viciSocket, (session) => session.request('rekey', { ike: 'moon' }));
  await within(10_000, 'moon is no longer the initiator', async (saw) => {
    const [only, ...others] = saw(await moon.sas());
    return only?.isInitiator === false && others.length === 0;
  });
}

/** Waits until the state file has moon's only IKE_SA: it is written within a moment, not at once. */
async function untilRemembered(daemon: Afteryou, moon: Charon): Promise<void> {
  const [initiatorSpi = 'none'] = (await moon.sas()).map((sa) => sa.initiatorSpi);
  await within(10_000, `${initiatorSpi} in the state file`, () =>
    readFileSync(daemon.stateFile).includes(initiatorSpi),
  );
}

/** The SPIs of all IKE_SAs of one connection. */
async function spisOf(charon: Charon, connection: string): Promise<string[]> {
  return (await charon.sas()).filter(({ name }) => name === connection).map(spis);
}
