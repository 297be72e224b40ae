/**
 * Why a peer is in its state, what comes next and what would change it: whole sentences for an operator.
 */

import { isUnanswered } from '../policy/facts.ts';
import { establishedOf, hasChild, ownCallsOf, usableOf } from '../policy/ike-sas.ts';
import { responderDeadlineOf } from '../policy/rules/r1-responder-mode.ts';
import type { IkeSa, PeerState, PeerStateName } from '../policy/state.ts';

export interface ExplainContext {
  readonly nowMs: number;
  readonly isAttached: boolean;
  readonly isObserving: boolean;
}

export function explain(state: PeerState, context: ExplainContext): string[] {
  const inSeconds = (atMs: number) => `${Math.max(0, (atMs - context.nowMs) / 1000).toFixed(1)} s`;
  const sentences = SITUATIONS[state.name](state, inSeconds);
  if (!context.isAttached)
    sentences.unshift('charon is not attached: nothing is decided until it is back (R12).');
  if (context.isObserving) sentences.push('afteryou only observes: it initiates and terminates nothing.');
  if (state.lastError) sentences.push(...advice(state.lastError.text));
  return sentences;
}

type Describe = (state: PeerState, inSeconds: (atMs: number) => string) => string[];

const SITUATIONS: Record<PeerStateName, Describe> = {
  unconfigured: () => [
    'charon has no connection for this peer: load one (swanctl --load-conns) whose first remote address is the peer.',
  ],
  passive: () => [
    'A subnet, a range, a wildcard or a peer of a remote-access service cannot be called, so this peer is only watched (R13).',
  ],
  paused: ({ setup }) => [
    setup.settings.policy === 'paused'
      ? 'Paused by its policy in the configuration: nothing is started and nothing is torn down until that is changed.'
      : 'Paused: nothing is started and nothing is torn down. `afteryou resume` ends that.',
  ],
  up: (state) => usableOf(state).map((sa) => up(sa, state.setup.children)),
  settling,
  degraded,
  'initiator-mode': calling,
  'responder-mode': waiting,
};

function up(sa: IkeSa, children: readonly string[]): string {
  const whom = sa.startedBy === 'self' ? 'us' : 'the peer';
  const what = children.length === 0 ? 'is up' : `has all its children (${children.join(', ')})`;
  return `IKE_SA ${sa.id}, started by ${whom}, ${what}: nothing is initiated (R5).`;
}

function degraded(state: PeerState): string[] {
  const sa = establishedOf(state).at(-1);
  const missing = state.setup.children.filter((name) => !sa || !hasChild(sa, name)).join(', ');
  return [
    `IKE_SA ${sa?.id ?? '?'} is up without ${missing} (R5); missing children are initiated on it when responder mode ends.`,
  ];
}

function calling(state: PeerState, inSeconds: (atMs: number) => string): string[] {
  const { window } = state;
  const phase = callPhase(ownCallsOf(state)[0]);
  if (window.kind === 'patience') {
    return [`Our time is over, but ${phase}: it may finish within ${inSeconds(window.deadlineMs)} (R4).`];
  }
  if (window.kind !== 'initiator') return ['We are about to call again.'];
  const sentences = [
    `We are calling (R2): ${phase}. Without a tunnel the peer has the word again in ${inSeconds(window.deadlineMs)} (R4).`,
  ];
  if (window.retryMs !== null) sentences.push(`The next try is due in ${inSeconds(window.retryMs)} (R3).`);
  return sentences;
}

function callPhase(call: IkeSa | undefined): string {
  if (!call) return 'no call is under way';
  return isUnanswered(call.responderSpi)
    ? `IKE_SA ${call.id} waits for the peer's first answer`
    : `IKE_SA ${call.id} has reached IKE_AUTH`;
}

function waiting(state: PeerState, inSeconds: (atMs: number) => string): string[] {
  const { setup, window } = state;
  if (setup.settings.policy === 'responder-only') {
    return ['Responder-only: we wait for the peer and never call (R14).'];
  }
  if (window.kind === 'turn') {
    return ['Responder mode has run out; we wait for our turn among the peers that are to be called (R15).'];
  }
  const next =
    window.kind === 'responder'
      ? ` We call in ${inSeconds(responderDeadlineOf(state, window.deadlineMs))} (R2).`
      : '';
  return [`There is no tunnel and the peer has the word (R1).${next}`];
}

function settling(state: PeerState, inSeconds: (atMs: number) => string): string[] {
  const ours = usableOf(state, 'self').at(-1) ?? ownCallsOf(state)[0];
  const theirs = usableOf(state, 'peer').at(-1);
  if (!ours || !theirs) return ['Both ends called; one IKE_SA is not complete yet (R6).'];
  const sentences = [`Both ends called: IKE_SA ${ours.id} is ours, ${theirs.id} is the peer's (R6, R7).`];
  const heldMs = Math.max(ours.upSinceMs ?? 0, theirs.upSinceMs ?? 0) + state.setup.settings.settleHoldMs;
  if (theirs.provenMs === null) {
    sentences.push(
      `The peer has sent nothing on ${theirs.id} since it came up; if that is so when the hold ends, its CHILD_SAs are rekeyed, and the answer proves it.`,
    );
  }
  if (state.wakeMs !== null)
    sentences.push(`Both carry traffic. The hold ends in ${inSeconds(heldMs)}; then one of them is deleted.`);
  return sentences;
}

/** The usual causes behind charon's words, and where to look. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /AUTHENTICATION_FAILED|no shared key found|authentication of .* failed|MAC mismatched|invalid HASH_V1/i,
    'Authentication failed: compare the secret and the identities (local.id, remote.id) at both ends; at the peer its log tells which.',
  ],
  [
    /NO_PROPOSAL_CHOSEN|no acceptable/i,
    'The proposals have nothing in common: compare proposals and esp_proposals at both ends.',
  ],
  [
    /TS_UNACCEPTABLE/i,
    'The traffic selectors have nothing in common: compare local_ts and remote_ts at both ends.',
  ],
  [/INVALID_KE_PAYLOAD/i, 'The peer wants another Diffie-Hellman group: put it first in proposals.'],
  [
    /no matching peer config|no IKE config found/i,
    'No connection fits what the peer offered: compare addresses, identities and IKE version.',
  ],
  [
    /not found/i,
    'charon does not know this connection or child (any more): was it unloaded? See `swanctl --list-conns`.',
  ],
  [/unable to resolve/i, 'The remote address cannot be called: put a host address first in remote_addrs.'],
  [
    /did not answer|not responding|giving up/i,
    'The peer does not answer: look for a route, a firewall on UDP 500 and 4500, and whether the peer is up.',
  ],
  [/INITIAL_CONTACT/i, 'The peer replaces IKE_SAs by INITIAL_CONTACT: set `unique = never` at our end.'],
];

function advice(text: string): string[] {
  const found = ADVICE.find(([pattern]) => pattern.test(text));
  return found ? [found[1]] : [];
}
