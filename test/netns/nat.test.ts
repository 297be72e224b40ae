/**
 * Peers behind a gateway that translates addresses: moon sees all of them under one address, on ports that the gateway
 * chose (RFC 7296, 2.23), and only their identities tell them apart.
 */
import { expect } from 'vitest';

import type { Charon } from './lab/charon.ts';
import { type Connection, connectionBetween, connectionOfPeer, connectionToPeer } from './lab/connection.ts';
import { dropAt } from './lab/firewall.ts';
import { isUp, spis } from './lab/ike-sas.ts';
import type { Lab } from './lab/lab.ts';
import { BEHIND_NAT, natBeforeSun } from './lab/nat.ts';
import { scenario } from './lab/scenario.ts';
import type { Settings } from './lab/settings-text.ts';
import { type TwoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import { peerOf, startDaemon, statusOf, untilState } from './sidecar/daemon.ts';
import {
  call,
  crossInStep,
  expectNothingLost,
  pingBothWays,
  rekeyIke,
  untilOneTunnel,
} from './sidecar/tunnels.ts';

/** Gives up nothing that is held. */
const TENACIOUS = { settings: { retransmit_tries: 30 } };
const PEERS = 3;
/** More than charon lets be half-open for one address: it demands cookies from 3 on, and would refuse from 5 on. */
const MANY = 8;
/** Nothing was called and nothing was ended. */
const UNTOUCHED = { initiations: 0, swept: 0, settled: 0 };
const SERVICE = { 'responder-mode-duration': 250, 'sweep-grace': 2 };

scenario(
  'nat-connection-each',
  'Eight peers, calling at once, behind one address, a connection each: one tunnel each; when one of them has lost its own and calls again, only its own leftover goes.',
  async (lab) => {
    const { moon, sun } = await behindOneAddress(lab, (remote) =>
      lab.peers.map((peer) => connectionToPeer(lab.moon, peer, { settings: { ...remote, dpd_delay: '2s' } })),
    );
    const daemon = await startDaemon(lab, moon, { service: SERVICE });
    await sun.initiateAll(lab.peers.map(({ name }) => ({ ike: name })));
    for (const { name } of lab.peers) {
      expect(await untilState(daemon, 'up', { peer: name })).toMatchObject({ role: 'responder' });
    }
    await within(10_000, 'the status of each has its own IKE_SA and no other', async (saw) => {
      const { peers } = saw(await statusOf(daemon));
      return peers.every(({ ike_sas: sas }) => sas.length === 1);
    });
    const before = await tunnels(moon);
    const capture = await lab.capture(lab.moon);
    await loseSilently(lab, sun, 'peer-0002');
    await sun.initiate({ ike: 'peer-0002' });
    await untilSame(moon, sun, MANY);
    const after = await tunnels(moon);
    expect(after.get('peer-0002')).not.toBe(before.get('peer-0002'));
    for (const { name } of lab.peers.filter((peer) => peer.name !== 'peer-0002')) {
      expect(after.get(name)).toBe(before.get(name));
    }
    for (const { name } of lab.peers) {
      expect(await peerOf(daemon, name)).toMatchObject({ state: 'up', counters: { collisions: 0 } });
    }
    // All of it in UDP on the port for NAT, from one address and ports of the gateway's choice.
    await within(10_000, 'a port for each', (saw) => {
      const packets = capture.ike({ from: lab.sun.ipv4.outer });
      return saw(new Set(packets.map(({ sourcePort }) => sourcePort))).size >= MANY;
    });
  },
  { manyPeers: MANY },
);

scenario(
  'nat-one-connection-wildcard',
  'Three peers behind one address share one connection, to anybody: it is passive (R13), and no tunnel of one counts as a leftover of another.',
  async (lab) => {
    const { moon, sun } = await behindOneAddress(lab, () => [connectionForAll(lab, '%any')]);
    const daemon = await startDaemon(lab, moon, { service: SERVICE });
    await expectAllStay(lab, moon, sun);
    expect(await peerOf(daemon, 'all')).toMatchObject({ state: 'passive', counters: UNTOUCHED });
  },
  { manyPeers: PEERS },
);

scenario(
  'nat-one-connection-host',
  'The same with a connection to their one address: all stay (R8); when one of them has lost its own and calls again, only its own leftover goes (R9).',
  async (lab) => {
    const { moon, sun } = await behindOneAddress(lab, ({ remote_addrs: address }) => [
      connectionForAll(lab, address),
    ]);
    const daemon = await startDaemon(lab, moon, { service: SERVICE });
    await expectAllStay(lab, moon, sun);
    expect(await peerOf(daemon, 'all')).toMatchObject({ state: 'up', counters: UNTOUCHED });
    await loseSilently(lab, sun, 'peer-0002');
    await sun.initiate({ ike: 'peer-0002' });
    await untilSame(moon, sun, PEERS);
  },
  { manyPeers: PEERS },
);

scenario(
  'nat-one-connection-answer-lost',
  'Of three peers behind one address, which share a connection, one reauthenticates and our answer is lost: its old tunnel stays as long as the new one isn’t proven, whatever the other two have proved (R9).',
  async (lab) => {
    const [, second, third] = lab.peers;
    if (second === undefined || third === undefined) throw new Error('three peers are needed');
    const { moon, sun } = await behindOneAddress(
      lab,
      ({ remote_addrs: address }) => [connectionForAll(lab, address)],
      { make_before_break: true, retransmit_tries: 20 },
    );
    const daemon = await startDaemon(lab, moon, { service: SERVICE });
    for (const { name: ike } of lab.peers.slice(0, 2)) await sun.initiate({ ike });
    await untilUp(sun, 2);
    const [old] = (await sun.sas()).filter(({ name }) => name === second.name);
    const lost = await dropAt(lab.sun, { to: second.outer, exchange: 'IKE_AUTH', message: 'response' });
    await rekeyIke(sun, second.name, true);
    await untilUp(moon, 3);
    await sun.initiate({ ike: third.name });
    await untilUp(moon, 4);
    await within(6_000, 'the others are proven', async (saw) => {
      return saw((await peerOf(daemon, 'all')).ike_sas).at(-1)?.proven === true;
    });
    await neverFor(5_000, 'an end of the only tunnel that the peer knows', async () => {
      return (await sun.sas()).every(({ id, state }) => id !== old?.id || state !== 'ESTABLISHED');
    });
    await lost.lift();
    await untilUp(sun, PEERS, 15_000);
    await untilUp(moon, PEERS, 15_000);
    expect((await moon.sas()).map(spis).sort()).toEqual((await sun.sas()).map(spis).sort());
  },
  { manyPeers: PEERS },
);

scenario(
  'nat-crossing',
  'The peer is behind a gateway that lets our calls in, and both call in step: settling, then one tunnel, and no echo is lost.',
  async (lab) => {
    await natBeforeSun(lab, { isForwarding: true });
    const [moon, sun] = await Promise.all([lab.charon(lab.moon, TENACIOUS), lab.charon(lab.sun, TENACIOUS)]);
    const settings = { dpd_delay: '3s' };
    await moon.load([connectionBetween(lab.moon, lab.sun, { settings })]);
    await sun.load([
      connectionBetween(lab.sun, lab.moon, { settings: { ...settings, local_addrs: BEHIND_NAT } }),
    ]);
    const daemon = await startDaemon(lab, moon, {
      service: { 'responder-mode-duration': 250, 'initiator-mode-duration': 60, 'settle-hold': 3 },
    });
    await crossInStep(lab.relay, () => Promise.all([call(daemon), sun.initiate({ ike: 'moon' })]));
    await untilState(daemon, 'settling');
    await Promise.all([untilUp(moon, 2), untilUp(sun, 2)]);
    const pingers = await pingBothWays(lab);
    expect(await untilState(daemon, 'up', { ms: 12_000 })).toMatchObject({
      role: 'responder',
      counters: { collisions: 1, settled: 1 },
    });
    await untilOneTunnel({ moon, sun });
    await expectNothingLost(pingers);
  },
  { relay: { delayMs: 10 } },
);

/** Both charons, with the gateway between them, and at sun a connection of each of the many peers. */
async function behindOneAddress(
  lab: Lab,
  atMoon: (remote: { readonly remote_addrs: string }) => Connection[],
  settings: Settings = {},
): Promise<TwoCharons> {
  await natBeforeSun(lab);
  const [moon, sun] = await Promise.all([lab.charon(lab.moon), lab.charon(lab.sun, { settings })]);
  await moon.load(atMoon({ remote_addrs: lab.sun.ipv4.outer }));
  await sun.load(lab.peers.map((peer) => connectionOfPeer(lab.moon, peer)));
  return { moon, sun };
}

/** One connection at moon for whoever has the secret. */
function connectionForAll({ moon, sun }: Lab, address: string): Connection {
  const connection = connectionBetween(moon, sun, {
    name: 'all',
    settings: { remote_addrs: address, mobike: false, dpd_delay: '2s', remote: { id: '%any' } },
  });
  return { ...connection, ids: [moon.name, '%any'] };
}

/** All peers call; each tunnel stays, for longer than a leftover would. */
async function expectAllStay(lab: Lab, moon: Charon, sun: Charon): Promise<void> {
  for (const { name: ike } of lab.peers) await sun.initiate({ ike });
  await untilUp(moon, PEERS);
  const before = (await moon.sas()).map(spis).sort();
  await neverFor(5_000, 'a tunnel that goes', async () => {
    return (await moon.sas()).map(spis).sort().join() !== before.join();
  });
  expect((await sun.sas()).map(spis).sort()).toEqual(before);
}

/** The tunnel of `name` is gone at sun, and moon hasn't heard of it. */
async function loseSilently(lab: Lab, sun: Charon, name: string): Promise<void> {
  const drop = await dropAt(lab.moon, { exchange: 'INFORMATIONAL', message: 'request' });
  await sun.terminate({ ike: name, force: true });
  await within(10_000, `${name} has no IKE_SA`, async () =>
    (await sun.sas()).every((sa) => sa.name !== name),
  );
  await drop.lift();
}

/** Waits until the leftover at moon is gone: by R9, or by dead peer detection if that has asked it already. */
async function untilSame(moon: Charon, sun: Charon, count: number): Promise<void> {
  await within(20_000, `the same ${count} tunnels at both ends`, async (saw) => {
    const [atMoon, atSun] = saw(await Promise.all([moon.sas(), sun.sas()]));
    const areUp = atSun.length === count && [...atMoon, ...atSun].every(isUp);
    return areUp && atMoon.map(spis).sort().join() === atSun.map(spis).sort().join();
  });
}

/** The SPIs by connection. */
async function tunnels(charon: Charon): Promise<Map<string, string>> {
  const sas = await charon.sas();
  return new Map(sas.map((sa): [string, string] => [sa.name, spis(sa)]).sort(([a], [b]) => (a < b ? -1 : 1)));
}
