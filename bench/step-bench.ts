/**
 * The policy's `step`, with many peers that all live the same life: called by us, up, proven, listed with dead peer detection
 * between, rekeyed, lost. It is a life of trouble, with a set-up and an end every 100 s; `rest` is one without.
 *
 * All peers go through it in step, so that each event touches another peer's state than the one before, as on a busy
 * gateway. What charon says is made beforehand: reading it is measured with VICI. Times are whole
 * milliseconds, as the daemon's.
 */
import type { PeerEvent, PeerSetup } from '../src/policy/events.ts';
import type { ChildSaFacts, IkeSaFacts } from '../src/policy/facts.ts';
import { DEFAULT_SETTINGS } from '../src/policy/settings.ts';
import { initialPeerState, type PeerState } from '../src/policy/state.ts';
import { step } from '../src/policy/step.ts';

/** What charon says of one peer. */
interface Words {
  readonly id: string;
  readonly rekeyedId: string;
  /** An IKE_SA as it comes up: no children are named. */
  readonly up: IkeSaFacts;
  readonly withChild: IkeSaFacts;
  /** In turn; what is listed with nothing new is the same object again. Every second peer has traffic. */
  readonly listed: readonly [IkeSaFacts, IkeSaFacts];
  readonly rekeyedChild: ChildSaFacts;
  readonly rekeyed: IkeSaFacts;
}

type Draft = { -readonly [Key in keyof IkeSaFacts]: IkeSaFacts[Key] };

export interface BenchPeer {
  state: PeerState;
  readonly words: Words;
}

const SETUP: PeerSetup = {
  settings: DEFAULT_SETTINGS,
  children: ['net'],
  isConfigured: true,
  isCallable: true,
};

const random = 0.5;

/** Peers in responder mode, with charon there. */
export function newPeers(count: number): BenchPeer[] {
  const peers = Array.from({ length: count }, (_, peer) => ({
    state: initialPeerState(SETUP, 0),
    words: wordsOf(peer),
  }));
  tellAll(peers, () => ({ type: 'attached', ikeSas: [], nowMs: 0, random }));
  return peers;
}

function wordsOf(peer: number): Words {
  const id = `${2 * peer + 1}`;
  const rekeyedId = `${2 * peer + 2}`;
  const child = childOf(id, id, 0);
  const listed = listedOf(peer, id, child);
  const hasTraffic = peer % 2 === 1;
  const rekeyedChild = childOf(rekeyedId, id, 0);
  return {
    id,
    rekeyedId,
    up: ikeSaOf(peer, id, []),
    withChild: ikeSaOf(peer, id, [child]),
    listed: [listed, hasTraffic ? listedOf(peer, id, childOf(id, id, 1_000)) : listed],
    rekeyedChild,
    rekeyed: ikeSaOf(peer, rekeyedId, []),
  };
}

function childOf(id: string, purpose: string, packetsIn: number): ChildSaFacts {
  return { id, name: 'net', state: 'INSTALLED', packetsIn, purpose, spis: spi(id, 'c') };
}

/** Put together as the daemon does it (`translate-facts.ts`). */
function ikeSaOf(peer: number, id: string, children: readonly ChildSaFacts[]): Draft {
  const facts: Draft = {
    id,
    state: 'ESTABLISHED',
    isInitiator: true,
    initiatorSpi: spi(id, 'a'),
    responderSpi: spi(id, 'b'),
    isAnonymous: false,
    children,
  };
  facts.remoteId = `branch-${peer}.example.net`;
  return facts;
}

function listedOf(peer: number, id: string, child: ChildSaFacts): IkeSaFacts {
  const facts = ikeSaOf(peer, id, [child]);
  facts.remoteHost = '192.0.2.1';
  facts.isBusy = false;
  return facts;
}

function spi(id: string, fill: string): string {
  return Buffer.from(id.padStart(16, fill)).toString('latin1');
}

/** One event for each peer. @returns how many */
function tellAll(peers: readonly BenchPeer[], eventOf: (peer: BenchPeer) => PeerEvent): number {
  for (const peer of peers) peer.state = step(peer.state, eventOf(peer)).state;
  return peers.length;
}

/** All peers up, by a call of ours: `fromMs` is when responder mode is over. */
export function bringUp(peers: readonly BenchPeer[], fromMs: number): number {
  let nowMs = fromMs;
  let events = tellAll(peers, () => ({ type: 'tick', nowMs, random }));
  events += tellAll(peers, () => ({ type: 'turn', nowMs, random }));
  nowMs += 5;
  events += tellAll(peers, ({ state: { token } }) => {
    return { type: 'initiate-answered', token, error: null, nowMs, random };
  });
  nowMs += 5;
  events += tellAll(peers, ({ words: { id } }) => ({ type: 'call-seen', id, nowMs, random }));
  nowMs += 40;
  events += tellAll(peers, ({ words: { up } }) => ({ type: 'ike-up', ikeSa: up, nowMs, random }));
  nowMs += 1;
  events += tellAll(peers, ({ words }) => {
    return { type: 'child-changed', ikeSa: words.withChild, nowMs, random };
  });
  nowMs += 30;
  return events + tellAll(peers, ({ words: { id } }) => ({ type: 'proven', id, nowMs, random }));
}

/** A minute of peers that are up: what the daemon hands in every 30 s. */
export function rest(peers: readonly BenchPeer[], fromMs: number): number {
  let events = 0;
  for (const [turn, afterMs] of [0, 30_000].entries()) {
    const askedMs = fromMs + afterMs;
    const nowMs = askedMs + 80;
    events += tellAll(peers, ({ words: { listed } }) => {
      const ikeSas = [listed[turn === 0 ? 0 : 1]];
      return { type: 'listing', askedMs, isFresh: false, hasHalfOpen: true, ikeSas, nowMs, random };
    });
    // Dead peer detection.
    events += tellAll(peers, ({ words: { id } }) => ({ type: 'proven', id, nowMs: nowMs + 10, random }));
  }
  return events;
}

/** A whole life, with a dead peer at its end. */
export function live(peers: readonly BenchPeer[], fromMs: number): number {
  let events = bringUp(peers, fromMs + 10_000) + rest(peers, fromMs + 30_000);
  let nowMs = fromMs + 65_000;
  events += tellAll(peers, ({ words: { id, rekeyedChild } }) => {
    return { type: 'child-rekeyed', ikeSaId: id, oldChildId: id, child: rekeyedChild, nowMs, random };
  });
  nowMs += 1_000;
  events += tellAll(peers, ({ words: { id, rekeyed } }) => {
    return { type: 'ike-rekeyed', oldId: id, ikeSa: rekeyed, nowMs, random };
  });
  nowMs += 4_000;
  return (
    events +
    tellAll(peers, ({ words: { rekeyedId } }) => {
      return { type: 'ike-down', id: rekeyedId, state: 'ESTABLISHED', nowMs, random };
    })
  );
}
