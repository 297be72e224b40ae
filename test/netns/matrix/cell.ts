/**
 * One run of one scenario: all trials at once on one pair of charons, and the verdict on each of them.
 *
 * Right is: exactly one tunnel at both ends within the time that the rules promise, it stays, pings pass both ways, and where
 * nobody failed, neither end was without a tunnel from the first one on.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { messageOf } from '../../../src/errors.ts';
import { look } from '../crossings/one-tunnel.ts';
import type { ConfigSection } from '../lab/afteryou.ts';
import { tryRun } from '../lab/command.ts';
import { Lab } from '../lab/lab.ts';
import { Ends } from './ends.ts';
import type { Scenario } from './scenario-shape.ts';
import type { PeerKind, Trial } from './trials.ts';

export interface CellOptions {
  readonly scenario: Scenario;
  readonly kinds: readonly PeerKind[];
  /** Trials per kind. */
  readonly repeat: number;
  /** Root trees of our charon and of the peers'; null: the machine's own. */
  readonly roots: { readonly moon: string | null; readonly sun: string | null };
}

export interface Verdict {
  readonly kind: PeerKind;
  readonly peer: string;
  /** More than one tunnel was there at some time. */
  readonly hasCrossed: boolean;
  /** What is wrong, in words; empty if all is as it should be. */
  readonly faults: readonly string[];
}

export interface CellOutcome {
  readonly verdicts: readonly Verdict[];
  /** Where the files of a run that went wrong are. */
  readonly evidence: string | undefined;
}

const DPD_SECONDS = 4;
const GRACE_SECONDS = 2;
/** R7: moving the packets may outlast the slot in which an end may act; the next one comes two graces later. */
const NEXT_SLOT_SECONDS = 2 * GRACE_SECONDS;
const SLACK_SECONDS = 3;
const SHORT_MODES_SECONDS = 12;
const POLL_MS = 300;
const PING = ['ping', '-n', '-q', '-c', '3', '-i', '0.2', '-W', '2'];
const PING_ROUNDS = 3;
const PINGED_AT_ONCE = 25;
const DELAY_MS = 10;

/** Runs a scenario once, with `repeat` peers of each kind. */
export async function runCell(options: CellOptions): Promise<CellOutcome> {
  const { scenario, kinds, repeat } = options;
  const lab = await Lab.create({
    title: `matrix-${scenario.name}${options.roots.moon ? '-moon6' : ''}${options.roots.sun ? '-sun6' : ''}`,
    relay: { delayMs: DELAY_MS },
    manyPeers: kinds.length * repeat,
  });
  const trials = lab.peers.map((peer, index) => ({ peer, kind: kinds[index % kinds.length] ?? 'never' }));
  try {
    const verdicts = await judged(lab, trials, options);
    const hasFailed = verdicts.some(({ faults }) => faults.length > 0);
    return { verdicts, evidence: await lab.close({ hasFailed }) };
  } catch (error) {
    const evidence = await lab.close({ hasFailed: true });
    const why = `${scenario.name} could not be enacted: ${messageOf(error)}`;
    throw new Error(`${why}; evidence: ${evidence}`, { cause: error });
  }
}

