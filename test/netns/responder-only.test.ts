/**
 * R14: responder-only means it. charon has ways of its own to start or rekey a tunnel; each is provoked here and
 * must be seen, named and, with `enforce`, ended.
 */
import { expect } from 'vitest';

import { silence } from './lab/firewall.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { withSession } from './lab/vici-calls.ts';
import { neverFor, within } from './lab/wait.ts';
import { historyOf, peerOf, startDaemon, untilState } from './sidecar/daemon.ts';
import { calls } from './sidecar/wire.ts';

/** How R14 put a violation into words. */
async function violations(daemon: Parameters<typeof historyOf>[0]): Promise<string[]> {
  const history = await historyOf(daemon);
  return history.filter(({ rule, kind }) => rule === 'R14' && kind === 'trouble').map(({ why }) => why);
}

scenario(
  'responder-only-waits',
  'Nobody calls: no packet of ours, however long it takes; the peer calls: up, as responder.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { policy: 'responder-only' } });
    await neverFor(3_000, 'a call of ours', () => calls(capture, lab.moon.ipv4.outer).length > 0);
    await sun.initiate({ ike: 'moon' });
    await untilState(daemon, 'up');
    expect(await peerOf(daemon)).toMatchObject({
      role: 'responder',
      counters: { initiations: 0, violations: 0 },
    });
  },
);

scenario(
  'responder-only-close-action',
  'The peer deletes the child of a connection with close_action = start: charon starts it again, which is a violation.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, {
      moonConnection: { children: { net: { close_action: 'start' } } },
    });
    const daemon = await startDaemon(lab, moon, { service: { policy: 'responder-only' } });
    await sun.initiate({ ike: 'moon' });
    await untilState(daemon, 'up');
    const [sa] = await untilUp(sun, 1);
    await sun.terminate({ ikeId: sa?.id ?? '' });
    const [why] = await within(10_000, 'a violation', async (saw) => {
      const found = saw(await violations(daemon));
      return found.length > 0 && found;
    });
    expect(why).toMatch(/close_action = start/);
    expect((await peerOf(daemon)).counters.violations).toBe(1);
    // Not enforced: what charon started stays.
    await untilUp(moon, 1);
  },
);

scenario(
  'responder-only-dpd-restart-enforced',
  'The peer dies under dpd_action = restart: charon calls for ever, afteryou ends each call before it is answered.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, {
      moonConnection: {
        settings: { dpd_delay: '1s', mobike: false, keyingtries: 0 },
        children: { net: { dpd_action: 'restart' } },
      },
      moonCharon: { settings: { retransmit_tries: 1, retransmit_timeout: 0.5, retransmit_base: 1 } },
    });
    const daemon = await startDaemon(lab, moon, { service: { policy: 'responder-only', enforce: true } });
    await sun.initiate({ ike: 'moon' });
    await untilState(daemon, 'up');
    await silence(lab.moon, lab.sun);
    const [why] = await within(10_000, 'a violation', async (saw) => {
      const found = saw(await violations(daemon));
      return found.length > 0 && found;
    });
    expect(why).toMatch(/dpd_action = restart/);
    await within(10_000, 'no IKE_SA at moon, and the sidecar says so', async (saw) => {
      const [sas, { state, ike_sas: told }] = saw(await Promise.all([moon.sas(), peerOf(daemon)]));
      return sas.length === 0 && told.length === 0 && state === 'responder-mode';
    });
  },
);

scenario(
  'responder-only-no-rekey',
  'charon rekeys the IKE_SA of a no-rekey peer: counted and told; when the peer rekeys it, nothing is.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const daemon = await startDaemon(lab, moon, {
      service: { policy: 'responder-only', 'no-rekey': true },
    });
    await sun.initiate({ ike: 'moon' });
    await untilState(daemon, 'up');
    const spiOf = async () => (await peerOf(daemon)).ike_sas[0]?.initiator_spi;
    const before = await spiOf();
    await withSession(sun.viciSocket, (session) => session.request('rekey', { ike: 'moon' }));
    const between = await within(10_000, 'a rekeyed IKE_SA', async (saw) => {
      const spi = saw(await spiOf());
      return spi !== undefined && spi !== before && spi;
    });
    expect((await peerOf(daemon)).counters.violations).toBe(0);
    await withSession(moon.viciSocket, (session) => session.request('rekey', { ike: 'sun' }));
    await within(10_000, 'another one', async (saw) => {
      const spi = saw(await spiOf());
      return spi !== undefined && spi !== between;
    });
    expect(await violations(daemon)).toEqual([expect.stringContaining('rekey_time = 0')]);
    expect(await peerOf(daemon)).toMatchObject({ role: 'responder', counters: { violations: 1 } });
  },
);
