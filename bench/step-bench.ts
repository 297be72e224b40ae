/**
 * The policy's `step`, with many peers that all live the same life: called by us, up, proven, listed, lost.
 *
 * A life is the sequence of events that the daemon hands in for one peer; all peers go through it in step, so that
 * each event touches another peer's state than the one before, as on a busy gateway.
 */
import type { PeerEvent, PeerSetup } from '../src/policy/events.ts';
import type { IkeSaFacts } from '../src/policy/facts.ts';
import { DEFAULT_SETTINGS } from '../src/policy/settings.ts';
import { initialPeerState, type PeerState } from '../src/policy/state.ts';
import { step } from '../src/policy/step.ts';

type News = PeerEvent extends infer Event
  ? Event extends PeerEvent
    ? Omit<Event, 'nowMs' | 'random'>
    : never
  : never;

const SETUP: PeerSetup = {
  settings: DEFAULT_SETTINGS,
  children: ['net'],
  isConfigured: true,
  isCallable: true,
};

export function newPeers(count: number): PeerState[] {
  return Array.from({ length: count }, () => initialPeerState(SETUP, 0));
}

/** One event for each peer. */
export function tellAll(peers: PeerState[], nowMs: number, newsOf: (peer: number) => News): number {
  for (let peer = 0; peer < peers.length; peer++) {
    const state = peers[peer];
    if (state) peers[peer] = step(state, { ...newsOf(peer), nowMs, random: 0.5 }).state;
  }
  return peers.length;
}

function sa(peer: number, change: Partial<IkeSaFacts> = {}): IkeSaFacts {
  const id = `${peer}`;
  return {
    id,
    state: 'ESTABLISHED',
    isInitiator: true,
    initiatorSpi: id.padStart(16, 'a'),
    responderSpi: id.padStart(16, 'b'),
    isAnonymous: false,
    remoteId: `branch-${id}.example.net`,
    children: [{ id, name: 'net', state: 'INSTALLED', packetsIn: 0 }],
    ...change,
  };
}

/** All peers up, by a call of ours. */
export function bringUp(peers: PeerState[], fromMs: number): number {
  return (
    tellAll(peers, fromMs, () => ({ type: 'attached', ikeSas: [] })) +
    tellAll(peers, fromMs + 10_000, () => ({ type: 'tick' })) +
    tellAll(peers, fromMs + 10_000, () => ({ type: 'turn' })) +
    tellAll(peers, fromMs + 10_010, (peer) => ({ type: 'call-seen', id: `${peer}` })) +
    tellAll(peers, fromMs + 10_050, (peer) => ({ type: 'ike-up', ikeSa: sa(peer, { children: [] }) })) +
    tellAll(peers, fromMs + 10_051, (peer) => ({ type: 'child-changed', ikeSa: sa(peer) })) +
    tellAll(peers, fromMs + 10_090, (peer) => ({ type: 'proven', id: `${peer}` }))
  );
}

/** A whole life, with two of the listings that come every 30 s and a dead peer at its end. */
export function live(peers: PeerState[], fromMs: number): number {
  return (
    bringUp(peers, fromMs) +
    [30_000, 60_000].reduce((events, afterMs) => {
      const askedMs = fromMs + afterMs;
      return (
        events +
        tellAll(peers, askedMs + 80, (peer) => ({
          type: 'listing',
          askedMs,
          isFresh: false,
          hasHalfOpen: true,
          ikeSas: [sa(peer)],
        }))
      );
    }, 0) +
    tellAll(peers, fromMs + 70_000, (peer) => ({ type: 'ike-down', id: `${peer}`, state: 'ESTABLISHED' }))
  );
}
