/**
 * The scenario of a pair of gateways with one address, for any number of peers: the planned handover, the short one, the death.
 */
import { expect } from 'vitest';
import type { Charon } from '../lab/charon.ts';
import { connectionOfPeer } from '../lab/connection.ts';
import { type IkeSa, isUp, spis } from '../lab/ike-sas.ts';
import type { Lab } from '../lab/lab.ts';
import type { Settings } from '../lab/settings-text.ts';
import { releaseAddress, setPlugged, standbyOf, takeAddress } from '../lab/standby.ts';
import { neverFor, within } from '../lab/wait.ts';
import { peerOf, untilAttached } from '../sidecar/daemon.ts';
import { DPD, Gateway } from './gateway.ts';
import { watchForTwo } from './watch.ts';

/** Longer than a lab's usual 3 s, so that a short handover isn't a death. */
const CHARON: Settings = { retransmit_tries: 6 };
const SERVICE = { 'responder-mode-duration': 2, 'initiator-mode-duration': 10 };
/** Of a standby that is master only for a moment, however long that gets. */
const PATIENT = { ...SERVICE, 'responder-mode-duration': 250 };
const ALL_UP_WITHIN_MS = 90_000;
/** Dead peer detection, its retransmissions, and the load of all peers at once. */
const CLEAN_WITHIN_MS = 60_000;
const POLL = { pollMs: 200 };

export async function failover(lab: Lab): Promise<void> {
  const count = lab.peers.length;
  const standbyHost = await standbyOf(lab);
  const sun = await lab.charon(lab.sun, { settings: { ...CHARON, dos_protection: false } });
  await sun.load(lab.peers.map((peer) => connectionOfPeer(lab.moon, peer, { settings: DPD })));
  const moon = await Gateway.start(lab, lab.moon, CHARON, SERVICE);
  const standby = await Gateway.start(lab, standbyHost, CHARON, PATIENT);
  const watch = watchForTwo([moon.charon, standby.charon], sun);

  // Before keepalived speaks both are paused.
  expect(await moon.states()).toEqual({ paused: count });
  expect(await standby.states()).toEqual({ paused: count });
  await standby.notify('BACKUP');
  // Whoever calls meanwhile gets a tunnel, which a master adopts; all others it calls.
  const [caller] = lab.peers;
  await sun.initiate({ ike: caller?.name ?? '' });
  await within(10_000, 'the first peer is up', async (saw) => saw(await moon.up()).length === 1, POLL);
  await moon.notify('MASTER');
  await allUp(moon, sun, count);
  expect((await peerOf(moon.daemon, caller?.name)).counters.initiations).toBe(0);
  const called = await moon.initiations();
  expect(called).toBeGreaterThanOrEqual(count - 1);
  expect([await standby.initiations(), await standby.charon.sas()]).toEqual([0, []]);

  // The daemon of the master restarts, as for an upgrade: it goes on as master, with the same tunnels.
  const first = await spisAt(moon.charon);
  await within(10_000, 'its calls are in the state file', () => moon.initiationsOnDisk() === called, POLL);
  await moon.daemon.kill();
  await moon.daemon.start();
  await untilAttached(moon.daemon);
  expect(await moon.states()).toEqual({ paused: count });
  await moon.notify('again');
  expect(await moon.states()).toEqual({ up: count });
  expect(await spisAt(moon.charon)).toEqual(first);

  // Away and back at once: moon adopts what it has, and the standby is still in responder mode.
  await handOver(moon, standby, lab);
  await handOver(standby, moon, lab);
  expect(await moon.states()).toEqual({ up: count });
  expect(await spisAt(moon.charon)).toEqual(first);
  expect([await moon.initiations(), await standby.initiations()]).toEqual([called, 0]);

  // Death without a word.
  await standby.reconfigure(SERVICE);
  await setPlugged(moon.host, false);
  await releaseAddress(moon.host);
  await moon.daemon.kill();
  await moon.charon.kill();
  await takeAddress(standby.host, lab.sun);
  await standby.notify('MASTER');
  await allUp(standby, sun, count);
  const calledByStandby = await standby.initiations();
  expect(calledByStandby).toBeGreaterThanOrEqual(count);

  // It is repaired, and comes back as standby: it starts nothing.
  await setPlugged(moon.host, true);
  await moon.charon.start();
  await moon.charon.loadAgain();
  await moon.daemon.start();
  await untilAttached(moon.daemon);
  await moon.notify('BACKUP');
  const calledBefore = await moon.initiations();
  await neverFor(5_000, 'a call by the standby', async () => (await moon.initiations()) > calledBefore, POLL);
  expect([await moon.states(), await moon.charon.sas()]).toEqual([{ paused: count }, []]);

  // Planned: the standby gives the address back and lives on.
  await handOver(standby, moon, lab);
  await allUp(moon, sun, count);
  await within(
    CLEAN_WITHIN_MS,
    'the standby has found out',
    async (saw) => saw(await standby.charon.sas()).length === 0,
    POLL,
  );
  expect(await standby.initiations()).toBe(calledByStandby);
  expect(await standby.states()).toEqual({ paused: count });

  const { twice, most } = await watch.stop();
  expect(twice).toEqual([]);
  expect(most).toBe(count);
}

/** What two keepalived do: the old master hears of it, the address moves, the new master hears of it. */
async function handOver(from: Gateway, to: Gateway, lab: Lab): Promise<void> {
  await releaseAddress(from.host);
  await Promise.all([from.notify('BACKUP'), takeAddress(to.host, lab.sun).then(() => to.notify('MASTER'))]);
}

/** Waits until each peer has one IKE_SA, up, the same at both ends, and the gateway says so. */
export async function allUp(gateway: Gateway, sun: Charon, count: number): Promise<void> {
  await within(
    ALL_UP_WITHIN_MS,
    `${count} peers are up at ${gateway.host.label}`,
    async (saw) => saw(await gateway.states())['up'] === count,
    POLL,
  );
  await within(
    CLEAN_WITHIN_MS,
    `one IKE_SA a peer, the same at ${gateway.host.label} and at the peers`,
    async (saw) => {
      const [ours, theirs] = await Promise.all([gateway.charon.sas(), sun.sas()]);
      saw({ ours: ours.length, theirs: theirs.length });
      return ours.length === count && ours.every(isUp) && same(ours, theirs);
    },
    POLL,
  );
}

function same(ours: readonly IkeSa[], theirs: readonly IkeSa[]): boolean {
  return ours.map(spis).sort().join() === theirs.map(spis).sort().join();
}

async function spisAt(charon: Charon): Promise<string[]> {
  return (await charon.sas()).map(spis).sort();
}
