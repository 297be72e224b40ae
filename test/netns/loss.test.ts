/**
 * A tunnel that goes (R11): however it went, the peer has the first word again, and then we call.
 */
import { expect } from 'vitest';
import type { Afteryou } from './lab/afteryou.ts';
import { silence } from './lab/firewall.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import {
  asking,
  historyOf,
  peerOf,
  ROUNDING_MS,
  SLACK_MS,
  startDaemon,
  transitions,
  untilEntered,
  untilState,
} from './sidecar/daemon.ts';
import { call } from './sidecar/tunnels.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

scenario(
  'loss-by-delete',
  'The peer deletes our tunnel: 1.5 s for the peer without a packet of ours, then our call, and up again.',
  async (lab) => {
    // Without MOBIKE the only INFORMATIONAL request is the DELETE.
    const { moon, sun } = await twoCharons(lab, { connection: { settings: { mobike: false } } });
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 1.5 } });
    await untilState(daemon, 'up');
    await sun.terminate({ ike: 'moon' });
    const [, again] = await untilCalls(capture, lab.moon.ipv4.outer, 2);
    const [deletion] = capture.ike({
      from: lab.sun.ipv4.outer,
      exchange: 'INFORMATIONAL',
      isResponse: false,
    });
    const waitedMs = (again?.atMs ?? 0) - (deletion?.atMs ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(1_500 - ROUNDING_MS);
    expect(waitedMs).toBeLessThan(1_500 + SLACK_MS);
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    expect(transitions(await historyOf(daemon)).slice(-3)).toMatchObject([
      { from: 'up', to: 'responder-mode', rule: 'R11' },
      { to: 'initiator-mode', rule: 'R2' },
      { to: 'up', rule: 'R5' },
    ]);
    expect(await untilUp(sun, 1)).toHaveLength(1);
  },
);

scenario(
  'loss-peer-takes-the-word',
  "The peer deletes our tunnel and calls within responder mode: the new tunnel is the peer's, and we have not called again.",
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 4 } });
    await call(daemon);
    await untilState(daemon, 'up');
    await sun.terminate({ ike: 'moon' });
    await untilState(daemon, 'responder-mode');
    await sun.initiate({ ike: 'moon' });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder' });
    await neverFor(4_500, 'a second call of ours', () => calls(capture, lab.moon.ipv4.outer)[1]);
    expect(await sun.sas()).toMatchObject([{ isInitiator: true, state: 'ESTABLISHED' }]);
  },
);

scenario(
  'loss-by-dead-peer-detection',
  'The peer falls silent: dead peer detection ends the tunnel, the peer has the word for 1.5 s, then our calls begin; when it is back, up again.',
  async (lab) => {
    const settings = { retransmit_tries: 1, retransmit_timeout: 0.5, retransmit_base: 1 };
    const { moon, sun } = await twoCharons(lab, {
      charon: { settings },
      connection: { settings: { dpd_delay: '1s' } },
    });
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 1.5 } });
    await untilState(daemon, 'up');
    const sinceMs = Date.now();
    const drop = await silence(lab.moon, lab.sun);
    const lost = await untilEntered(daemon, 'responder-mode', { sinceMs });
    expect(lost).toMatchObject({
      from: 'up',
      rule: 'R11',
      why: expect.stringContaining('first word'),
    });
    const lostMs = Date.parse(lost.at);
    const [, again] = await untilCalls(capture, lab.moon.ipv4.outer, 2);
    expect((again?.atMs ?? 0) - lostMs).toBeGreaterThanOrEqual(1_500 - ROUNDING_MS);
    expect((again?.atMs ?? 0) - lostMs).toBeLessThan(1_500 + SLACK_MS);
    await drop.lift();
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });
    await untilUp(sun, 1);
    expect(await moon.sas()).toHaveLength(1);
  },
);

scenario(
  'loss-asks-for-nothing',
  'The peer falls silent: charon says in its log that it gives up, and by an event that the IKE_SA has gone. No listing is asked for.',
  async (lab) => {
    const settings = { retransmit_tries: 1, retransmit_timeout: 0.5, retransmit_base: 1 };
    const { moon, sun } = await twoCharons(lab, {
      charon: { settings },
      connection: { settings: { dpd_delay: '1s' } },
    });
    const daemon = await startDaemon(lab, moon, {
      service: { 'responder-mode-duration': 30 },
      config: { charon: { 'reconcile-interval': 3_600 } },
    });
    await sun.initiate({ ike: 'moon' });
    await untilState(daemon, 'up');
    const before = await listings(daemon);
    expect(before).toBeGreaterThan(0);
    await silence(lab.moon, lab.sun);
    await within(20_000, "charon's own words", async (saw) =>
      saw((await peerOf(daemon)).last_error)?.text.includes('giving up'),
    );
    await untilState(daemon, 'responder-mode');
    await neverFor(1_000, 'a listing', async () => (await listings(daemon)) > before);
  },
);

/** How many listings of IKE_SAs charon has answered. */
async function listings(daemon: Afteryou): Promise<number> {
  const { text } = await asking(daemon, (client) => client.metrics(false));
  return Number(
    /^afteryou_vici_request_duration_seconds_count\{command="list-sas"\} (\d+)$/m.exec(text)?.[1],
  );
}