async function judged(lab: Lab, trials: readonly Trial[], options: CellOptions): Promise<Verdict[]> {
  const { scenario, kinds, roots } = options;
  // A `replace` peer deletes its own IKE_SA 10 s after a crossing: the hold must be longer, as it is by default.
  const holdSeconds = kinds.includes('replace') ? 13 : 3;
  const children = scenario.children ?? ['net'];
  const ends = await Ends.start(lab, {
    trials,
    roots,
    children,
    service: service(scenario, holdSeconds),
    connection: { dpd_delay: `${DPD_SECONDS}s`, ...scenario.connection },
    charon: { retransmit_timeout: 4, retransmit_base: 1.8, retransmit_tries: 5, ...scenario.charon },
  });
  await scenario.enact(ends);
  const modesSeconds = scenario.modes === 'short' ? SHORT_MODES_SECONDS : 0;
  const settlingSeconds = Math.max(holdSeconds, DPD_SECONDS) + GRACE_SECONDS + SLACK_SECONDS;
  const promisedMs = (settlingSeconds + NEXT_SLOT_SECONDS + modesSeconds) * 1000 + (scenario.extraMs ?? 0);
  const startMs = performance.now();
  const late = await untilRight(ends, children, startMs + promisedMs);
  // What somebody only plans, as a `replace` peer does, has come by then.
  await sleep(Math.max(0, startMs + settlingSeconds * 1000 - performance.now()));
  const still = await look(ends.names, ends.moon, ends.sun, children);
  const unreached = await unreachedOf(lab, scenario.isWithoutPings === true ? [] : trials);
  const swept = scenario.isNeverSwept === true ? await ends.sweptByUs() : new Set<string>();
  ends.stop();

  return trials.map(({ peer: { name }, kind }) => {
    const faults: string[] = [];
    const lateFault = late.get(name) ?? null;
    const fault = still.get(name) ?? null;
    if (lateFault !== null) faults.push(`not one tunnel within ${promisedMs / 1000} s: ${lateFault}`);
    else if (fault !== null) faults.push(`it did not stay: ${fault}`);
    if (unreached.has(name)) faults.push('pings did not pass');
    if (swept.has(name)) faults.push('an IKE_SA was taken for a leftover');
    if (scenario.isGapless) faults.push(...gaps(ends, name));
    return { kind, peer: name, hasCrossed: ends.atMoon.tunnelsSeen(name) > 1, faults };
  });
}

function service({ modes }: Scenario, holdSeconds: number): ConfigSection {
  return {
    'responder-mode-duration': modes === 'short' ? 2 : 250,
    'initiator-mode-duration': modes === 'short' ? 4 : 60,
    'retry-interval': 1,
    'settle-hold': holdSeconds,
    'settle-grace': GRACE_SECONDS,
  };
}

/** Looks until all is right, or until `lastMs`; the faults of the last look. */
async function untilRight(
  ends: Ends,
  children: readonly string[],
  lastMs: number,
): Promise<Map<string, string | null>> {
  for (;;) {
    const faults = await look(ends.names, ends.moon, ends.sun, children);
    const isRight = [...faults.values()].every((fault) => fault === null);
    if (isRight || performance.now() >= lastMs) return faults;
    await sleep(POLL_MS);
  }
}

/**
 * The names of those trials whose pings don't all come back, in either direction. A few hundred pings at once are a load that
 * may cost one, so whoever fails has another chance, and no tunnel that is broken passes any.
 */
async function unreachedOf(lab: Lab, trials: readonly Trial[]): Promise<Set<string>> {
  let left = trials;
  for (let round = 0; round < PING_ROUNDS && left.length > 0; round += 1) {
    const lost: Trial[] = [];
    for (let first = 0; first < left.length; first += PINGED_AT_ONCE) {
      const slice = left.slice(first, first + PINGED_AT_ONCE);
      const passed = await Promise.all(slice.map((trial) => pingsPass(lab, trial)));
      lost.push(...slice.filter((_, index) => passed[index] === false));
    }
    left = lost;
  }
  return new Set(left.map(({ peer }) => peer.name));
}

async function pingsPass(lab: Lab, { peer: { innerMoon, innerSun } }: Trial): Promise<boolean> {
  const both = await Promise.all([
    tryRun(lab.moon.inside([...PING, '-I', innerMoon, innerSun])),
    tryRun(lab.sun.inside([...PING, '-I', innerSun, innerMoon])),
  ]);
  return both.every(({ stdout }) => stdout.includes(' 0% packet loss'));
}

function gaps(ends: Ends, name: string): string[] {
  return (['moon', 'sun'] as const).flatMap((end) =>
    (end === 'moon' ? ends.atMoon : ends.atSun)
      .gaps(name)
      .map(
        ({ fromMs, toMs }) =>
          `${end} was without a tunnel for ${toMs === null ? 'good' : `${(toMs - fromMs).toFixed(0)} ms`}`,
      ),
  );
}
