/**
 * Bugs to be planted around the real rules, to see that the simulation finds them. The product isn't touched.
 */

import type { PeerEvent } from '../../src/policy/events.ts';
import type { IkeSaFacts } from '../../src/policy/facts.ts';
import { isConnecting, isEstablished, isUnanswered } from '../../src/policy/facts.ts';
import type { PeerSettings } from '../../src/policy/settings.ts';
import type { IkeSa, PeerState } from '../../src/policy/state.ts';
import type { StepResult } from '../../src/policy/step.ts';

export interface Canary {
  /** In what words its failure is expected to begin. */
  readonly caughtAs: readonly string[];
  readonly settings?: Partial<PeerSettings>;
  readonly event?: (event: PeerEvent) => PeerEvent;
  readonly before?: (state: PeerState, event: PeerEvent) => PeerState;
  readonly after?: (before: PeerState, event: PeerEvent, after: StepResult) => StepResult;
}

export const CANARIES: Readonly<Record<string, Canary>> = {
  /** R7 without its order: each end takes its own IKE_SA for the lower one, so that their tries meet again and again. */
  'no-spi-order': { caughtAs: ['unsettled', 'gap'], event: (event) => withFacts(event, lowIfOurs) },
  /** R7 without the hold that outlasts a `replace` peer's own deletion. */
  'no-hold': { caughtAs: ['gap'], settings: { settleHoldMs: 0 } },
  /** R6 and R7 without proof, and without moving packets first. */
  'no-proof': {
    caughtAs: ['gap'],
    settings: { settleHoldMs: 0 },
    before: (state, { nowMs }) => ({ ...state, ikeSas: state.ikeSas.map((sa) => proven(sa, nowMs)) }),
  },
  /** Our call is dropped at the first sight of the peer's. */
  'drop-at-once': {
    caughtAs: ['blackhole', 'gap'],
    after: (_before, event, after) => dropCalls(event, after),
  },
  /** Who started an IKE_SA is read from charon's flag after a rekeying. */
  'lineage-forgotten': {
    caughtAs: ['lineage', 'gap'],
    after: (_before, event, after) => byFlag(event, after),
  },
  /** R8 left out: everything goes that a rule wants gone, and the rest with it. */
  'no-last-usable': { caughtAs: ['last usable', 'gap'], after: (_before, _event, after) => endAll(after) },
  /** R4 without its cycle: after one initiator mode in vain nothing is tried again. */
  'gives-up': {
    caughtAs: ['unsettled'],
    after: (_before, _event, after) =>
      after.state.cyclesInRow > 0
        ? { ...after, effects: after.effects.filter(({ type }) => type !== 'ask-turn') }
        : after,
  },
};

function withFacts(event: PeerEvent, change: (facts: IkeSaFacts) => IkeSaFacts): PeerEvent {
  if ('ikeSas' in event) return { ...event, ikeSas: event.ikeSas.map(change) };
  if ('ikeSa' in event) return { ...event, ikeSa: change(event.ikeSa) };
  return event;
}

function lowIfOurs(facts: IkeSaFacts): IkeSaFacts {
  return { ...facts, initiatorSpi: (facts.isInitiator ? '0' : 'f') + facts.initiatorSpi.slice(1) };
}

function proven(sa: IkeSa, nowMs: number): IkeSa {
  if (sa.startedBy === 'self' || sa.upSinceMs === null) return sa;
  const move = sa.move ?? { askedMs: -Infinity, untilMs: -Infinity, childIds: [] };
  return {
    ...sa,
    provenMs: sa.provenMs ?? nowMs,
    move: { ...move, triesInVain: Number.MAX_SAFE_INTEGER },
  };
}

function dropCalls(event: PeerEvent, after: StepResult): StepResult {
  const { state } = after;
  const isCalledToo = state.ikeSas.some((sa) => sa.startedBy === 'peer');
  const calls = state.ikeSas.filter(
    (sa) =>
      isCalledToo &&
      sa.startedBy === 'self' &&
      isConnecting(sa.state) &&
      isUnanswered(sa.responderSpi) &&
      sa.leavingUntilMs === null,
  );
  if (calls.length === 0) return after;
  const leavingUntilMs = event.nowMs + 1_000;
  return {
    state: {
      ...state,
      ikeSas: state.ikeSas.map((sa) => (calls.includes(sa) ? { ...sa, leavingUntilMs } : sa)),
    },
    effects: [
      ...after.effects,
      ...calls.map(({ id, initiatorSpi, responderSpi }) => {
        return {
          type: 'terminate',
          id,
          initiatorSpi,
          responderSpi,
          reason: 'collision',
          untilMs: event.nowMs,
        } as const;
      }),
    ],
  };
}

function byFlag(event: PeerEvent, after: StepResult): StepResult {
  if (event.type !== 'ike-rekeyed') return after;
  const startedBy = event.ikeSa.isInitiator ? 'self' : 'peer';
  const ikeSas = after.state.ikeSas.map((sa) =>
    sa.id === event.ikeSa.id ? ({ ...sa, startedBy } as const) : sa,
  );
  return { ...after, state: { ...after.state, ikeSas } };
}

function endAll(after: StepResult): StepResult {
  const first = after.effects.find((effect) => effect.type === 'terminate');
  if (!first) return after;
  const others = after.state.ikeSas.filter((sa) => sa.id !== first.id && isEstablished(sa.state));
  return {
    ...after,
    effects: [
      ...after.effects,
      ...others.map(({ id, initiatorSpi, responderSpi }) => ({ ...first, id, initiatorSpi, responderSpi })),
    ],
  };
}
