/**
 * What the exploration remembers of one end and of the network: plain data, times relative to a fixed moment.
 *
 * "Now" is always `NOW_MS`: when time passes, all times of an end are moved back instead (clock.ts). Two moments
 * from which the same can follow are then the same data, whenever they come. What happens to the data is in
 * charon.ts and end.ts.
 */

import type { PeerEvent } from '../../src/policy/events.ts';
import type { ChildSaFacts, IkeSaFacts } from '../../src/policy/facts.ts';
import type { PeerSettings } from '../../src/policy/settings.ts';
import type { PeerState } from '../../src/policy/state.ts';

export const NOW_MS = 10_000_000;

export type Side = 0 | 1;
export const SIDES: readonly Side[] = [0, 1];

/** Exchanges of IKEv2; `probe` is an empty INFORMATIONAL, `rekey` that of a CHILD_SA, `child-delete` what follows it. */
export type Kind = 'init' | 'auth' | 'delete' | 'probe' | 'rekey' | 'child-delete' | 'ike-rekey';
export type AnswerKind = `${Kind}-answer` | 'refusal';

export interface Message {
  readonly to: Side;
  readonly kind: Kind | AnswerKind;
  /** The IKE_SA: its initiator SPI, and the responder's, empty while it isn't known. */
  readonly spi: string;
  readonly rspi: string;
  /** Number of the exchange, counted by the end that asks (RFC 7296, 2.2). */
  readonly number: number;
  /** The end that asks: the numbers of the two ends have nothing to do with each other. */
  readonly asker: Side;
  /** `ike-rekey`: the new initiator SPI. */
  readonly newSpi: string;
  /** `auth`: INITIAL_CONTACT. */
  readonly isFirst: boolean;
}

export interface Request {
  readonly kind: Kind;
  readonly number: number;
  readonly tries: number;
  readonly againMs: number;
  readonly newSpi: string;
}

export interface Sa {
  readonly id: string;
  readonly spi: string;
  readonly rspi: string;
  /** Initiator SPI of the IKE_SA that was there before any rekeying: the same tunnel. */
  readonly tunnel: string;
  readonly isInitiator: boolean;
  readonly state: 'CONNECTING' | 'ESTABLISHED' | 'REKEYING' | 'REKEYED' | 'DELETING';
  /** False: half-open, not tied to a connection yet. */
  readonly isNamed: boolean;
  /** Another one has taken its place by rekeying; its end is no news. */
  readonly isReplaced: boolean;
  /** How often its CHILD_SA was rekeyed. */
  readonly rekeys: number;
  /** The one exchange under way, and what waits for it. */
  readonly request: Request | null;
  readonly queue: readonly Kind[];
  /** Exchanges begun by this end; the last one of the other end and how it was answered. */
  readonly asked: number;
  readonly heard: number;
  readonly answered: AnswerKind | null;
  /** The next probe (DPD), or the end of a half-open or rekeyed one; null: never. */
  readonly dueMs: number | null;
  /** `unique=replace` has marked it as a duplicate. */
  readonly deleteMs: number | null;
}

export interface Charon {
  /** Restarts so far: `uniqueid` begins at 1 again after each, SPIs don't. */
  readonly epoch: number;
  readonly lastId: number;
  readonly sas: readonly Sa[];
}

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'nowMs' | 'random'> : never;
export type News = WithoutTime<PeerEvent>;

export type Command =
  | { readonly type: 'list'; readonly askedMs: number; readonly isFresh: boolean }
  | { readonly type: 'initiate' }
  | { readonly type: 'terminate'; readonly id: string }
  | { readonly type: 'rekey-child'; readonly childId: string };

/** The policy's memory without what never changes. */
export type Memory = Omit<PeerState, 'setup'>;

/** One end: its charon, the policy beside it (null: a plain peer), and the two VICI connections between them. */
export interface End {
  readonly charon: Charon;
  readonly policy: Memory | null;
  /** Events raised by charon, not read yet. */
  readonly news: readonly News[];
  /** Commands that charon hasn't carried out yet, and its answers that aren't read yet. */
  readonly commands: readonly Command[];
  readonly answers: readonly News[];
  /** A turn was asked for (R15). */
  readonly hasTurn: boolean;
  /** The periodic listing of the daemon; null: none. */
  readonly reconcileMs: number | null;
}

/** `unique` of strongSwan's connection; `never` neither sends nor obeys INITIAL_CONTACT. */
export type Unique = 'never' | 'no' | 'keep' | 'replace';

/** What is the same for a whole exploration, per end. */
export interface EndTraits {
  /** Runs the policy with these settings; null: a plain strongSwan, which calls once by itself. */
  readonly settings: Partial<PeerSettings> | null;
  readonly unique: Unique;
  /** When the end that was asked tells of a rekeyed CHILD_SA: 5.9 as it answers, 6.0 when the old one is deleted. */
  readonly version: '5.9' | '6.0';
  /** First digits of its initiator SPIs: they decide R7. */
  readonly spiPrefix: string;
  /** First digits of the SPIs that it takes when it rekeys an IKE_SA. */
  readonly rekeyPrefix: string;
  /** `dpd_delay`; null: none. */
  readonly probeMs: number | null;
  readonly retransmitMs: number;
  readonly triesMax: number;
  readonly reconcileMs: number | null;
}

export const NO_SPI = '0000000000000000';

export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

/** Carries CHILD_SAs: the state in which charon prints it doesn't matter. */
export function isUp(sa: Sa): boolean {
  return sa.state === 'ESTABLISHED' || sa.state === 'REKEYING';
}

export function childOf(sa: Pick<Sa, 'tunnel' | 'rekeys'>): ChildSaFacts {
  return { id: `${sa.tunnel}-${sa.rekeys}`, name: 'net', state: 'INSTALLED', packetsIn: 0 };
}

export function factsOf(sa: Sa): IkeSaFacts {
  return {
    id: sa.id,
    state: sa.state,
    isInitiator: sa.isInitiator,
    initiatorSpi: sa.spi.padStart(16, '0'),
    responderSpi: sa.rspi === '' ? NO_SPI : sa.rspi.padStart(16, '0'),
    isAnonymous: !sa.isNamed,
    children: isUp(sa) ? [childOf(sa)] : [],
  };
}
