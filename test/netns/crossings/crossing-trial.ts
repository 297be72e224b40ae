/**
 * Many crossings of two calls at once, on one pair of charons: afteryou at moon, at sun plain strongSwan with a
 * chosen `unique` policy or a second afteryou, and one peer per trial.
 *
 * Both ends call each peer: at the same instant, or ours goes out when charon has just seen the peer's, which is
 * where our IKE_AUTH comes late to the peer and a `replace` peer deletes its own IKE_SA 10 s later. Then nothing is touched: within the time that the rules promise there must be one tunnel, at both ends
 * the same, it must stay, and from the first tunnel on no ping may be lost and neither end may be without one.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { ControlClient } from '../../../src/control/client.ts';
import type { Afteryou } from '../lab/afteryou.ts';
import type { Charon } from '../lab/charon.ts';
import type { ManyPeer } from '../lab/hosts.ts';
import type { Lab } from '../lab/lab.ts';
import type { Pinger } from '../lab/pinger.ts';
import { twoCharons } from '../lab/two-charons.ts';
import { within } from '../lab/wait.ts';
import { look } from './one-tunnel.ts';
import { TunnelWatch } from './tunnel-watch.ts';

/** What is at sun: plain strongSwan with this `unique`, or another afteryou. */
export type PeerKind = 'never' | 'no' | 'replace' | 'afteryou';

/** `same-instant`: both initiate at once. `on-own`: ours goes out when the peer's IKE_SA_INIT has just been seen. */
export type Trigger = 'same-instant' | 'on-own';

export interface CrossingOptions {
  readonly kind: PeerKind;
  readonly trigger: Trigger;
  readonly settleHoldSeconds: number;
  readonly dpdDelaySeconds: number;
  /** How long the one tunnel is watched after it should be alone. */
  readonly staySeconds: number;
  readonly withPings: boolean;
}

export interface CrossingOutcome {
  readonly peer: string;
  /** Both calls led to a tunnel. */
  readonly hasCrossed: boolean;
  /** From the first tunnel at both ends to exactly one at both, in ms; null: never. */
  readonly settledAfterMs: number | null;
  readonly pingsSent: number;
  readonly pingsLost: number;
  /** Lost while the second of two tunnels was coming up, which is charon's own affair: see COMING_UP_MS. */
  readonly pingsLostComingUp: number;
  /** What is wrong, in words; empty if all is as it should be. */
  readonly faults: readonly string[];
}

const SETTLE_GRACE_SECONDS = 2;
/** What the promise allows beyond hold or proof, and grace. */
const SLACK_SECONDS = 3;
/**
 * A responder sends through a new CHILD_SA at once, and the initiator takes some ms over the answer that lets it
 * receive: what arrives meanwhile is lost, with or without afteryou.
 */
const COMING_UP_MS = 100;
const ALL_UP_WITHIN_MS = 20_000;
const CALLING_WITHIN_MS = 10_000;

/** Runs one crossing per peer of the lab, all at once. The lab needs `manyPeers`. */
export async function runCrossings(lab: Lab, options: CrossingOptions): Promise<CrossingOutcome[]> {
  const { kind, dpdDelaySeconds } = options;
  const dpd = { dpd_delay: `${dpdDelaySeconds}s` };
  const { moon, sun } = await twoCharons(lab, {
    // What the wire keeps back must not be given up.
    charon: { settings: { retransmit_tries: 30 } },
    moonConnection: { settings: dpd },
    sunConnection: { settings: { ...dpd, unique: kind === 'afteryou' ? 'never' : kind } },
  });
  const [atMoon, atSun] = await Promise.all([TunnelWatch.start(moon), TunnelWatch.start(sun)]);
  const config = afteryouConfig(options);
  const ours = await lab.afteryou(moon, { config, name: 'afteryou-moon' });
  const theirs = kind === 'afteryou' ? await lab.afteryou(sun, { config, name: 'afteryou-sun' }) : undefined;
  await Promise.all([ours, ...(theirs ? [theirs] : [])].map(attached));

  await callAll(lab, options.trigger, sun, ours, theirs);
  const names = lab.peers.map(({ name }) => name);
  await within(ALL_UP_WITHIN_MS, 'a tunnel at both ends for every peer', (saw) => {
    const missing = names.filter((name) => atMoon.firstUpMs(name) === null || atSun.firstUpMs(name) === null);
    return saw(missing).length === 0;
  });
  const pings = options.withPings ? await pingAll(lab) : [];

  const settled = await untilSettled(lab.peers, moon, sun, options, atMoon, atSun);
  const faults = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const [name, { atMs, last }] of settled) {
    if (atMs === null) faults.get(name)?.push(`not one tunnel in time: ${last}`);
  }
  await sleep(options.staySeconds * 1000);
  const still = await look(names, moon, sun);
  for (const [name, words] of still) if (words !== null) faults.get(name)?.push(`it did not stay: ${words}`);

  const results = await Promise.all(
    pings.map(async ({ peer, pinger }) => ({ peer, result: await pinger.stop() })),
  );
  atMoon.stop();
  atSun.stop();
  return names.map((name) => {
    const found = faults.get(name) ?? [];
    for (const [end, watch] of [
      ['moon', atMoon],
      ['sun', atSun],
    ] as const) {
      for (const { fromMs, toMs } of watch.gaps(name)) {
        found.push(
          `${end} was without a tunnel for ${toMs === null ? 'good' : `${(toMs - fromMs).toFixed(0)} ms`}`,
        );
      }
    }
    const mine = results.filter(({ peer }) => peer === name).map(({ result }) => result);
    // Both clocks are read now, to set the wall clock of ping against the monotonic one of the events.
    const originMs = Date.now() - performance.now() + (atMoon.firstUpMs(name) ?? 0);
    const lostAfterMs = mine.flatMap(({ lost }) => lost.map(({ atMs }) => atMs - originMs));
    const completeMs =
      Math.max(atMoon.lastUpMs(name) ?? 0, atSun.lastUpMs(name) ?? 0) - (atMoon.firstUpMs(name) ?? 0);
    const later = lostAfterMs.filter((ms) => ms > completeMs + COMING_UP_MS);
    if (later.length > 0) {
      const moments = later.map((ms) => (ms / 1000).toFixed(2)).join(', ');
      found.push(`${later.length} pings lost, at ${moments} s after the first tunnel`);
    }
    if (options.withPings && mine.some(({ received }) => received === 0)) found.push('no ping came back');
    return {
      peer: name,
      hasCrossed: atMoon.tunnelsSeen(name) > 1,
      settledAfterMs: settled.get(name)?.afterMs ?? null,
      pingsSent: mine.reduce((sum, { sent }) => sum + sent, 0),
      pingsLost: later.length,
      pingsLostComingUp: lostAfterMs.length - later.length,
      faults: found,
    };
  });
}

