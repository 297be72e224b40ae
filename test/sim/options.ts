/**
 * What one seed makes: hosts, networks, configurations and the faults that are on. Everything is drawn here and
 * printed before the run; swarm style, so that in many runs only some faults exist and can build up.
 */

import type { PacerLimits } from '../../src/policy/pacer.ts';
import { DEFAULT_SETTINGS, type PeerSettings } from '../../src/policy/settings.ts';
import { CHARON_DEFAULTS, type CharonTraits, type Unique } from './charon-core.ts';
import type { Dice } from './dice.ts';
import type { LogGapTraits } from './log-gaps.ts';
import type { NetworkTraits } from './network.ts';
import type { ViciTraits } from './vici-link.ts';

/** What is at the other end. */
export type PeerKind =
  /** Another afteryou. */
  | 'afteryou'
  /** `start_action=start` and `dpd_action=start`, one sequence of tries each time. */
  | 'restarting'
  /** `start_action=start`, `keyingtries=0`: never stops calling, never calls again once it was up. */
  | 'calling-for-ever'
  /** `start_action=start` with one try. */
  | 'calling-once'
  /** `start_action=trap`: calls when there is traffic and no tunnel. */
  | 'trap'
  /** Never calls. */
  | 'responder'
  /** Nothing there. */
  | 'silent';

