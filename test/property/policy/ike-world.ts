/**
 * Two charons and the network between them, as far as the policy can tell: plain data, that can be copied and
 * compared. What happens to it is in ike-model.ts.
 */

import type { ChildSaFacts, IkeSaFacts } from '../../../src/policy/facts.ts';
import type { News } from './fuzz.ts';

export type EndIndex = 0 | 1;
export type Kind = 'init' | 'auth' | 'delete' | 'probe' | 'rekey';

/** `rspi` is the responder's SPI, empty as long as it isn't known. */
export interface Message {
  readonly to: EndIndex;
  readonly kind: Kind | `${Kind}-answer` | 'refusal' | 'rekey-refusal';
  readonly spi: string;
  readonly rspi: string;
  /** How often the CHILD_SA had been rekeyed when it was sent: tells a retransmission of an old rekeying. */
  readonly rekeys: number;
  readonly sentMs: number;
}

export interface ModelSa {
  readonly id: string;
  readonly spi: string;
  readonly rspi: string;
  readonly isInitiator: boolean;
  readonly state: 'CONNECTING' | 'ESTABLISHED' | 'DELETING';
  readonly isNamed: boolean;
  /** How often its CHILD_SA was rekeyed. */
  readonly rekeys: number;
  /** A rekeying waits for the request before it: one exchange at a time. */
  readonly isRekeyQueued: boolean;
  /** The request that isn't answered yet. */
  readonly request: { readonly kind: Kind; readonly tries: number; readonly againMs: number } | null;
  /** When the next probe (DPD) is due, or the half-open one expires; null: never. */
  readonly dueMs: number | null;
  readonly probes: number;
}

export interface Charon {
  readonly lastId: number;
  readonly sas: readonly ModelSa[];
}

export interface World {
  nowMs: number;
  charons: [Charon, Charon];
  net: Message[];
  /** Events raised and not read yet, oldest first. */
  news: [readonly News[], readonly News[]];
}

/** What is the same for a whole run. */
export interface Traits {
  /** Dead peer detection: a probe this long after it came up, and after each answer. */
  readonly probeMs: number;
  /** Most probes per IKE_SA and end; a number makes the exploration end. */
  readonly probesMax: number;
  readonly retransmitMs: number;
  readonly triesMax: number;
  /** First digits of the initiator SPIs of each end: they decide R7. */
  readonly spiPrefix: readonly [string, string];
}

const NO_SPI = '0000000000000000';

export function newWorld(nowMs: number): World {
  return {
    nowMs,
    charons: [
      { lastId: 0, sas: [] },
      { lastId: 0, sas: [] },
    ],
    net: [],
    news: [[], []],
  };
}

export function otherEnd(end: EndIndex): EndIndex {
  return end === 0 ? 1 : 0;
}

export function factsOf(sa: ModelSa): IkeSaFacts {
  const isUp = sa.state === 'ESTABLISHED';
  return {
    id: sa.id,
    state: sa.state,
    isInitiator: sa.isInitiator,
    initiatorSpi: sa.spi.padStart(16, '0'),
    responderSpi: sa.rspi === '' ? NO_SPI : sa.rspi.padStart(16, '0'),
    isAnonymous: !sa.isNamed,
    children: isUp ? [childOf(sa)] : [],
  };
}

export function childOf(sa: Pick<ModelSa, 'id' | 'rekeys'>): ChildSaFacts {
  return { id: `c${sa.id}-${sa.rekeys}`, name: 'net', state: 'INSTALLED', packetsIn: 0 };
}
