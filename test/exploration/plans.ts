/**
 * The explorations: which two ends, and what may go wrong between them. Those marked `isDeep` take minutes and are run
 * by `npm run explore` only.
 */

import type { Restart } from './end.ts';
import type { Plan } from './plan.ts';
import { type EndTraits, SIDES, type Side, type Unique } from './world.ts';

export interface NamedPlan {
  readonly name: string;
  readonly plan: Plan;
  readonly isDeep: boolean;
}

/** max(settle-hold, dpd_delay) + settle-grace + 3 s, as the defaults are. */
const BOUND_MS = 25_000;
/** The same after a loss, a restart or a rekeying, which may cost a second try or a dead peer detection. */
export const TROUBLED_BOUND_MS = 60_000;

/** One with the lower SPIs; dead peer detection that never comes into play. */
export const LOWER: EndTraits = {
  settings: {},
  unique: 'never',
  version: '5.9',
  spiPrefix: 'a',
  rekeyPrefix: '0',
  probeMs: 70_000,
  retransmitMs: 4_000,
  triesMax: 3,
  reconcileMs: 30_000,
};
export const HIGHER: EndTraits = { ...LOWER, spiPrefix: 'b', rekeyPrefix: 'f' };

export function plain(unique: Unique, end: EndTraits = HIGHER): EndTraits {
  return { ...end, settings: null, unique };
}

type Ends = readonly [EndTraits, EndTraits];
export const MIRROR: Ends = [LOWER, HIGHER];
export const BESIDE_REPLACE: Ends = [LOWER, plain('replace')];
const BESIDE_PLAIN: Ends = [LOWER, plain('never')];
/** The plain one has the lower SPIs: ours waits for `settle-grace` more. */
const BESIDE_LOWER_PLAIN: Ends = [HIGHER, plain('never', LOWER)];

function probing(ends: Ends, probeMs: number): Ends {
  return [
    { ...ends[0], probeMs },
    { ...ends[1], probeMs },
  ];
}

function newer(end: EndTraits): EndTraits {
  return { ...end, version: '6.0' };
}

/** Both of these begin to settle at the same moment. */
export const MISALIGNED: Ends = [{ ...LOWER, settings: { settleHoldMs: 22_000 } }, HIGHER];
/** The same on 6.0, where it takes longer until an end is told that its own was rekeyed. */
export const MISALIGNED_NEW: Ends = [newer(MISALIGNED[0]), newer(MISALIGNED[1])];
const MIRROR_NEW: Ends = [newer(LOWER), newer(HIGHER)];
const WITHOUT_HOLD: Ends = [
  { ...LOWER, settings: { settleHoldMs: 0 } },
  { ...HIGHER, settings: { settleHoldMs: 0 } },
];
const RECONCILING: Ends = [
  { ...LOWER, reconcileMs: 10_000 },
  { ...HIGHER, reconcileMs: 7_000 },
];

/** All orders of everything, and nothing goes wrong. */
export const ALL_ORDERS: Plan = {
  ends: MIRROR,
  flightMs: 300,
  lagMs: 200,
  lags: 0,
  losses: 0,
  restarts: [],
  restartsMax: 0,
  rekeyers: [],
  rekeyingsMax: 0,
  isPrompt: false,
  boundMs: BOUND_MS,
};
export const PROMPT: Plan = { ...ALL_ORDERS, isPrompt: true };
export const TROUBLED: Plan = { ...PROMPT, boundMs: TROUBLED_BOUND_MS };

/** A dead peer detection of the end that tries, at the moment at which it tries. */
export const DETECTION_IN_A_TRY: Plan = {
  ...TROUBLED,
  isPrompt: false,
  flightMs: 100,
  ends: [
    { ...LOWER, probeMs: 20_300, reconcileMs: null },
    { ...HIGHER, reconcileMs: null },
  ],
  losses: 1,
};

function restarting(ends: Ends, sides: readonly Side[], ...restarts: Restart[]): Plan {
  const all = sides.flatMap((side) => restarts.map((restart) => ({ side, restart })));
  return { ...TROUBLED, ends, restarts: all, restartsMax: 1 };
}

