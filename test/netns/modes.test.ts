/**
 * The two modes of a peer without a tunnel (R1-R4): who has the word, for how long, and what ends it.
 */
import { expect } from 'vitest';

import { silence } from './lab/firewall.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor } from './lab/wait.ts';
import {
  enteredMs,
  explained,
  peerOf,
  ROUNDING_MS,
  SLACK_MS,
  startDaemon,
  transitions,
  untilState,
} from './sidecar/daemon.ts';
import { call } from './sidecar/tunnels.ts';
import { calls, packetsOf, untilCalls } from './sidecar/wire.ts';

scenario(
  'modes-silent-peer',
  'A silent peer: 1 s without a packet of ours, 1.5 s of one call with its retransmission, and so on for ever.',
  async (lab) => {
    // Sends again after 0.5 s, and not for 10 s after that.
    const settings = { retransmit_timeout: 0.5, retransmit_base: 20 };
    const { moon } = await twoCharons(lab, { charon: { settings } });
    await silence(lab.moon, lab.sun);
    const capture = await lab.capture(lab.moon);
    const service = { 'responder-mode-duration': 1, 'initiator-mode-duration': 1.5 };
    const daemon = await startDaemon(lab, moon, { service });
    const { since, deadline } = await untilState(daemon, 'responder-mode');
    const ours = await untilCalls(capture, lab.moon.ipv4.outer, 4, { ms: 20_000 });

    const { history, status } = await explained(daemon);
    const starts = transitions(history).filter(({ to }) => to === 'responder-mode');
    // The status names the moment of the first call beforehand.
    expect(Math.abs(Date.parse(deadline ?? '') - Date.parse(since) - 1_000)).toBeLessThanOrEqual(ROUNDING_MS);
    for (const [index, { atMs }] of ours.slice(0, 4).entries()) {
      const waitedMs = atMs - Date.parse(starts[index]?.at ?? '');
      expect(waitedMs).toBeGreaterThanOrEqual(1_000 - ROUNDING_MS);
      expect(waitedMs).toBeLessThan(1_000 + SLACK_MS);
    }
    for (const [index, ourCall] of ours.slice(0, 3).entries()) {
      const sent = packetsOf(capture, lab.moon.ipv4.outer, ourCall.initiatorSpi);
      expect(sent).toHaveLength(2);
      const endedMs = Date.parse(starts[index + 1]?.at ?? '');
      expect(sent.filter(({ atMs }) => atMs > endedMs + ROUNDING_MS)).toEqual([]);
      expect(endedMs - ourCall.atMs).toBeLessThan(1_500 + SLACK_MS);
    }
    expect(transitions(history).slice(0, 5)).toMatchObject([
      { to: 'responder-mode', rule: 'R1' },
      { from: 'responder-mode', to: 'initiator-mode', rule: 'R2' },
      { from: 'initiator-mode', to: 'responder-mode', rule: 'R4' },
      { from: 'responder-mode', to: 'initiator-mode', rule: 'R2' },
      { from: 'initiator-mode', to: 'responder-mode', rule: 'R4' },
    ]);
    const ends = transitions(history).filter(({ rule }) => rule === 'R4').length;
    const turns = transitions(history).filter(({ to }) => to === 'initiator-mode').length;
    expect(status.counters).toMatchObject({ cycles: ends, initiations: turns, collisions: 0 });
    expect(turns).toBeGreaterThanOrEqual(4);
    expect((await moon.sas()).length).toBeLessThanOrEqual(1);
  },
);

scenario(
  'modes-answered-call',
  'The peer answers our call: the tunnel is ours, and nothing is initiated while it is up.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon);
    const status = await untilState(daemon, 'up');
    expect(status).toMatchObject({ role: 'initiator', deadline: null, ike_sas: [{ initiated_by: 'self' }] });
    const [atSun] = await untilUp(sun, 1);
    expect(atSun).toMatchObject({ name: 'moon', isInitiator: false });
    // Longer than both modes together.
    await neverFor(4_500, 'a second call', () => calls(capture, lab.moon.ipv4.outer)[1]);
    const { status: later, history } = await explained(daemon);
    expect(later).toMatchObject({ state: 'up', counters: { initiations: 1 } });
    expect(transitions(history).at(-1)).toMatchObject({ from: 'initiator-mode', to: 'up', rule: 'R5' });
    expect(await sun.sas()).toHaveLength(1);
  },
);

scenario(
  'modes-peer-calls',
  "The peer calls in responder mode: the tunnel is the peer's, and there is not one call of ours on the wire.",
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 4 } });
    await sun.initiate({ ike: 'moon' });
    const status = await untilState(daemon, 'up');
    expect(status).toMatchObject({ role: 'responder', ike_sas: [{ initiated_by: 'peer' }] });
    expect(await untilUp(moon, 1)).toMatchObject([{ name: 'sun', isInitiator: false }]);
    await neverFor(4_500, 'a call of ours', () => calls(capture, lab.moon.ipv4.outer)[0]);
    expect(await peerOf(daemon)).toMatchObject({ state: 'up', counters: { initiations: 0, cycles: 0 } });
  },
);

scenario(
  'modes-heard-while-calling',
  'A silent peer is there again in the middle of our call: a retransmission reaches it and that very call comes up.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { charon: { settings: { retransmit_tries: 30 } } });
    const drop = await silence(lab.moon, lab.sun);
    const capture = await lab.capture(lab.moon);
    const service = { 'responder-mode-duration': 0.5, 'initiator-mode-duration': 30 };
    const daemon = await startDaemon(lab, moon, { service });
    const [first] = await untilCalls(capture, lab.moon.ipv4.outer, 1);
    await untilState(daemon, 'initiator-mode');
    await drop.lift();
    const status = await untilState(daemon, 'up');
    expect(status).toMatchObject({ role: 'initiator', counters: { cycles: 0, initiations: 1 } });
    expect(await untilUp(sun, 1)).toMatchObject([{ initiatorSpi: first?.initiatorSpi }]);
    await capture.caughtUp();
    expect(calls(capture, lab.moon.ipv4.outer)).toHaveLength(1);
  },
);

scenario(
  'modes-heard-while-waiting',
  'A silent peer is there again in responder mode, after a call of ours was given up: its own call comes up and we call no more.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const drop = await silence(lab.moon, lab.sun);
    const capture = await lab.capture(lab.moon);
    const service = { 'responder-mode-duration': 4, 'initiator-mode-duration': 0.5 };
    const daemon = await startDaemon(lab, moon, { service });
    await call(daemon);
    await untilState(daemon, 'responder-mode');
    const sinceMs = await enteredMs(daemon, 'responder-mode');
    await drop.lift();
    await sun.initiate({ ike: 'moon' });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'responder', counters: { cycles: 1 } });
    await neverFor(4_500, 'a call of ours', () => calls(capture, lab.moon.ipv4.outer, sinceMs)[0]);
    expect(await moon.sas()).toMatchObject([{ isInitiator: false, state: 'ESTABLISHED' }]);
    expect(await sun.sas()).toHaveLength(1);
  },
);
