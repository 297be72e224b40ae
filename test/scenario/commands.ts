/**
 * The commands of transcripts: one line of text is one event.
 *
 * Knows words and events; times come from outside.
 */

import type { PeerEvent, PeerSetup } from '../../src/policy/events.ts';
import { DEFAULT_SETTINGS, type PeerPolicy, type PeerSettings } from '../../src/policy/settings.ts';
import { readChild, readIkeSa, readIkeSas } from './sa-notation.ts';

type News<Type extends PeerEvent['type'] = PeerEvent['type']> = Type extends unknown
  ? Omit<Extract<PeerEvent, { type: Type }>, 'nowMs' | 'random'>
  : never;

const SECONDS: Readonly<Record<string, keyof PeerSettings>> = {
  'responder-mode': 'responderModeMs',
  'initiator-mode': 'initiatorModeMs',
  'retry-interval': 'retryIntervalMs',
  'auth-patience': 'authPatienceMs',
  'settle-hold': 'settleHoldMs',
  'settle-grace': 'settleGraceMs',
  'sweep-grace': 'sweepGraceMs',
  courtesy: 'courtesyMs',
  'back-off-max': 'backOffMaxMs',
};

/** `children=net,voice policy=windowed settle-hold=20 enforce passive unconfigured ...`, on top of what is. */
export function readSetup(text: string, base?: PeerSetup): PeerSetup {
  let setup: PeerSetup = base ?? {
    settings: DEFAULT_SETTINGS,
    children: ['net'],
    isConfigured: true,
    isCallable: true,
  };
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const [key = '', value = ''] = word.split('=');
    setup = { ...setup, ...setupChange(key, value), settings: { ...setup.settings, ...change(key, value) } };
  }
  return setup;
}

function setupChange(key: string, value: string): Partial<PeerSetup> {
  if (key === 'children') return { children: value === '' ? [] : value.split(',') };
  if (key === 'passive') return { isCallable: false };
  if (key === 'unconfigured') return { isConfigured: false };
  if (key === 'configured') return { isConfigured: true };
  if (key === 'observed') return { isObserved: true };
  return {};
}

function change(key: string, value: string): Partial<PeerSettings> {
  const seconds = SECONDS[key];
  if (seconds) return { [seconds]: Math.round(Number(value) * 1000) };
  switch (key) {
    case 'policy':
      return { policy: value as PeerPolicy };
    case 'collision':
      return { collision: value === 'immediate' ? 'immediate' : 'settle' };
    case 'back-off':
      return { backOffFactor: Number(value) };
    case 'enforce':
      return { enforce: true };
    case 'no-rekey':
      return { noRekey: true };
    case 'children':
    case 'passive':
    case 'unconfigured':
    case 'configured':
    case 'observed':
      return {};
    default:
      throw new Error(`unknown word of a setup: ${key}`);
  }
}

/** One command as an event. `setup` is what is configured now, `nowMs` the time of the command. */
export function readCommand(text: string, setup: PeerSetup, nowMs: number): News {
  const [, command = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  const words = rest.split(/\s+/);
  const [first = ''] = words;
  const afterFirst = rest.slice(first.length).trim();
  switch (command) {
    case 'tick':
    case 'detached':
    case 'look-again':
    case 'turn':
      return { type: command };
    case 'configure':
      return { type: 'configured', setup: readSetup(rest, setup) };
    case 'attached':
      return { type: 'attached', ikeSas: readIkeSas(rest) };
    case 'listing':
      return readListing(rest, true, nowMs);
    case 'reconciled':
      return readListing(rest, false, nowMs);
    case 'up':
      return { type: 'ike-up', ikeSa: { ...readIkeSa(rest), children: [] } };
    case 'down':
      return { type: 'ike-down', id: first, state: afterFirst };
    case 'children':
      return { type: 'child-changed', ikeSa: readIkeSa(rest) };
    case 'rekeyed':
      return { type: 'ike-rekeyed', oldId: first, ikeSa: readIkeSa(afterFirst) };
    case 'child-rekeyed':
      return {
        type: 'child-rekeyed',
        ikeSaId: first,
        oldChildId: words[1] ?? '',
        child: readChild(words[2] ?? '', first),
      };
    case 'call-seen':
    case 'peer-calls':
    case 'proven':
      return { type: command, id: first };
    case 'given-up':
      return { type: 'given-up', id: first, text: afterFirst };
    case 'trouble':
      return { type: 'trouble', text: rest };
    case 'initiate-answered':
      return { type: 'initiate-answered', token: Number(first), error: afterFirst || null };
    case 'terminate-answered':
      return { type: 'terminate-answered', id: first, error: afterFirst || null };
    case 'terminate-not-sent':
      return { type: 'terminate-not-sent', id: first };
    case 'operator':
      return { type: 'operator', action: readAction(first) };
    default:
      throw new Error(`unknown command: ${text}`);
  }
}

function readListing(text: string, isFresh: boolean, nowMs: number): News<'listing'> {
  const [, asked, rest = ''] = /^(?:asked=([\d.]+)\s*)?(.*)$/.exec(text) ?? [];
  return {
    type: 'listing',
    askedMs: asked === undefined ? nowMs : Math.round(Number(asked) * 1000),
    isFresh,
    hasHalfOpen: true,
    ikeSas: readIkeSas(rest),
  };
}

function readAction(word: string): 'pause' | 'resume' | 'initiate' {
  if (word === 'pause' || word === 'resume' || word === 'initiate') return word;
  throw new Error(`unknown action: ${word}`);
}