function rekeying(ends: Ends): Plan {
  return { ...TROUBLED, ends, rekeyers: SIDES, rekeyingsMax: 1 };
}

const quick: Readonly<Record<string, Plan>> = {
  'two afteryous: all orders': ALL_ORDERS,
  'two afteryous: all orders, periodic listings': { ...ALL_ORDERS, ends: RECONCILING },
  'two afteryous: all orders, settle-hold 0': { ...ALL_ORDERS, ends: WITHOUT_HOLD },
  'plain never: all orders': { ...ALL_ORDERS, ends: probing(BESIDE_PLAIN, 30_000) },
  'plain never, lower SPI: all orders': { ...ALL_ORDERS, ends: BESIDE_LOWER_PLAIN },
  'plain no: all orders': { ...ALL_ORDERS, ends: [LOWER, plain('no')] },
  'plain keep: all orders': { ...ALL_ORDERS, ends: [LOWER, plain('keep')] },
  'plain replace: all orders': { ...ALL_ORDERS, ends: BESIDE_REPLACE },
  'two afteryous: dead peer detection 5 s': { ...PROMPT, ends: probing(MIRROR, 5_000) },
  'two afteryous: two delays of 200 ms': { ...PROMPT, lags: 2 },
  'two afteryous: three delays of 800 ms': { ...PROMPT, flightMs: 900, lagMs: 800, lags: 3 },
  'plain replace: three delays of 800 ms': {
    ...PROMPT,
    ends: BESIDE_REPLACE,
    flightMs: 900,
    lagMs: 800,
    lags: 3,
  },
  'two afteryous: one loss, detection 5 s': { ...TROUBLED, ends: probing(MIRROR, 5_000), losses: 1 },
  'plain never: one loss, detection 5 s': { ...TROUBLED, ends: probing(BESIDE_PLAIN, 5_000), losses: 1 },
  'plain replace: one loss, detection 5 s': { ...TROUBLED, ends: probing(BESIDE_REPLACE, 5_000), losses: 1 },
  'two afteryous: detection in a try, all orders, one loss': DETECTION_IN_A_TRY,
  'two afteryous: two losses': { ...TROUBLED, losses: 2 },
  'plain never: two losses': { ...TROUBLED, ends: BESIDE_PLAIN, losses: 2 },
  'plain replace: two losses (may be empty)': {
    ...TROUBLED,
    ends: BESIDE_REPLACE,
    losses: 2,
    mayBeEmpty: true,
  },
  'holds that end together: two losses': { ...TROUBLED, ends: MISALIGNED, losses: 2 },
  'strongSwan 6.0: all orders': { ...ALL_ORDERS, ends: MIRROR_NEW },
  'strongSwan 6.0: two losses': { ...TROUBLED, ends: MIRROR_NEW, losses: 2 },
  'strongSwan 6.0, holds that end together: all orders': {
    ...TROUBLED,
    isPrompt: false,
    ends: MISALIGNED_NEW,
  },
  'strongSwan 6.0, holds that end together: one loss': { ...TROUBLED, ends: MISALIGNED_NEW, losses: 1 },
  'two afteryous: one restarts': restarting(MIRROR, SIDES, 'afteryou', 'afteryou-forgets', 'vici'),
  'plain never: afteryou restarts': restarting(BESIDE_PLAIN, [0], 'afteryou', 'afteryou-forgets', 'vici'),
  'plain never: a charon restarts': restarting(
    probing(BESIDE_PLAIN, 15_000),
    SIDES,
    'charon-killed',
    'charon-stopped',
  ),
  'two afteryous: IKE_SA rekeyed': rekeying(MIRROR),
  'plain never: IKE_SA rekeyed': rekeying(BESIDE_PLAIN),
};

