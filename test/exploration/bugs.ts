/**
 * Bugs that the exploration must find, each with the smallest plan that is known to show it.
 */

import type { Plan } from './plan.ts';
import {
  ALL_ORDERS,
  BESIDE_REPLACE,
  DETECTION_IN_A_TRY,
  HIGHER,
  LOWER,
  MIRROR,
  MISALIGNED,
  MISALIGNED_NEW,
  PROMPT,
  plain,
  TROUBLED,
} from './plans.ts';
import type { Change } from './planted.ts';

const SETTLE = 'rules/r7-settle.ts';
const COLLISION = 'rules/r6-collision.ts';

export interface Bug {
  readonly name: string;
  readonly changes: readonly Change[];
  readonly plan: Plan;
  /** What the exploration says. */
  readonly found: RegExp;
}

const EMPTY = /^no tunnel any more$/;
const UNSETTLED = /^not one tunnel/;

export const BUGS: readonly Bug[] = [
  {
    name: 'no order of the SPIs: both begin to settle together, again and again',
    changes: [
      {
        file: SETTLE,
        text: 'return isLowerSpi(ours.initiatorSpi, theirs.initiatorSpi);',
        by: 'return isLowerSpi("0", "1");',
      },
    ],
    plan: PROMPT,
    found: UNSETTLED,
  },
  {
    name: 'no hold: a peer with unique=replace deletes its own 10 s later',
    changes: [{ file: SETTLE, text: '+ holdMs;', by: '+ 0 * holdMs;' }],
    plan: { ...ALL_ORDERS, ends: BESIDE_REPLACE },
    found: EMPTY,
  },
  {
    name: 'no rekeying before ours goes: up here is not up at the peer',
    changes: [
      { file: SETTLE, text: '!isMovedInVain(theirs)', by: 'false' },
      { file: SETTLE, text: 'theirs.provenMs === null', by: 'false' },
    ],
    plan: {
      ...TROUBLED,
      ends: [{ ...LOWER, settings: { settleHoldMs: 2_000 } }, plain('never')],
      losses: 1,
    },
    found: EMPTY,
  },
  {
    name: 'no rekeying before ours goes: each deletes its own while a DELETE is lost',
    changes: [{ file: SETTLE, text: '!isMovedInVain(theirs)', by: 'false' }],
    plan: {
      ...TROUBLED,
      ends: [
        { ...LOWER, probeMs: 15_000 },
        { ...HIGHER, probeMs: 15_000 },
      ],
      losses: 1,
    },
    found: EMPTY,
  },
  {
    name: 'ours dropped at once while CONNECTING: it lives on at the peer',
    changes: [
      { file: COLLISION, text: 'if (!isUnanswered(call.responderSpi)) continue;', by: '' },
      {
        file: COLLISION,
        text: 'theirs.upSinceMs + state.setup.settings.settleGraceMs',
        by: 'theirs.upSinceMs',
      },
      { file: COLLISION, text: 'else if (theirs.provenMs === null) awaitProof(work);', by: '' },
    ],
    plan: { ...ALL_ORDERS, ends: [LOWER, plain('never')] },
    found: /./,
  },
  {
    name: 'the lineage forgotten when an IKE_SA is rekeyed',
    changes: [{ file: 'recognition.ts', text: 'sa.startedBy = ancestor.startedBy;', by: '' }],
    plan: { ...TROUBLED, rekeyers: [1], rekeyingsMax: 1, lags: 1 },
    found: /./,
  },
  {
    name: 'no R8: what was read before counts',
    changes: [
      { file: SETTLE, text: 'if (work.isFresh) {', by: 'if (work.nowMs > 0) {' },
      { file: 'rules/r8-last-usable.ts', text: 'if (!work.isFresh || ', by: 'if (' },
    ],
    plan: PROMPT,
    found: /R8/,
  },
  {
    name: 'the rekeying of ours by the other end not heeded',
    changes: [
      {
        file: SETTLE,
        text: 'return ours.childRekeyedMs === null || ours.childRekeyedMs < move.askedMs;',
        by: 'return true;',
      },
    ],
    plan: { ...TROUBLED, ends: MISALIGNED },
    found: EMPTY,
  },
  {
    name: 'the listing before ours goes not compared with what is known',
    changes: [{ file: 'recognition.ts', text: 'isNew(id) && hasName(name)', by: 'false' }],
    plan: { ...TROUBLED, isPrompt: false, ends: MISALIGNED_NEW },
    found: EMPTY,
  },
  {
    name: 'no waiting for the DELETE of an end that has begun to settle',
    changes: [{ file: SETTLE, text: '(isFirstToGo(ours, theirs) ? 1 : 2) * YIELD_MS', by: '0' }],
    // A dead peer detection begins between the listing and the terminate.
    plan: DETECTION_IN_A_TRY,
    found: EMPTY,
  },
  {
    name: 'a DELETE that has to wait for an answer',
    changes: [
      {
        file: SETTLE,
        text: '} else if (ours.isBusy || theirs.isBusy) {',
        by: '} else if (work.nowMs < 0) {',
      },
      { file: 'rules/r8-last-usable.ts', text: 'if (sa.isBusy) {', by: 'if (work.nowMs < 0) {' },
    ],
    plan: {
      ...TROUBLED,
      ends: [
        { ...LOWER, probeMs: 5_000 },
        { ...HIGHER, probeMs: 5_000 },
      ],
      losses: 1,
    },
    found: /R8.*DELETE/,
  },
];

/** Two ends with `unique=no`, which is known to lose tunnels: that the model shows it speaks for the model. */
export const KNOWN_HAZARD: Plan = {
  ...ALL_ORDERS,
  ends: [
    { ...MIRROR[0], unique: 'no' },
    { ...MIRROR[1], unique: 'no' },
  ],
};