function afteryouConfig({ settleHoldSeconds }: CrossingOptions) {
  return {
    // Modes so long that only the trial itself makes anyone call.
    services: {
      all: {
        connections: '*',
        'responder-mode-duration': 250,
        'initiator-mode-duration': 60,
        'settle-hold': settleHoldSeconds,
        'settle-grace': SETTLE_GRACE_SECONDS,
      },
    },
    limits: { 'max-initiations-per-second': 10_000 },
    log: { format: 'text' },
  };
}

async function attached(sidecar: Afteryou): Promise<void> {
  await within(30_000, 'afteryou is attached to charon', () => sidecar.grep(/attached to charon/).length > 0);
}

/**
 * Has both ends call every peer, and the calls cross for certain: the wire keeps back what must not arrive
 * before the other end has called too.
 */
async function callAll(
  lab: Lab,
  trigger: Trigger,
  sun: Charon,
  ours: Afteryou,
  theirs: Afteryou | undefined,
): Promise<void> {
  const count = lab.peers.length;
  const sunCalls = () =>
    theirs ? initiateAll(theirs) : sun.initiateAll(lab.peers.map(({ name }) => ({ ike: name })));
  const ourInits = await lab.relay.hold({ from: 'moon', exchange: 'IKE_SA_INIT', message: 'request' });
  if (trigger === 'same-instant') {
    const theirInits = await lab.relay.hold({ from: 'sun', exchange: 'IKE_SA_INIT', message: 'request' });
    await Promise.all([initiateAll(ours), sunCalls()]);
    await Promise.all([ourInits.took(count, CALLING_WITHIN_MS), theirInits.took(count, CALLING_WITHIN_MS)]);
    await Promise.all([ourInits.release(), theirInits.release()]);
  } else {
    // The peer's IKE_AUTH shows that our charon has seen and answered its IKE_SA_INIT.
    const theirAuths = await lab.relay.hold({ from: 'sun', exchange: 'IKE_AUTH', message: 'request' });
    await sunCalls();
    await theirAuths.took(count, CALLING_WITHIN_MS);
    await initiateAll(ours);
    await ourInits.took(count, CALLING_WITHIN_MS);
    await Promise.all([ourInits.release(), theirAuths.release()]);
  }
}

async function initiateAll(sidecar: Afteryou): Promise<void> {
  const client = await ControlClient.connect(sidecar.controlSocket);
  await client.operate('initiate', { all: true });
  client.close();
}

async function pingAll(lab: Lab): Promise<{ readonly peer: string; readonly pinger: Pinger }[]> {
  return await Promise.all(
    lab.peers.flatMap(({ name, innerMoon, innerSun }) => [
      lab
        .ping(lab.moon, { source: innerMoon, destination: innerSun })
        .then((pinger) => ({ peer: name, pinger })),
      lab
        .ping(lab.sun, { source: innerSun, destination: innerMoon })
        .then((pinger) => ({ peer: name, pinger })),
    ]),
  );
}

interface Settled {
  readonly atMs: number | null;
  readonly afterMs: number | null;
  readonly last: string;
}

/** Looks until every peer has exactly one tunnel, or its time is up. */
async function untilSettled(
  peers: readonly ManyPeer[],
  moon: Charon,
  sun: Charon,
  options: CrossingOptions,
  atMoon: TunnelWatch,
  atSun: TunnelWatch,
): Promise<Map<string, Settled>> {
  const promisedMs =
    (Math.max(options.settleHoldSeconds, options.dpdDelaySeconds) + SETTLE_GRACE_SECONDS + SLACK_SECONDS) *
    1000;
  const names = peers.map(({ name }) => name);
  const upMs = (name: string) => Math.max(atMoon.firstUpMs(name) ?? 0, atSun.firstUpMs(name) ?? 0);
  const lastMs = Math.max(...names.map(upMs)) + promisedMs;
  const settled = new Map<string, Settled>();
  for (;;) {
    const words = await look(names, moon, sun);
    const nowMs = performance.now();
    for (const [name, fault] of words) {
      const before = settled.get(name);
      if (before?.atMs != null && fault === null) continue;
      // One tunnel may still become two: only the last look before the time is up counts.
      const isInTime = fault === null && nowMs <= upMs(name) + promisedMs;
      settled.set(name, {
        atMs: isInTime ? nowMs : null,
        afterMs: isInTime ? nowMs - upMs(name) : null,
        last: fault ?? 'one, but too late',
      });
    }
    if (nowMs >= lastMs) return settled;
    await sleep(Math.min(250, Math.max(1, lastMs - nowMs)));
  }
}