const deep: Readonly<Record<string, Plan>> = {
  'two afteryous: all orders, holds that end together': { ...TROUBLED, isPrompt: false, ends: MISALIGNED },
  'two afteryous: all orders, detection 5 s': { ...ALL_ORDERS, ends: probing(MIRROR, 5_000) },
  'plain never: all orders, detection 5 s': { ...ALL_ORDERS, ends: probing(BESIDE_PLAIN, 5_000) },
  'plain replace: all orders, detection 5 s': { ...ALL_ORDERS, ends: probing(BESIDE_REPLACE, 5_000) },
  'two afteryous: all orders, one loss': { ...TROUBLED, isPrompt: false, losses: 1 },
  'plain replace: all orders, one loss': { ...TROUBLED, isPrompt: false, ends: BESIDE_REPLACE, losses: 1 },
  'two afteryous: two losses, detection 5 s': { ...TROUBLED, ends: probing(MIRROR, 5_000), losses: 2 },
  'two afteryous: detection in a try, all orders, one loss, 300 ms': { ...DETECTION_IN_A_TRY, flightMs: 300 },
  'two afteryous: two losses, detection 21 s': { ...TROUBLED, ends: probing(MIRROR, 21_000), losses: 2 },
  // Three losses of one message would be what charon takes for a dead peer with fewer tries.
  'two afteryous: three losses': {
    ...TROUBLED,
    ends: [
      { ...LOWER, triesMax: 6 },
      { ...HIGHER, triesMax: 6 },
    ],
    losses: 3,
    boundMs: 240_000,
  },
  'plain never: two losses, detection 5 s': { ...TROUBLED, ends: probing(BESIDE_PLAIN, 5_000), losses: 2 },
  'two afteryous: settle-hold 0, one loss, three delays': {
    ...TROUBLED,
    ends: WITHOUT_HOLD,
    losses: 1,
    lags: 3,
  },
  'strongSwan 6.0, holds that end together: two losses': { ...TROUBLED, ends: MISALIGNED_NEW, losses: 2 },
  'strongSwan 6.0, holds that end together: two delays': { ...TROUBLED, ends: MISALIGNED_NEW, lags: 2 },
  'strongSwan 6.0 and 5.9, holds that end together: two losses': {
    ...TROUBLED,
    ends: [MISALIGNED[0], MISALIGNED_NEW[1]],
    losses: 2,
  },
  'strongSwan 6.0: IKE_SA rekeyed, one loss': { ...rekeying(MIRROR_NEW), losses: 1 },
  'holds that end together: three delays of 100 ms': { ...TROUBLED, ends: MISALIGNED, lags: 3, lagMs: 100 },
  'holds that end together: one loss, one delay': { ...TROUBLED, ends: MISALIGNED, losses: 1, lags: 1 },
  'two afteryous: one restarts, one loss': {
    ...restarting(MIRROR, SIDES, 'afteryou', 'vici'),
    losses: 1,
  },
  'two afteryous: one restarts, two delays': {
    ...restarting(MIRROR, SIDES, 'afteryou', 'afteryou-forgets', 'vici'),
    lags: 2,
  },
  'two afteryous: one restarts, detection 10 s': restarting(
    probing(MIRROR, 10_000),
    SIDES,
    'afteryou',
    'afteryou-forgets',
    'vici',
  ),
  'two afteryous: a charon restarts': restarting(
    probing(MIRROR, 10_000),
    SIDES,
    'charon-killed',
    'charon-stopped',
  ),
  'two afteryous: a charon restarts, one loss': {
    ...restarting(probing(MIRROR, 15_000), SIDES, 'charon-killed', 'charon-stopped'),
    losses: 1,
  },
  'two afteryous: IKE_SA rekeyed, detection 5 s': rekeying(probing(MIRROR, 5_000)),
  'two afteryous: IKE_SA rekeyed, one loss': { ...rekeying(MIRROR), losses: 1 },
  'two afteryous: IKE_SA rekeyed, one delay': { ...rekeying(MIRROR), lags: 1 },
  'plain never: IKE_SA rekeyed, all orders': { ...rekeying(BESIDE_PLAIN), isPrompt: false },
  'two afteryous: IKE_SA rekeyed, all orders': { ...rekeying(WITHOUT_HOLD), isPrompt: false },
};

function named(plans: Readonly<Record<string, Plan>>, isDeep: boolean): NamedPlan[] {
  return Object.entries(plans).map(([name, plan]) => ({ name, plan, isDeep }));
}

export const PLANS: readonly NamedPlan[] = [...named(quick, false), ...named(deep, true)];