export const FAULTS = [
  'charon-killed',
  'charon-stopped',
  'sidecar-killed',
  'partition',
  'loss-burst',
  'freeze',
  'paused',
  'operator-initiates',
  'reload',
  'peer-deletes',
  'we-delete',
  'crossing',
  'someone-initiates',
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** What one end has of the connection between two. */
export interface EndOptions {
  readonly unique: Unique;
  readonly dpdMs: number;
  readonly rekeyMs: number;
  readonly childRekeyMs: number;
  readonly reauthMs: number;
  readonly makesBeforeBreak: boolean;
}

export interface PeerOptions {
  readonly kind: PeerKind;
  readonly children: readonly string[];
  /** Ours towards this peer. */
  readonly settings: PeerSettings;
  /** The other afteryou's towards us. */
  readonly theirSettings: PeerSettings;
  readonly ours: EndOptions;
  readonly theirs: EndOptions;
  readonly theirCharon: CharonTraits;
  readonly startMs: number;
  /** Mean time between two packets; 0: no traffic. */
  readonly trafficMs: number;
  /** Share of our calls that the peer's own call crosses. */
  readonly crossing: number;
  /** Somebody sends first packets of calls from the peer's address. */
  readonly spoofedPerSecond: number;
}

export interface SimOptions {
  readonly network: NetworkTraits;
  readonly charon: CharonTraits;
  readonly vici: ViciTraits;
  readonly limits: PacerLimits;
  readonly loadMs: number;
  readonly peers: readonly PeerOptions[];
  readonly faults: readonly FaultKind[];
  readonly meanFaultMs: number;
}

const CHILDREN = ['net', 'voice', 'admin'];
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export function drawOptions(dice: Dice): SimOptions {
  const isLossless = dice.chance(0.5);
  const network: NetworkTraits = {
    delayMs: dice.pick([0.2, 2, 20, 60, 200]),
    jitterMs: dice.pick([0, 0.5, 30]),
    loss: isLossless ? 0 : dice.pick([0.01, 0.05, 0.1, 0.2]),
    duplication: dice.pick([0, 0, 0.02, 0.2]),
    reordering: dice.pick([0, 0, 0.02, 0.2]),
  };
  const count = dice.pick([1, 1, 1, 2, 4]);
  const drawn = {
    network,
    charon: drawCharon(dice),
    vici: {
      latencyMs: dice.pick([0.5, 5, 50]),
      slowShare: dice.pick([0, 0, 0.02]),
      logMs: dice.pick([1, 20, 300]),
      hasCallHints: dice.chance(0.8),
    },
    limits: {
      initiationsPerSecondMax: dice.pick([100, 100, 1]),
      halfOpenMax: dice.pick([500, 500, 1]),
    },
    loadMs: dice.pick([10, 300, 3_000]),
    peers: Array.from({ length: count }, () => drawPeer(dice)),
    faults: dice.chance(0.15) ? [] : FAULTS.filter(() => dice.chance(0.4)),
    meanFaultMs: dice.pick([20 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE]),
  };
  // Last, so that a seed gives all of the above as it did before there was this.
  return { ...drawn, vici: { ...drawn.vici, ...drawLogGaps(dice) } };
}

/** As long as the daemon's own are at least and at most (QUIET_MS and DEAF in src/daemon/log-listening.ts). */
function drawLogGaps(dice: Dice): LogGapTraits {
  return { logGapMs: dice.pick([0, 0, 0, 500, 5_000]), hasGapsAtCalls: dice.chance(0.5) };
}

function drawCharon(dice: Dice): CharonTraits {
  return {
    ...CHARON_DEFAULTS,
    retransmitMs: dice.pick([4_000, 4_000, 1_000]),
    retransmitTries: dice.pick([5, 5, 3]),
  };
}

function drawPeer(dice: Dice): PeerOptions {
  const kind: PeerKind = dice.pick([
    'afteryou',
    'afteryou',
    'afteryou',
    'restarting',
    'restarting',
    'trap',
    'trap',
    'calling-for-ever',
    'calling-once',
    'responder',
    'silent',
  ]);
  const theirs = drawEnd(dice);
  // A peer with unique=replace needs the whole hold; any other is content with a short one.
  const settleHoldMs =
    theirs.unique === 'replace' && kind !== 'afteryou' ? 20_000 : dice.pick([20_000, 2_000, 0]);
  const settings = { ...drawSettings(dice), settleHoldMs };
  const theirSettings: PeerSettings = dice.chance(0.5)
    ? { ...settings, policy: 'windowed' }
    : { ...drawSettings(dice), settleHoldMs };
  return {
    kind,
    children: CHILDREN.slice(0, dice.pick([1, 1, 1, 2, 3])),
    settings: kind === 'responder' || kind === 'silent' ? callingToo(settings) : settings,
    theirSettings: settings.policy === 'responder-only' ? callingToo(theirSettings) : theirSettings,
    ours: { ...drawEnd(dice), unique: 'never', reauthMs: 0 },
    theirs: {
      ...theirs,
      ...(kind === 'afteryou' ? { unique: 'never', reauthMs: 0 } : {}),
    },
    theirCharon: drawCharon(dice),
    startMs: dice.pick([0, 0, dice.between(0, 500), dice.between(0, 30_000)]),
    trafficMs: dice.pick([0, 100, 2_000]),
    crossing: kind === 'responder' || kind === 'silent' ? 0 : dice.pick([0, 0.5, 1]),
    spoofedPerSecond: dice.pick([0, 0, 0, 0, 0, 0.3, 1]),
  };
}

function callingToo(settings: PeerSettings): PeerSettings {
  return settings.policy === 'responder-only' ? { ...settings, policy: 'windowed' } : settings;
}

function drawSettings(dice: Dice): PeerSettings {
  return {
    ...DEFAULT_SETTINGS,
    policy: dice.pick(['windowed', 'windowed', 'windowed', 'windowed', 'initiator-only', 'responder-only']),
    collision: dice.chance(0.07) ? 'immediate' : 'settle',
    responderModeMs: dice.pick([10, 10, 5, 20, 45]) * SECOND,
    initiatorModeMs: dice.pick([10, 10, 5, 20, 45]) * SECOND,
    retryIntervalMs: dice.pick([2, 1, 5]) * SECOND,
    backOffFactor: dice.pick([1, 1, 1, 2]),
    backOffMaxMs: MINUTE,
    enforce: dice.chance(0.3),
  };
}

function drawEnd(dice: Dice): EndOptions {
  const isRestless = dice.chance(0.1);
  return {
    unique: dice.pick(['never', 'no', 'keep', 'replace', 'replace']),
    dpdMs: dice.pick([10, 10, 20, 30]) * SECOND,
    rekeyMs: dice.pick(isRestless ? [2, 5] : [0, 10, 40]) * MINUTE,
    childRekeyMs: dice.pick(isRestless ? [1.5, 4] : [0, 8, 20]) * MINUTE,
    reauthMs: dice.pick([0, 0, 0, 0, 3, 30]) * MINUTE,
    makesBeforeBreak: dice.chance(0.5),
  };
}

/** One line for each thing that was drawn. */
export function describe(options: SimOptions): string[] {
  const { peers, ...rest } = options;
  return [
    ...Object.entries(rest).map(([name, value]) => `${name}: ${text(value)}`),
    ...peers.flatMap((peer, index) =>
      Object.entries(peer).map(([name, value]) => `peer ${index + 1} ${name}: ${text(value)}`),
    ),
  ];
}

function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length > 0 ? value.join(' ') : '(none)';
  return Object.entries(value)
    .map(([name, one]) => `${name}=${one}`)
    .join(' ');
}
