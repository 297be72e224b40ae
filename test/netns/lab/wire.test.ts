/**
 * What the lab says doesn't arrive doesn't, what it delays is late, what it holds comes when it is let go.
 */
import { expect } from 'vitest';

import { dropAt, silence } from './firewall.ts';
import { scenario } from './scenario.ts';
import { twoCharons, untilUp } from './two-charons.ts';
import { neverFor, within } from './wait.ts';

/** Goes on trying, however long the test takes. */
const TENACIOUS = { charon: { settings: { retransmit_tries: 30 } } };

scenario(
  'lab-silence',
  'while sun is silenced its call does not arrive, charon sees no error, and after lifting it comes up by retransmission',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, TENACIOUS);
    const drop = await silence(lab.moon, lab.sun);
    const capture = await lab.capture(lab.moon);
    await sun.initiate({ ike: 'moon' });
    await neverFor(700, 'an IKE_SA at moon', async () => (await moon.sas()).at(0));
    await capture.caughtUp();
    expect(capture.ike({ from: lab.sun.ipv4.outer, exchange: 'IKE_SA_INIT' }).length).toBeGreaterThanOrEqual(
      1,
    );
    expect(capture.ike({ from: lab.moon.ipv4.outer })).toEqual([]);
    expect(await drop.dropped()).toBeGreaterThanOrEqual(1);
    expect(sun.grep(/error writing to socket/)).toEqual([]);
    await drop.lift();
    await untilUp(moon, 1);
    await capture.caughtUp();
    expect(capture.ike({ from: lab.sun.ipv4.outer, exchange: 'IKE_SA_INIT' }).length).toBeGreaterThanOrEqual(
      2,
    );
  },
);

scenario(
  'lab-drop-by-exchange',
  'the first IKE_AUTH answer is dropped at sun: moon is up while sun still connects, and the second answer completes it',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { charon: { settings: { retransmit_timeout: 5 } } });
    const drop = await dropAt(lab.sun, { exchange: 'IKE_AUTH', message: 'response', count: 1 });
    const capture = await lab.capture(lab.sun);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    expect((await sun.sas()).map(({ state }) => state)).toEqual(['CONNECTING']);
    await untilUp(sun, 1, 15_000);
    expect(await drop.dropped()).toBe(1);
    await capture.caughtUp();
    expect(capture.ike({ exchange: 'IKE_AUTH', isResponse: true })).toHaveLength(2);
    expect(capture.ike({ exchange: 'IKE_SA_INIT' })).toHaveLength(2);
  },
);

scenario(
  'lab-firewall-loss',
  'half of what arrives at moon on the ports of IKE is lost by chance: some echoes in the tunnel are answered, some are not',
  async (lab) => {
    const { sun } = await twoCharons(lab);
    await sun.initiate({ ike: 'moon' });
    await untilUp(sun, 1);
    const drop = await dropAt(lab.moon, { from: lab.sun.ipv4.outer, lossPercent: 50 });
    const target = { source: lab.sun.ipv4.inner, destination: lab.moon.ipv4.inner, intervalMs: 10 };
    const pinger = await lab.ping(lab.sun, target);
    await within(10_000, 'both kinds of echo', (saw) => {
      const { received, lost } = saw(pinger.result());
      return received >= 10 && lost.length >= 10;
    });
    const { lost } = await pinger.stop();
    expect(await drop.dropped()).toBeGreaterThanOrEqual(lost.length);
  },
);

scenario(
  'lab-collision',
  'with 30 ms each way, both ends call within the other call: strongSwan alone ends with two IKE_SAs, one by each end',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, TENACIOUS);
    const capture = await lab.capture(lab.moon);
    // Neither may know of the other's call when it begins its own.
    const begun = await lab.relay.hold({ exchange: 'IKE_SA_INIT', message: 'request' });
    await Promise.all([moon.initiate({ ike: 'sun' }), sun.initiate({ ike: 'moon' })]);
    await begun.took(2, 10_000);
    await begun.release();
    await untilUp(moon, 2);
    await untilUp(sun, 2);
    expect((await moon.sas()).map(({ name, isInitiator }) => `${name} ${isInitiator}`).sort()).toEqual([
      'sun false',
      'sun true',
    ]);
    await capture.caughtUp();
    // The wire delays as it was told to: no answer is there before a round trip.
    const [call] = capture.ike({ from: lab.moon.ipv4.outer, exchange: 'IKE_AUTH', isResponse: false });
    const [answer] = capture.ike({
      exchange: 'IKE_AUTH',
      isResponse: true,
      initiatorSpi: call?.initiatorSpi ?? '',
    });
    expect((answer?.atMs ?? 0) - (call?.atMs ?? 0)).toBeGreaterThanOrEqual(60);
  },
  { relay: { delayMs: 30 } },
);

scenario(
  'lab-hold',
  'IKE_AUTH requests of sun are held: moon stays half-open until they are released, then one tunnel comes up',
  async (lab) => {
    // A second packet would not be held.
    const { moon, sun } = await twoCharons(lab, { charon: { settings: { retransmit_timeout: 20 } } });
    const rule = await lab.relay.hold({ from: 'sun', exchange: 'IKE_AUTH', message: 'request', count: 1 });
    await sun.initiate({ ike: 'moon' });
    await rule.took(1, 10_000);
    expect((await moon.sas()).map(({ state }) => state)).toEqual(['CONNECTING']);
    expect((await sun.sas()).map(({ state }) => state)).toEqual(['CONNECTING']);
    await rule.release();
    await untilUp(moon, 1);
    await untilUp(sun, 1);
    expect(rule.taken).toBe(1);
  },
  { relay: {} },
);

scenario(
  'lab-loss',
  'the relay loses as many as it is told: all with 100, none with 0, some with 50',
  async (lab) => {
    const target = { source: lab.moon.ipv4.outer, destination: lab.sun.ipv4.outer, intervalMs: 10 };
    await lab.relay.loss('moon', 100);
    const cut = await lab.ping(lab.moon, target);
    await within(10_000, '20 echoes lost', (saw) => saw(cut.result().lost.length) >= 20);
    expect((await cut.stop()).received).toBe(0);
    await lab.relay.loss('any', 0);
    const whole = await lab.ping(lab.moon, target);
    await within(10_000, '20 echoes answered', (saw) => saw(whole.received) >= 20);
    expect((await whole.stop()).lost).toEqual([]);
    await lab.relay.loss('sun', 50);
    const half = await lab.ping(lab.moon, target);
    await within(10_000, 'both kinds of echo', (saw) => {
      const { received, lost } = saw(half.result());
      return received >= 20 && lost.length >= 20;
    });
    await half.stop();
  },
  { relay: {} },
);
