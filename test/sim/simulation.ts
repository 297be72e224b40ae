/**
 * One seed played: first with faults, when nothing forbidden may happen; then without, when there must be exactly
 * one tunnel per pair within a bound, and it must stay.
 */

import { CANARIES } from './canaries.ts';
import type { CharonTraits } from './charon-core.ts';
import { Dice } from './dice.ts';
import type { Failure } from './failure.ts';
import { Faults } from './faults.ts';
import { drawOptions, type EndOptions, type PeerOptions, type SimOptions } from './options.ts';
import { type Pair, World } from './world.ts';

export interface SimulationRequest {
  readonly seed: string;
  /** Length of the first part. */
  readonly hours: number;
  readonly canary?: string;
  /** Also known weaknesses count as failures. */
  readonly isStrict?: boolean;
  /** Gets a line for everything that happens. */
  readonly trace?: (line: string) => void;
  /** Changes what was drawn, for a test of its own. */
  readonly adjust?: (drawn: SimOptions) => SimOptions;
}

export interface SimulationResult {
  readonly options: SimOptions;
  readonly failure: Failure | null;
  readonly simulatedMs: number;
  /** Events of the scheduler, and steps of the policy. */
  readonly fired: number;
  readonly steps: number;
  /** Sums over all sidecars and peers, as they were at the end. */
  readonly counters: Readonly<Record<string, number>>;
}

const HOUR_MS = 3_600_000;
/** After it has converged it is watched for so long again. */
const STAY_MS = 120_000;
/** A rekeying may be under way, or a reauthentication of the peer that our call has crossed. */
const UNDER_WAY_MS = 60_000;
const LOOK_MS = 100;

export function optionsOf(seed: string): SimOptions {
  return drawOptions(new Dice(seed).fork('options'));
}

/** @throws Error if there is no such canary */
export async function simulate(request: SimulationRequest): Promise<SimulationResult> {
  const { seed, hours, canary, trace = () => undefined, adjust = (drawn) => drawn } = request;
  const planted = canary === undefined ? null : CANARIES[canary];
  if (planted === undefined) throw new Error(`no canary ${canary}: ${Object.keys(CANARIES).join(', ')}`);
  const options = adjust(optionsOf(seed));
  const world = new World(options, new Dice(seed), {
    canary: planted,
    trace,
    isStrict: request.isStrict === true,
  });
  const faults = new Faults(world);
  const isOver = (): boolean => world.failure !== null;
  try {
    world.start();
    faults.start();
    await world.scheduler.run(hours * HOUR_MS, isOver);
    if (!isOver()) {
      world.trace('== no more faults');
      faults.stop();
      await world.scheduler.run(world.nowMs + convergenceMs(options), isOver);
    }
    await checkConverged(world, isOver);
    if (!isOver()) await world.scheduler.run(world.nowMs + STAY_MS, isOver);
    await checkConverged(world, isOver);
  } catch (error) {
    world.fail('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return {
    options,
    failure: world.failure,
    simulatedMs: world.nowMs,
    fired: world.scheduler.fired,
    steps: world.policies.reduce((sum, { steps }) => sum + steps, 0),
    counters: countersOf(world),
  };
}

/**
 * The promise: a dead peer found out at both ends, one after the other; three rounds of modes and back-off; a
 * hold, a move and a sweep; a half-open one that has to expire.
 */
export function convergenceMs(options: SimOptions): number {
  return Math.max(...options.peers.map((peer) => convergenceOf(options, peer)));
}

function convergenceOf({ charon }: SimOptions, peer: PeerOptions): number {
  const dead = deadMs(charon, peer.ours) + deadMs(peer.theirCharon, peer.theirs);
  const rounds = [peer.settings, peer.theirSettings].map(
    (settings) =>
      3 *
      (Math.max(settings.responderModeMs, settings.backOffFactor > 1 ? settings.backOffMaxMs : 0) +
        settings.initiatorModeMs +
        settings.authPatienceMs),
  );
  const { settleHoldMs, sweepGraceMs } = peer.settings;
  return dead + (rounds[0] ?? 0) + (rounds[1] ?? 0) + settleHoldMs + 2 * sweepGraceMs + 90_000;
}

function deadMs(
  { retransmitMs, retransmitBase, retransmitTries }: CharonTraits,
  { dpdMs }: EndOptions,
): number {
  let sumMs = dpdMs;
  for (let tries = 0; tries <= retransmitTries; tries += 1) sumMs += retransmitMs * retransmitBase ** tries;
  return sumMs;
}

/** One of the two calls as often as it takes, so that a tunnel must come. */
export function mustConnect({ options: { kind, settings, theirSettings } }: Pick<Pair, 'options'>): boolean {
  if (kind === 'silent') return false;
  if (settings.policy !== 'responder-only') return true;
  return kind === 'trap' || (kind === 'afteryou' && theirSettings.policy !== 'responder-only');
}

/** Something may be under way at any one moment, so it is looked at for a while. */
async function checkConverged(world: World, isOver: () => boolean): Promise<void> {
  const untilMs = world.nowMs + UNDER_WAY_MS;
  while (!isOver() && world.nowMs < untilMs && unsettled(world).length > 0) {
    await world.scheduler.run(world.nowMs + LOOK_MS, isOver);
  }
  const [first] = isOver() ? [] : unsettled(world);
  if (first !== undefined) world.fail('liveness', `unsettled: ${first}`);
}

function unsettled(world: World): string[] {
  return world.pairs.flatMap((pair) => {
    const ours = world.moon.sidecar?.fleet?.peers.get(`sim/${pair.connection}`);
    const where = `between ${world.moon.address} and ${pair.host.address}`;
    if (mustConnect(pair)) {
      const wrong = pair.watch.unsettled();
      if (ours?.state.name !== 'up') wrong.push(`state ${ours?.state.name}`);
      return wrong.length > 0 ? [`${wrong.join(', ')} ${where}`] : [];
    }
    const isCalled = pair.options.settings.policy === 'responder-only' || ours?.state.counters.cycles !== 0;
    return pair.options.kind === 'silent' && !isCalled ? [`never called again ${where}`] : [];
  });
}

function countersOf({ moon, pairs }: World): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const host of [moon, ...pairs.map((pair) => pair.host)]) {
    for (const { state } of host.sidecar?.fleet?.peers.values() ?? []) {
      for (const [name, value] of Object.entries(state.counters)) sums[name] = (sums[name] ?? 0) + value;
    }
  }
  return sums;
}
