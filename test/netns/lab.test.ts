/**
 * Proof of the ground that all other netns tests stand on: tunnels come up, carry traffic, and are seen as they are. The
 * wire, the end of a lab and the rest are proved beside the files that make them, in lab/.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

import type { ConnectionOptions } from './lab/connection.ts';
import { silence } from './lab/firewall.ts';
import { spis } from './lab/ike-sas.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';

/** Sends nothing twice, however long an answer takes: packets are counted here. */
const PATIENT = { settings: { retransmit_timeout: 20 } };

scenario(
  'lab-tunnel',
  'sun initiates; both ends show the same SA, traffic passes, and the capture has both exchanges with their roles and times',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { charon: PATIENT });
    const capture = await lab.capture(lab.moon);
    const beforeMs = Date.now();
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    await untilUp(sun, 1);
    const [[atMoon], [atSun]] = await Promise.all([moon.sas(), sun.sas()]);
    expect(atMoon).toMatchObject({
      name: 'sun',
      isInitiator: false,
      remoteHost: lab.sun.ipv4.outer,
      majorVersion: 2,
    });
    expect(atSun).toMatchObject({ name: 'moon', isInitiator: true, remoteHost: lab.moon.ipv4.outer });
    expect(atMoon && spis(atMoon)).toBe(atSun && spis(atSun));

    const pinger = await lab.ping(lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
    await within(10_000, '5 echoes answered', (saw) => saw(pinger.received) >= 5);
    const pinged = await pinger.stop();
    expect(pinged).toMatchObject({ lost: [], errors: [] });
    expect(pinged.received).toBeGreaterThanOrEqual(5);
    await capture.caughtUp();
    expect(capture.espBySource.get(lab.moon.ipv4.outer)).toBeGreaterThanOrEqual(5);
    expect(capture.espBySource.get(lab.sun.ipv4.outer)).toBeGreaterThanOrEqual(5);

    const first = capture.packets.slice(0, 4).map((packet) => ({
      exchange: packet.exchange,
      from: packet.source,
      fromInitiator: packet.fromInitiator,
      isResponse: packet.isResponse,
      messageId: packet.messageId,
      initiatorSpi: packet.initiatorSpi,
    }));
    const request = { from: lab.sun.ipv4.outer, fromInitiator: true, isResponse: false };
    const response = { from: lab.moon.ipv4.outer, fromInitiator: false, isResponse: true };
    const initiatorSpi = atSun?.initiatorSpi;
    expect(first).toEqual([
      { exchange: 'IKE_SA_INIT', ...request, messageId: 0, initiatorSpi },
      { exchange: 'IKE_SA_INIT', ...response, messageId: 0, initiatorSpi },
      { exchange: 'IKE_AUTH', ...request, messageId: 1, initiatorSpi },
      { exchange: 'IKE_AUTH', ...response, messageId: 1, initiatorSpi },
    ]);
    const times = capture.packets.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(beforeMs);
    expect(times.at(-1)).toBeLessThanOrEqual(Date.now());
    await capture.stop();
    expect(readFileSync(capture.pcapFile).length).toBeGreaterThan(1_000);
  },
);

scenario('lab-ipv6', 'the same over IPv6, outside and inside, and the capture reads IPv6', async (lab) => {
  const { moon, sun } = await twoCharons(lab, { charon: PATIENT, connection: { family: 'ipv6' } });
  const capture = await lab.capture(lab.sun);
  await sun.initiate({ ike: 'moon' });
  await untilUp(moon, 1);
  const pinger = await lab.ping(lab.sun, { source: lab.sun.ipv6.inner, destination: lab.moon.ipv6.inner });
  await within(10_000, 'an echo answered', (saw) => saw(pinger.received) >= 1);
  await pinger.stop();
  await capture.caughtUp();
  expect(capture.ike({ from: lab.sun.ipv6.outer, exchange: 'IKE_SA_INIT' })).toHaveLength(1);
  expect(capture.ike({ from: lab.moon.ipv6.outer, exchange: 'IKE_AUTH', isResponse: true })).toHaveLength(1);
});

scenario(
  'lab-ikev1',
  'an IKEv1 connection with two children comes up; its packets have no IKEv2 roles',
  async (lab) => {
    const options: ConnectionOptions = {
      settings: { version: 1 },
      children: { net: {}, more: { local_ts: '10.9.0.0/16', remote_ts: '10.9.0.0/16' } },
    };
    const { moon, sun } = await twoCharons(lab, { charon: PATIENT, connection: options });
    const capture = await lab.capture(lab.moon);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    expect((await moon.sas())[0]).toMatchObject({ majorVersion: 1, isInitiator: false });
    await capture.caughtUp();
    expect(capture.ike({ exchange: 'ID_PROT', from: lab.sun.ipv4.outer })).toHaveLength(3);
    expect(capture.packets.every(({ majorVersion }) => majorVersion === 1)).toBe(true);
  },
);

scenario(
  'lab-many-peers',
  'forty peers at one charon, each with an address and an inner network of its own, come up and carry traffic side by side',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await moon.initiateAll(lab.peers.map(({ name }) => ({ ike: name })));
    await untilUp(moon, 40);
    await untilUp(sun, 40);
    expect(new Set((await moon.sas()).map(({ remoteHost }) => remoteHost)).size).toBe(40);
    const pingers = await Promise.all(
      lab.peers.flatMap((peer) => [
        lab.ping(lab.moon, { source: peer.innerMoon, destination: peer.innerSun, intervalMs: 200 }),
        lab.ping(lab.sun, { source: peer.innerSun, destination: peer.innerMoon, intervalMs: 200 }),
      ]),
    );
    await within(15_000, 'each tunnel answers both ways', (saw) => {
      return saw(pingers.map(({ received }) => received)).every((received) => received >= 3);
    });
    const results = await Promise.all(pingers.map((pinger) => pinger.stop()));
    expect(results.flatMap(({ lost, errors }) => [...lost, ...errors])).toEqual([]);
    const silent = lab.peers[6];
    if (silent === undefined) throw new Error('fewer than seven peers');
    const drop = await silence(lab.moon, lab.sun, silent.outer);
    const silenced = await lab.ping(lab.moon, { source: silent.innerMoon, destination: silent.innerSun });
    await within(
      10_000,
      'echoes to the silenced peer lost',
      (saw) => saw(silenced.result().lost.length) >= 5,
    );
    expect((await silenced.stop()).received).toBe(0);
    expect(await drop.dropped()).toBeGreaterThanOrEqual(5);
  },
  { manyPeers: 40 },
);

scenario(
  'lab-charon-life',
  'a frozen charon gives no answer, a killed one is gone, a restarted one has its connections again and its SAs no more',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    expect(moon.process.rssKib()).toBeGreaterThan(1_000);
    expect(moon.process.cpuMs()).toBeGreaterThanOrEqual(0);
    await moon.pause();
    const answer = moon.sas();
    let hasAnswered = false;
    void answer.then(() => {
      hasAnswered = true;
    });
    await neverFor(300, 'an answer of a frozen charon', () => hasAnswered);
    moon.resume();
    expect((await answer).length).toBe(1);
    expect(await moon.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(() => moon.process).toThrow("isn't running");
    await moon.start();
    expect(await moon.sas()).toEqual([]);
    await moon.loadAgain();
    await moon.restart();
    await moon.initiate({ ike: 'sun' });
    await untilUp(moon, 1);
    await moon.load([]);
    await expect(moon.initiate({ ike: 'sun' })).rejects.toThrow('not found');
    expect(moon.grep(/sun\|\d+/).length).toBeGreaterThan(0);
  },
);
