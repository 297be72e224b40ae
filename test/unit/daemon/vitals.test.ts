/** How the link to charon and the peers become what systemd is told. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { StatusReport } from '../../../src/control/api.ts';
import { CharonLink } from '../../../src/daemon/charon-link.ts';
import { vitalsOf } from '../../../src/daemon/vitals.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { FakePolicyCharon } from '../../helpers/fake-policy-charon.ts';
import { UP } from '../control/fake-daemon.ts';

const RECONCILE_MS = 30_000;

let clock: VirtualClock;
let link: CharonLink;

beforeEach(() => {
  clock = new VirtualClock();
  link = new CharonLink(clock);
});

function vitals(change: Partial<StatusReport> = {}) {
  const { isAttached, version, error } = link.facts;
  return vitalsOf(link, RECONCILE_MS, {
    schema: 1,
    version: '1',
    mode: 'active',
    charon: { socket: '', attached: isAttached, since: '', version, error },
    config: { file: null, loadedAt: '', error: null },
    peers: [UP, UP, { ...UP, state: 'initiator-mode' }],
    health: [],
    ...change,
  });
}

describe('ready', () => {
  test('not before charon was listed or is known to be away', () => {
    expect(vitals().isReady).toBe(false);
  });

  test('once charon was listed', () => {
    link.attached(new FakePolicyCharon(), '5.9.8');
    expect(vitals()).toEqual({
      isReady: true,
      isAlive: true,
      text: '3 peers: 2 up, 1 initiator-mode; charon 5.9.8 attached',
    });
  });

  test('once a try to attach has failed: it is waited for, and that is said', () => {
    expect(link.retried('ENOENT')).toBe(true);
    expect(link.retried('ENOENT')).toBe(false);
    expect(vitals({ peers: [] })).toEqual({
      isReady: true,
      isAlive: true,
      text: '0 peers; waiting for charon (ENOENT)',
    });
  });
});

test('the status tells of observing and of a wrong configuration', () => {
  link.attached(new FakePolicyCharon(), '5.9.8');
  const text = vitals({
    mode: 'observe',
    peers: [UP],
    config: { file: null, loadedAt: '', error: 'x' },
  }).text;
  expect(text).toBe(
    '1 peer: 1 up; charon 5.9.8 attached, observing only; the configuration file is wrong, the old one stays',
  );
});

describe('alive', () => {
  const LIMIT_MS = RECONCILE_MS + 60_000;

  test.each([
    ['an answer', () => link.answered()],
    ['an attachment', () => link.attached(new FakePolicyCharon(), '5.9.8')],
    ['the end of one', () => link.detached('gone')],
    ['a try that failed', () => link.retried('ENOENT')],
  ] as const)('%s is a sign of life', (_, sign) => {
    clock.advanceBy(LIMIT_MS + 1);
    expect(vitals().isAlive).toBe(false);
    sign();
    clock.advanceBy(LIMIT_MS);
    expect(vitals().isAlive).toBe(true);
    clock.advanceBy(1);
    expect(vitals().isAlive).toBe(false);
  });
});

test('what a status shows of the link', () => {
  expect(link.facts).toEqual({ isAttached: false, sinceMs: 0, version: null, error: 'not attached yet' });
  clock.advanceBy(5);
  link.attached(new FakePolicyCharon(), '5.9.8');
  expect(link.facts).toEqual({ isAttached: true, sinceMs: 5, version: '5.9.8', error: null });
  clock.advanceBy(5);
  link.detached('gone');
  link.retried('ENOENT');
  expect(link.facts).toEqual({ isAttached: false, sinceMs: 10, version: '5.9.8', error: 'ENOENT' });
  expect(link.charon).toBeNull();
});
