/**
 * The IKE_SA is replaced while up: rekeyed (RFC 7296, 2.8) or reauthenticated (2.8.3), by either end or by both at once. There
 * is one tunnel in the end, who started it is still known, and it was never taken for a collision that must be settled.
 */
import { expect } from 'vitest';

import { lookAtPair } from './crossings/one-tunnel.ts';
import type { Afteryou, ConfigSection } from './lab/afteryou.ts';
import type { HostName } from './lab/hosts.ts';
import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import type { Settings } from './lab/settings-text.ts';
import { type TwoCharons, twoCharons } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import { peerOf, startDaemon, untilState } from './sidecar/daemon.ts';
import { call, expectNothingLost, pingBothWays, rekeyIke, untilOneTunnel } from './sidecar/tunnels.ts';
import { calls } from './sidecar/wire.ts';

/** Who started it, and that no rule has ended anything. */
const STILL_OURS = {
  state: 'up',
  role: 'initiator',
  counters: { initiations: 1, collisions: 0, settled: 0, swept: 0 },
};
/** The name under which an end knows the other. */
const OTHER: Readonly<Record<HostName, string>> = { moon: 'sun', sun: 'moon' };
/** The sidecar has no turn to call in the gap of a break, however long that gets. */
const SERVICE = { 'responder-mode-duration': 250, 'sweep-grace': 2, 'settle-hold': 2 };
/** Longer than a leftover stays, and than a hold. */
const QUIET_MS = 4_000;
/** Of reauthentication. */
const ROUNDS = 2;

scenario(
  'rekey-by-turns-and-at-once',
  'We rekey the IKE_SA, then the peer, then both at the same time: each time one tunnel is left, it stays ours, and no echo is lost.',
  async (lab) => {
    // What is held must not be given up.
    const { ends, daemon } = await weAreUp(lab, { charon: { retransmit_tries: 30 } });
    const pingers = await pingBothWays(lab);
    for (const host of ['moon', 'sun'] as const) {
      const before = await spi(daemon);
      await rekeyIke(ends[host], OTHER[host]);
      await untilReplaced(daemon, before);
      await untilOneTunnel(ends);
      expect(await peerOf(daemon)).toMatchObject(STILL_OURS);
    }
    const before = await spi(daemon);
    const requests = await lab.relay.hold({ exchange: 'CREATE_CHILD_SA', message: 'request' });
    await Promise.all([rekeyIke(ends.moon, 'sun'), rekeyIke(ends.sun, 'moon')]);
    await requests.took(2, 5_000);
    await requests.release();
    await untilReplaced(daemon, before);
    await untilOneTunnel(ends, { ms: 12_000 });
    await neverFor(QUIET_MS, 'anything but one tunnel of ours', async () => {
      const { state, role } = await peerOf(daemon);
      return state !== 'up' || role !== 'initiator' || (await lookAtPair(ends.moon, ends.sun)) !== null;
    });
    expect(await peerOf(daemon)).toMatchObject(STILL_OURS);
    await expectNothingLost(pingers);
  },
  { relay: { delayMs: 10 } },
);

for (const isMakeFirst of [true, false]) {
  for (const host of ['moon', 'sun'] as const) {
    scenario(
      `reauthentication-${isMakeFirst ? 'make' : 'break'}-first-${host === 'moon' ? 'here' : 'there'}`,
      `${host === 'moon' ? 'We reauthenticate' : 'The peer reauthenticates'} twice, ${isMakeFirst ? 'make before break' : 'break before make'}: one tunnel, of whoever reauthenticated; no call of the sidecar, and no rule ends anything.`,
      async (lab) => {
        const { ends, daemon } = await weAreUp(lab, { charon: { make_before_break: isMakeFirst } });
        const capture = await lab.capture(lab.moon);
        const pingers = isMakeFirst ? await pingBothWays(lab) : [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const before = await spi(daemon);
          await rekeyIke(ends[host], OTHER[host], true);
          await untilReplaced(daemon, before);
          await untilOneTunnel(ends);
        }
        await neverFor(QUIET_MS, 'anything but one tunnel', async () => {
          return (await peerOf(daemon)).state !== 'up' || (await lookAtPair(ends.moon, ends.sun)) !== null;
        });
        expect(await peerOf(daemon)).toMatchObject({
          role: host === 'moon' ? 'initiator' : 'responder',
          counters: { initiations: 1, settled: 0, swept: 0 },
        });
        await capture.caughtUp();
        expect(calls(capture, lab.moon.ipv4.outer)).toHaveLength(host === 'moon' ? 2 : 0);
        // charon deletes the old IKE_SA at once: an echo on its way through it is lost, which isn't the sidecar's doing.
        for (const pinger of pingers) expect((await pinger.stop()).lost.length).toBeLessThanOrEqual(ROUNDS);
      },
    );
  }
}

for (const isReused of [true, false]) {
  scenario(
    `reauthentication-gap-${isReused ? 'reused' : 'not-reused'}`,
    `The gap of a break lasts longer than responder mode, with reuse_ikesa = ${isReused ? 'yes' : 'no'}: charon is calling already, so no second IKE_SA is begun beside it (R3), and there is one tunnel when the wire is back.`,
    async (lab) => {
      const { ends, daemon } = await weAreUp(lab, {
        charon: { make_before_break: false, reuse_ikesa: isReused, retransmit_tries: 20 },
        service: { 'responder-mode-duration': 1, 'initiator-mode-duration': 10 },
      });
      const capture = await lab.capture(lab.moon);
      const lost = await lab.relay.drop({ from: 'moon', exchange: 'IKE_SA_INIT' });
      await rekeyIke(ends.moon, 'sun', true);
      await untilState(daemon, 'initiator-mode');
      await neverFor(
        QUIET_MS,
        'a second call beside the one of charon',
        () => calls(capture, lab.moon.ipv4.outer)[1],
      );
      await lost.release();
      await untilOneTunnel(ends, { ms: 8_000 });
      expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    },
    { relay: {} },
  );
}

/** One tunnel, started by our sidecar. */
async function weAreUp(
  lab: Lab,
  { charon = {}, service = {} }: { readonly charon?: Settings; readonly service?: ConfigSection } = {},
): Promise<{ ends: TwoCharons; daemon: Afteryou }> {
  const ends = await twoCharons(lab, { charon: { settings: charon } });
  const daemon = await startDaemon(lab, ends.moon, { service: { ...SERVICE, ...service } });
  await call(daemon);
  await untilState(daemon, 'up');
  await untilOneTunnel(ends);
  return { ends, daemon };
}

async function spi(daemon: Afteryou): Promise<string> {
  return (await peerOf(daemon)).ike_sas[0]?.initiator_spi ?? '';
}

/** Waits until the sidecar is up with one IKE_SA that isn't `before`. */
async function untilReplaced(daemon: Afteryou, before: string): Promise<void> {
  await within(8_000, 'one other IKE_SA', async (saw) => {
    const { state, ike_sas: sas } = saw(await peerOf(daemon));
    return state === 'up' && sas.length === 1 && sas[0]?.initiator_spi !== before;
  });
}
