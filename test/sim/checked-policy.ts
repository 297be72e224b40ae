/**
 * The real rules of one sidecar with checks around them: the invariants of every step, who started what, pace.
 *
 * Breaks are reported, never thrown: the daemon's code around a step may catch what is thrown.
 */

import type { Peer } from '../../src/daemon/peer.ts';
import { isCalling } from '../../src/daemon/peer.ts';
import type { PeerEvent } from '../../src/policy/events.ts';
import { establishedOf } from '../../src/policy/ike-sas.ts';
import { brokenInvariants } from '../../src/policy/invariants.ts';
import type { PacerLimits } from '../../src/policy/pacer.ts';
import type { PeerState } from '../../src/policy/state.ts';
import { type StepResult, step } from '../../src/policy/step.ts';
import type { Canary } from './canaries.ts';
import type { Host } from './host.ts';
import type { Fail } from './pair-watch.ts';

/** The pacer lets late turns catch up with this much (its documentation). */
const CATCH_UP_MS = 10;

export interface CheckedPolicyOptions {
  readonly host: Host;
  readonly limits: PacerLimits;
  readonly canary: Canary | null;
  readonly fail: Fail;
  readonly peers: () => Iterable<Peer>;
  readonly onStep?: (event: PeerEvent, after: StepResult) => void;
}

export class CheckedPolicy {
  readonly #options: CheckedPolicyOptions;
  readonly #turnsMs: number[] = [];
  steps = 0;

  constructor(options: CheckedPolicyOptions) {
    this.#options = options;
  }

  readonly step: typeof step = (state, given) => {
    this.steps += 1;
    const { canary, fail, onStep } = this.#options;
    try {
      const event = canary?.event?.(given) ?? given;
      const before = canary?.before?.(state, event) ?? state;
      const after = step(before, event);
      onStep?.(event, after);
      // A canary's own deeds are for the other checks to find.
      if (!canary) {
        const [broken] = brokenInvariants(before, event, after);
        if (broken !== undefined) fail('safety', `invariant: ${broken} by ${JSON.stringify(event)}`);
      }
      this.#checkLineage(after.state);
      if (event.type === 'turn') this.#checkPace(state, event.nowMs);
      return canary?.after?.(before, event, after) ?? after;
    } catch (error) {
      fail('crash', `step: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return { state, effects: [] };
    }
  };

  /** Who started an IKE_SA is known for certain if the sidecar has seen all of its line. */
  #checkLineage(state: PeerState): void {
    const { host, fail } = this.#options;
    const sinceMs = host.sidecar?.attachedSinceMs ?? null;
    if (sinceMs === null) return;
    for (const sa of establishedOf(state)) {
      const truth = host.charon?.core.sas.get(sa.id);
      if (truth?.initiatorSpi !== sa.initiatorSpi || truth.lineBornMs <= sinceMs) continue;
      const startedBy = truth.startedBy === host.address ? 'self' : 'peer';
      if (sa.startedBy !== startedBy) {
        fail('safety', `lineage: IKE_SA ${sa.id} counts as started by ${sa.startedBy}, it was ${startedBy}`);
      }
    }
  }

  #checkPace(state: PeerState, nowMs: number): void {
    const { limits, peers, fail } = this.#options;
    this.#turnsMs.push(nowMs);
    while ((this.#turnsMs[0] ?? nowMs) <= nowMs - 1000) this.#turnsMs.shift();
    const { initiationsPerSecondMax, halfOpenMax } = limits;
    if (this.#turnsMs.length > initiationsPerSecondMax * (1 + CATCH_UP_MS / 1000) + 1) {
      fail(
        'safety',
        `pace: ${this.#turnsMs.length} turns within a second, the limit is ${initiationsPerSecondMax}`,
      );
    }
    const openCalls = [...peers()].filter((peer) => peer.state !== state && isCalling(peer.state)).length;
    if (openCalls >= halfOpenMax) fail('safety', `pace: a turn beside ${openCalls} open calls`);
  }
}
