/** How the link to charon and the peers become what systemd is told. */
import { beforeEach, describe, expect, test } from 'vitest';
import { CharonLink } from '../../../src/daemon/charon-link.ts';
import type { Peer } from '../../../src/daemon/peer.ts';
import { vitalsOf } from '../../../src/daemon/vitals.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { FakePolicyCharon, ikeSa } from '../../helpers/fake-policy-charon.ts';
import { config, peerAfter } from './helpers.ts';

const RECONCILE_MS = 30_000;

let clock: VirtualClock;
let link: CharonLink;

beforeEach(() => {
  clock = new VirtualClock();
  link = new CharonLink(clock);
});

const UP = [[0, { type: 'attached', ikeSas: [ikeSa('7')] }]] as const;
const CALLING = [
  [0, { type: 'attached', ikeSas: [] }],
  [1, { type: 'operator', action: 'initiate' }],
  [2, { type: 'turn' }],
] as const;

function vitals(peers: readonly Peer[] = [], mode = 'active', isConfigWrong = false) {
  return vitalsOf(
    link,
    config(`mode: ${mode}`, 'services: { s: { connections: "*" } }'),
    isConfigWrong,
    peers,
  );
}

describe('ready', () => {
  test('not before charon was listed or is known to be away', () => {
    expect(vitals().isReady).toBe(false);
  });

  test('once charon was listed', () => {
    link.attached(new FakePolicyCharon(), '5.9.8');
    expect(vitals([peerAfter(UP), peerAfter(UP), peerAfter(CALLING)])).toEqual({
      isReady: true,
      isAlive: true,
      text: '3 peers: 2 up, 1 initiator-mode; charon 5.9.8 attached',
    });
  });

  test('once a try to attach has failed: it is waited for, and that is said', () => {
    expect(link.retried('ENOENT')).toBe(true);
    expect(link.retried('ENOENT')).toBe(false);
    expect(vitals()).toEqual({
      isReady: true,
      isAlive: true,
      text: '0 peers; waiting for charon (ENOENT)',
    });
  });
});

test('the status tells of observing and of a wrong configuration', () => {
  link.attached(new FakePolicyCharon(), '5.9.8');
  expect(vitals([peerAfter(UP)], 'observe', true).text).toBe(
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
