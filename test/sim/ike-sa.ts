/**
 * One IKE_SA with its CHILD_SAs as one end of the model has it, and how charon shows it.
 */

import type { ChildSaFacts, IkeSaFacts } from '../../src/policy/facts.ts';
import type { CancelTimer } from '../../src/timers/clock.ts';
import type { Address, IkeMessage, Request } from './ike-message.ts';

export const NO_SPI = '0000000000000000';

/** The peer's rekeying of an SA, answered while our own rekeying of it is still unanswered. */
export interface Crossing<New> {
  readonly made: New;
  readonly lowestNonce: number;
}

export interface ModelChild {
  readonly id: string;
  readonly name: string;
  /** The same at both ends: stands for the pair of SPIs. */
  readonly key: string;
  /** Order of installation at this end: packets take the newest. */
  readonly order: number;
  state: 'INSTALLED' | 'REKEYING' | 'REKEYED' | 'DELETING' | 'DELETED';
  /** Packets go into it. The answering end of a rekeying only does so once the old one is deleted. */
  isOutbound: boolean;
  packetsIn: number;
  crossing?: Crossing<ModelChild> | null;
  /** Made by a rekeying that has lost, or may: it goes without an event. */
  isRedundant?: boolean;
}

/** What is to be asked of the other end: one exchange at a time (RFC 7296, 2.3). */
export type Task =
  | { readonly type: 'create-child'; readonly name: string }
  | { readonly type: 'rekey-child'; readonly key: string }
  | { readonly type: 'delete-child'; readonly key: string }
  | { readonly type: 'rekey-ike' }
  /** Reauthentication that makes first: the new one has all that the old one had. */
  | { readonly type: 'delete-former'; readonly id: string }
  /** `why` is told when it begins, which may be long after it was asked for. */
  | { readonly type: 'delete-ike'; readonly why?: Loss; readonly askedMs?: number }
  | { readonly type: 'probe' };

/** Why an established IKE_SA ends, apart from a terminate of a sidecar and the peer's DELETE. */
export type Loss =
  | 'no-answer'
  | 'initial-contact'
  | 'replaced'
  /** The same, but its DELETE had to wait for another exchange. */
  | 'replaced-late'
  | 'reauthenticated'
  | 'operator'
  /** A sidecar's terminate, but its DELETE had to wait for another exchange. */
  | 'put-off'
  /** A sidecar's terminate of a call that was unanswered when it was last listed, and isn't any more. */
  | 'raced';

/** A request that isn't answered yet. */
export interface OpenRequest {
  readonly message: IkeMessage;
  readonly request: Request;
  tries: number;
  cancel: CancelTimer;
}

export interface ModelIkeSa {
  readonly id: string;
  /** Name of the connection; null while half-open. */
  connection: string | null;
  readonly remote: Address;
  state: 'CONNECTING' | 'ESTABLISHED' | 'REKEYING' | 'REKEYED' | 'DELETING';
  readonly isInitiator: boolean;
  initiatorSpi: string;
  responderSpi: string;
  children: ModelChild[];
  /** Truth for checks: the end that made the first of this line of rekeyings, and when. */
  readonly startedBy: Address;
  readonly lineBornMs: number;
  open: OpenRequest | null;
  tasks: Task[];
  nextRequestId: number;
  nextPeerRequestId: number;
  /** Answer to the peer's last request, for its retransmissions. */
  lastAnswer: IkeMessage | null;
  lastHeardMs: number;
  /** Tries of the whole sequence that are left while CONNECTING (`keyingtries`). */
  sequencesLeft: number;
  /** Reauthentication that breaks first: a new call when this one is gone. */
  callsAgain: boolean;
  isDestroyed: boolean;
  crossing: Crossing<Pick<ModelIkeSa, 'isInitiator' | 'initiatorSpi' | 'responderSpi'>> | null;
  /** Made by a rekeying that has lost: it goes without an event. */
  isRedundant: boolean;
  readonly timers: CancelTimer[];
}

export function isLive(sa: ModelIkeSa): boolean {
  return sa.state === 'ESTABLISHED' || sa.state === 'REKEYING';
}

/** Whether ours is kept: of all four nonces the lowest is in the exchange that has lost (RFC 7296, 2.8). */
export function hasWon(
  request: { readonly nonce: number },
  answer: { readonly nonce: number },
  lowestNonce: number,
): boolean {
  return Math.min(request.nonce, answer.nonce) > lowestNonce;
}

export function isPassing(child: ModelChild): boolean {
  return child.state === 'INSTALLED' || child.state === 'REKEYING';
}

export function childFacts({ id, name, state, packetsIn, key }: ModelChild): ChildSaFacts {
  return { id, name, state, packetsIn, purpose: name, spis: key };
}

/** As in `list-sas`. */
export function ikeSaFacts(sa: ModelIkeSa, children: readonly ModelChild[] = sa.children): IkeSaFacts {
  return {
    id: sa.id,
    state: sa.state,
    isInitiator: sa.isInitiator,
    initiatorSpi: sa.initiatorSpi,
    responderSpi: sa.responderSpi,
    isAnonymous: sa.connection === null,
    children: children.map(childFacts),
  };
}
