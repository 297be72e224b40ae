/**
 * R14, continued: each way in which charon may start or rekey a tunnel of a responder-only peer by itself is provoked, audited and, with
 * `enforce`, ended. Never the last one that is usable.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

import type { Afteryou, ConfigSection } from './lab/afteryou.ts';
import type { Charon } from './lab/charon.ts';
import { silence } from './lab/firewall.ts';
import { isUp } from './lab/ike-sas.ts';
import type { Lab } from './lab/lab.ts';
import { trixieRoot } from './lab/other-root.ts';
import { scenario } from './lab/scenario.ts';
import type { Settings } from './lab/settings-text.ts';
import { type TwoCharons, twoCharons, untilUp } from './lab/two-charons.ts';
import { withSession } from './lab/vici-calls.ts';
import { neverFor, within } from './lab/wait.ts';
import { historyOf, peerOf, startDaemon, statusOf, untilState } from './sidecar/daemon.ts';
import { rekeyIke, untilOneTunnel } from './sidecar/tunnels.ts';

const AUDIT = { policy: 'responder-only', 'settle-hold': 2, 'sweep-grace': 2 };
const ENFORCE = { ...AUDIT, enforce: true };
const NO_REKEY = { ...AUDIT, 'no-rekey': true };
/** charon gives a silent peer up after 1 s, and repeats a call for ever. */
const IMPATIENT = { settings: { retransmit_tries: 1, retransmit_timeout: 0.5, retransmit_base: 1 } };
const RESTARTS: Settings = { dpd_delay: '1s', mobike: false, keyingtries: 0 };
const VIOLATION_WITHIN_MS = 10_000;
const QUIET_MS = 3_000;

for (const service of [AUDIT, ENFORCE]) {
  const word = service === ENFORCE ? 'enforced' : 'audited';

  scenario(
    `responder-only-trap-${word}`,
    `A trap, and traffic into it, at strongSwan 6.0 (5.9 with this kernel-libipsec raises no acquires). The peer is silent: ${word}.`,
    async (lab) => {
      const { moon, sun } = await twoCharons(lab, {
        moonCharon: { ...IMPATIENT, root: await trixieRoot() },
        moonConnection: {
          settings: { dpd_delay: '2s', keyingtries: 0 },
          children: { net: { start_action: 'trap' } },
        },
      });
      const daemon = await startDaemon(lab, moon, { service });
      const drop = await silence(lab.moon, lab.sun);
      await lab.ping(lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
      expect(await violation(daemon)).toMatch(/start_action = trap/);
      if (service === ENFORCE) {
        await within(10_000, 'no IKE_SA at moon', async (saw) => saw(await moon.sas()).length === 0);
      } else {
        await neverFor(QUIET_MS, 'an end of the call', async () => await hasEndedCall(moon));
      }
      await drop.lift();
      await sun.initiate({ ike: 'moon' });
      await untilOneTunnel({ moon, sun }, { ms: 15_000 });
      await untilState(daemon, 'up');
      expect((await peerOf(daemon)).counters.violations).toBeGreaterThanOrEqual(1);
    },
  );

  scenario(
    `responder-only-close-action-${word}`,
    `The peer deletes, charon starts it again by close_action, and the peer answers: ${word}, but the last usable one stays (R8).`,
    async (lab) => {
      const { ends, daemon } = await peerIsUp(lab, service, { children: { net: { close_action: 'start' } } });
      const [before] = await ends.sun.sas();
      const [ours] = await ends.moon.sas();
      // A busy machine: the sidecar looks when all is done. In time, it would end the call before it is answered.
      if (service === ENFORCE) await daemon.process.freeze();
      await ends.sun.terminate({ ikeId: before?.id ?? '' });
      await within(8_000, "charon's own IKE_SA at moon", async (saw) =>
        saw(await ends.moon.sas()).some((sa) => sa.id !== ours?.id && isUp(sa)),
      );
      daemon.process.signal('SIGCONT');
      expect(await violation(daemon)).toMatch(/close_action = start/);
      await untilState(daemon, 'up');
      await untilOneTunnel(ends);
      await neverFor(QUIET_MS, 'an end of the tunnel', async () => (await ends.moon.sas()).length !== 1);
      expect(await peerOf(daemon)).toMatchObject({ role: 'initiator', counters: { violations: 1 } });
    },
  );
}

scenario(
  'responder-only-trap-answered',
  'A trap, traffic, and a peer that answers: enforced, but what came up before it could be ended is the last usable one and stays (R8).',
  async (lab) => {
    const ends = await twoCharons(lab, {
      moonCharon: { root: await trixieRoot() },
      moonConnection: { children: { net: { start_action: 'trap' } } },
    });
    const daemon = await startDaemon(lab, ends.moon, { service: ENFORCE });
    // A busy machine: the sidecar looks when all is done.
    await daemon.process.freeze();
    await lab.ping(lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
    await untilUp(ends.moon, 1);
    daemon.process.signal('SIGCONT');
    expect(await violation(daemon)).toMatch(/start_action = trap/);
    await neverFor(QUIET_MS, 'an end of the tunnel', async () => (await ends.moon.sas()).length !== 1);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator', counters: { violations: 1 } });
  },
);

scenario(
  'responder-only-close-action-trap',
  'close_action = trap, and no traffic: charon only waits, which is no violation; `status` names the setting.',
  async (lab) => {
    const { ends, daemon } = await peerIsUp(lab, AUDIT, { children: { net: { close_action: 'trap' } } });
    expect((await statusOf(daemon)).health.join('\n')).toContain('close_action');
    await ends.sun.terminate({ ike: 'moon' });
    await untilState(daemon, 'responder-mode');
    await neverFor(QUIET_MS, 'an IKE_SA', async () => (await ends.moon.sas())[0]);
    expect((await peerOf(daemon)).counters.violations).toBe(0);
  },
);

scenario(
  'responder-only-dpd-restart-audited',
  'The peer dies under dpd_action = restart, unenforced: charon calls for ever, once a violation; when the peer is back there is one tunnel.',
  async (lab) => {
    const { ends, daemon } = await peerIsUp(lab, AUDIT, {
      settings: RESTARTS,
      children: { net: { dpd_action: 'restart' } },
    });
    const drop = await silence(lab.moon, lab.sun);
    expect(await violation(daemon)).toMatch(/dpd_action = restart/);
    await neverFor(QUIET_MS, 'an end of the call', async () => await hasEndedCall(ends.moon));
    await drop.lift();
    await untilState(daemon, 'up');
    await within(10_000, 'one IKE_SA at moon', async (saw) => saw(await ends.moon.sas()).length === 1);
    expect((await peerOf(daemon)).counters.violations).toBeGreaterThanOrEqual(1);
  },
);

scenario(
  'responder-only-call-crosses-enforced',
  'charon calls by itself and the peer calls too, and both are answered: the violation is held, settled with (R7), and the tunnel of the peer stays.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, {
      charon: { settings: { retransmit_timeout: 10 } },
      connection: { settings: { dpd_delay: '2s' } },
    });
    const daemon = await startDaemon(lab, moon, { service: ENFORCE });
    const requests = await lab.relay.hold({ exchange: 'IKE_AUTH', message: 'request' });
    // A busy machine: the sidecar sees neither call before it has been answered once.
    await daemon.process.freeze();
    await Promise.all([sun.initiate({ ike: 'moon' }), moon.initiate({ ike: 'sun' })]);
    await requests.took(2, 5_000);
    daemon.process.signal('SIGCONT');
    expect(await violation(daemon)).toMatch(/someone else/);
    await requests.release();
    await untilState(daemon, 'settling');
    await untilOneTunnel({ moon, sun }, { ms: 15_000 });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder', counters: { settled: 1 } });
  },
  { relay: { delayMs: 5 } },
);

