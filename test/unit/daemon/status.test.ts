import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PeerStatus } from '../../../src/control/api.ts';
import { peerStatus } from '../../../src/daemon/status.ts';
import type { PeerNews } from '../../../src/policy/events.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { halfOpen, ikeSa, ownCall } from '../../helpers/fake-policy-charon.ts';
import { definition, NO_COUNTS, peerAfter, settings, setup } from './helpers.ts';

// Moments are reckoned from what time it is: it doesn't go on between two looks.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());

type Story = readonly (readonly [number, PeerNews])[];

function statusAt(nowMs: number, story: Story, change = {}): PeerStatus {
  return peerStatus(peerAfter(story, definition('a', change)), new VirtualClock(nowMs));
}

/** Seconds from `nowMs` to a moment in a report. */
function secondsFromNow(text: string | null): number {
  return (Date.parse(text ?? '') - Date.now()) / 1000;
}

const ATTACHED = [0, { type: 'attached', ikeSas: [] }] as const;

test('a peer that waits for its peer', () => {
  const status = statusAt(4_000, [ATTACHED]);
  expect(status).toEqual({
    peer: 'a',
    service: 's',
    address: '192.0.2.1',
    connection: 'a',
    policy: 'windowed',
    state: 'responder-mode',
    since: expect.any(String),
    deadline: expect.any(String),
    role: null,
    paused: false,
    children_configured: ['net'],
    ike_sas: [],
    counters: NO_COUNTS,
    last_error: null,
  });
  expect(secondsFromNow(status.since)).toBe(-4);
  expect(secondsFromNow(status.deadline)).toBe(6);
});

test('an IKE_SA with its children, and who started it', () => {
  const status = statusAt(0, [[0, { type: 'attached', ikeSas: [ikeSa('7')] }]]);
  expect(status.ike_sas).toEqual([
    {
      id: '7',
      state: 'ESTABLISHED',
      initiated_by: 'peer',
      initiator_spi: 'aaaaaaaaaaaaaaa7',
      responder_spi: 'bbbbbbbbbbbbbbb7',
      proven: false,
      children: [{ id: '71', name: 'net', state: 'INSTALLED' }],
    },
  ]);
});

describe('role', () => {
  test('initiator of our own, responder of the peer’s', () => {
    const ours = [ikeSa('7', { isInitiator: true })];
    expect(statusAt(0, [[0, { type: 'attached', ikeSas: ours }]]).role).toBe('initiator');
    expect(statusAt(0, [[0, { type: 'attached', ikeSas: [ikeSa('7')] }]]).role).toBe('responder');
  });

  test('an IKE_SA without its children has one too', () => {
    const bare = [ikeSa('7', { children: [] })];
    expect(statusAt(0, [[0, { type: 'attached', ikeSas: bare }]]).role).toBe('responder');
  });

  test('neither while none is established', () => {
    const unfinished = [ownCall('7'), halfOpen('8')];
    expect(statusAt(0, [[0, { type: 'attached', ikeSas: unfinished }]]).role).toBeNull();
  });
});

describe('deadline', () => {
  test('there is none when nothing runs', () => {
    expect(statusAt(0, [[0, { type: 'attached', ikeSas: [ikeSa('7')] }]]).deadline).toBeNull();
    expect(statusAt(0, []).deadline).toBeNull();
  });

  test('of initiator mode', () => {
    const story: Story = [ATTACHED, [10_000, { type: 'tick' }], [10_000, { type: 'turn' }]];
    const status = statusAt(13_000, story);
    expect(status.state).toBe('initiator-mode');
    expect(secondsFromNow(status.deadline)).toBe(7);
  });

  test('of the hold, while two are settled', () => {
    const both = [ikeSa('7'), ikeSa('8', { isInitiator: true, initiatorSpi: '0000000000000001' })];
    const status = statusAt(0, [[0, { type: 'attached', ikeSas: both }]]);
    expect(status.state).toBe('settling');
    expect(secondsFromNow(status.deadline)).toBe(20);
  });
});

test('the last error and when it was', () => {
  const status = statusAt(5_000, [ATTACHED, [2_000, { type: 'trouble', text: 'NO_PROPOSAL_CHOSEN' }]]);
  expect(status.last_error).toEqual({ at: expect.any(String), text: 'NO_PROPOSAL_CHOSEN' });
  expect(secondsFromNow(status.last_error?.at ?? null)).toBe(-3);
});

test('paused by the operator, and paused by its policy', () => {
  const byOperator = statusAt(0, [ATTACHED, [1, { type: 'operator', action: 'pause' }]]);
  expect([byOperator.paused, byOperator.policy, byOperator.state]).toEqual([true, 'windowed', 'paused']);
  const byPolicy = statusAt(0, [ATTACHED], { setup: setup({ settings: settings({ policy: 'paused' }) }) });
  expect([byPolicy.paused, byPolicy.policy, byPolicy.state]).toEqual([false, 'paused', 'paused']);
});
