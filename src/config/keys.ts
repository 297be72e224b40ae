/**
 * The numbers that can be set: key, range in the units of the file, default and a sentence each.
 *
 * One table for the schema, the documentation and the tests. The defaults of a peer are those of the policy.
 */
import { DEFAULT_SETTINGS, type PeerSettings } from '../policy/settings.ts';
import type { NumberRange } from './durations.ts';

/** The shortest duration that `laboratory: true` allows, in seconds. */
const LABORATORY_MIN_SECONDS = 0.1;

/** The settings of a peer that are durations. */
type DurationField = {
  [Field in keyof PeerSettings]: Field extends `${string}Ms` ? Field : never;
}[keyof PeerSettings];

export interface DurationKey extends NumberRange {
  readonly field: DurationField;
  readonly description: string;
}

/** 5..250 and whole seconds for the two modes: as Cisco's wsg-service has them. The others are our own. */
export const DURATION_KEYS = {
  'responder-mode-duration': {
    field: 'responderModeMs',
    min: 5,
    max: 250,
    whole: true,
    description: 'How long a peer without a tunnel is waited for before we call.',
  },
  'initiator-mode-duration': {
    field: 'initiatorModeMs',
    min: 5,
    max: 250,
    whole: true,
    description: 'How long we call before the peer is waited for again.',
  },
  'retry-interval': {
    field: 'retryIntervalMs',
    min: 1,
    max: 60,
    whole: false,
    description: 'Pause in initiator mode after a call that failed early; silence is left to retransmission.',
  },
  'auth-patience': {
    field: 'authPatienceMs',
    min: 0,
    max: 30,
    whole: false,
    description: 'How much longer our unfinished call may last when it has already reached IKE_AUTH.',
  },
  'settle-hold': {
    field: 'settleHoldMs',
    min: 0,
    max: 60,
    whole: false,
    description: 'How long both IKE_SAs of a collision are kept before one is chosen.',
  },
  'settle-grace': {
    field: 'settleGraceMs',
    min: 1,
    max: 60,
    whole: false,
    description: 'How much later the end acts whose turn it is not.',
  },
  'sweep-grace': {
    field: 'sweepGraceMs',
    min: 1,
    max: 60,
    whole: false,
    description: 'How long an older IKE_SA may stay beside a newer one that the same end started.',
  },
  courtesy: {
    field: 'courtesyMs',
    min: 0,
    max: 2,
    whole: false,
    description: 'How long a half-open IKE_SA from the peer may delay our call, once.',
  },
} as const satisfies Record<string, DurationKey>;

export type DurationName = keyof typeof DURATION_KEYS;

export const BACK_OFF_FACTOR: NumberRange = { min: 1, max: 10, whole: false };
export const BACK_OFF_MAX: NumberRange = { min: 5, max: 250, whole: true };
export const RECONCILE_INTERVAL: NumberRange = { min: 5, max: 3600, whole: false };

export const MAX_INITIATIONS_PER_SECOND: NumberRange = { min: 1, max: 10_000, whole: true };
export const MAX_HALF_OPEN: NumberRange = { min: 1, max: 100_000, whole: true };
/** 1,000 is the default because SecGW's peer lists end there. */
export const PEERS_PER_LIST: NumberRange = { min: 1, max: 100_000, whole: true };

/** Services, and peer lists, that one configuration can hold. */
export const SECTIONS_MAX = 1_000;
/** Patterns of connections that one service can have. */
export const GLOBS_MAX = 100;

/** Defaults outside the peers, in the units of the file. */
export const DEFAULTS = {
  charonSocket: '/run/charon.vici',
  reconcileSeconds: 30,
  controlSocket: '/run/afteryou/control.sock',
  stateFile: '/var/lib/afteryou/state.msgpack',
  maxInitiationsPerSecond: 100,
  maxHalfOpen: 500,
  peersPerList: 1_000,
  logLevel: 'info',
} as const;

/** The default of a peer's duration in seconds. */
export function defaultSeconds(name: DurationName): number {
  return DEFAULT_SETTINGS[DURATION_KEYS[name].field] / 1000;
}

/** The range that holds: with `laboratory` from 0.1 s on (or from 0 where that is allowed anyway) and with decimals. */
export function effectiveRange(range: NumberRange, laboratory: boolean): NumberRange {
  return laboratory
    ? { min: Math.min(range.min, LABORATORY_MIN_SECONDS), max: range.max, whole: false }
    : range;
}
