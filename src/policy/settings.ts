/**
 * What an operator can set about one peer, in milliseconds, with the defaults of R1-R11.
 *
 * Knows names, units and default values; the ranges belong to the configuration that fills it in.
 */

/** Who may start: see R1, R2, R14 and the policy of a paused peer. */
export type PeerPolicy = 'windowed' | 'responder-only' | 'initiator-only' | 'paused';

/** What to do when both ends call (R6, R7), or at the first sight of the peer's call (Cisco's literal text). */
export type CollisionRule = 'settle' | 'immediate';

export interface PeerSettings {
  readonly policy: PeerPolicy;
  readonly collision: CollisionRule;
  /** R1: how long a peer without a tunnel has the first word. */
  readonly responderModeMs: number;
  /** R2: how long we call before the peer has the word again. */
  readonly initiatorModeMs: number;
  /** R3: pause before the next try after a try that failed early. */
  readonly retryIntervalMs: number;
  /** R4: how much longer an unfinished call may last that has already reached IKE_AUTH. */
  readonly authPatienceMs: number;
  /** R7: how long both IKE_SAs of a collision are kept before one is chosen. */
  readonly settleHoldMs: number;
  /** R6, R7: how much later the end acts that isn't the first in order. */
  readonly settleGraceMs: number;
  /** R9: how long an older IKE_SA may stay beside a newer one of the same end. */
  readonly sweepGraceMs: number;
  /** R10: how long a half-open IKE_SA of the peer may delay our call, once. */
  readonly courtesyMs: number;
  /** R4: responder mode grows by this factor after each cycle without a tunnel; 1 = always the same length. */
  readonly backOffFactor: number;
  /** R4: the longest responder mode that back-off may make. */
  readonly backOffMaxMs: number;
  /** R14: such a peer's connection shouldn't rekey from our side either (checked, not done, by us). */
  readonly noRekey: boolean;
  /** R14: terminate what charon started for a responder-only peer, not only report it. */
  readonly enforce: boolean;
}

/** Durations as Cisco's SecGW has them (10 s and 10 s); the others as measured in collisions on real charons. */
export const DEFAULT_SETTINGS: PeerSettings = {
  policy: 'windowed',
  collision: 'settle',
  responderModeMs: 10_000,
  initiatorModeMs: 10_000,
  retryIntervalMs: 2_000,
  authPatienceMs: 5_000,
  settleHoldMs: 20_000,
  settleGraceMs: 2_000,
  sweepGraceMs: 10_000,
  courtesyMs: 2_000,
  backOffFactor: 1,
  backOffMaxMs: 250_000,
  noRekey: false,
  enforce: false,
};