scenario(
  'responder-only-no-rekey-of-children',
  'A no-rekey peer: charon rekeys the CHILD_SA, which isn’t told as a rekeying of the IKE_SA, but `status` names a rekey_time that would; nothing is torn down.',
  async (lab) => {
    const { ends, daemon } = await peerIsUp(lab, NO_REKEY, { children: { net: { rekey_time: '1h' } } });
    expect((await statusOf(daemon)).health.join('\n')).toContain('no-rekey');
    await withSession(ends.moon.viciSocket, (session) => session.request('rekey', { child: 'net' }));
    await untilOneTunnel(ends);
    await neverFor(QUIET_MS, 'an end of the tunnel', async () => (await peerOf(daemon)).state !== 'up');
    expect((await peerOf(daemon)).role).toBe('responder');
  },
);

scenario(
  'responder-only-reauthentication',
  'charon reauthenticates the IKE_SA of a responder-only peer, make before break and break before make alike: it is a violation, and in the end there is one tunnel.',
  async (lab) => {
    const { ends, daemon } = await peerIsUp(lab, AUDIT);
    await rekeyIke(ends.moon, 'sun', true);
    expect(await violation(daemon)).toMatch(/charon started IKE_SA/);
    await untilState(daemon, 'up');
    await untilOneTunnel(ends, { ms: 12_000 });
    expect(await peerOf(daemon)).toMatchObject({ role: 'initiator', counters: { violations: 1 } });
  },
);

/** The peer has called a responder-only end. */
async function peerIsUp(
  lab: Lab,
  service: ConfigSection,
  moonConnection: {
    readonly settings?: Settings;
    readonly children?: Readonly<Record<string, Settings>>;
  } = {},
): Promise<{ ends: TwoCharons; daemon: Afteryou }> {
  const ends = await twoCharons(lab, { moonConnection, moonCharon: IMPATIENT });
  const daemon = await startDaemon(lab, ends.moon, { service });
  await ends.sun.initiate({ ike: 'moon' });
  await untilState(daemon, 'up');
  await untilUp(ends.sun, 1);
  return { ends, daemon };
}

/** Two looks: charon takes a call out of its table for an instant to give it a new SPI for the next try. */
async function hasEndedCall(charon: Charon): Promise<boolean> {
  for (let looks = 0; looks < 2; looks += 1) {
    if ((await charon.sas()).length > 0) return false;
    await sleep(100);
  }
  return true;
}

/** Waits for the first violation and returns how R14 put it into words. */
async function violation(daemon: Afteryou): Promise<string> {
  return await within(VIOLATION_WITHIN_MS, 'a violation', async (saw) => {
    const history = saw(await historyOf(daemon));
    return history.find(({ rule, kind }) => rule === 'R14' && kind === 'trouble')?.why;
  });
}
