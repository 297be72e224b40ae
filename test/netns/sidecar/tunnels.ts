/**
 * Exactly one tunnel between moon and sun, waited for and watched; and two calls made to cross.
 */
import { expect } from 'vitest';

import { lookAtPair } from '../crossings/one-tunnel.ts';
import type { Afteryou } from '../lab/afteryou.ts';
import type { Charon } from '../lab/charon.ts';
import type { IkeExchange } from '../lab/ike-exchange.ts';
import type { Lab } from '../lab/lab.ts';
import type { Pinger } from '../lab/pinger.ts';
import type { Relay } from '../lab/relay.ts';
import type { TwoCharons } from '../lab/two-charons.ts';
import { withSession } from '../lab/vici-calls.ts';
import { within } from '../lab/wait.ts';
import { asking } from './daemon.ts';

const ONE_TUNNEL_WITHIN_MS = 10_000;
const STEP_WITHIN_MS = 10_000;
const ECHOES_WITHIN_MS = 20_000;

/** Waits until there is one IKE_SA, the same at both ends, with one CHILD_SA for each of `children`. */
export async function untilOneTunnel(
  { moon, sun }: TwoCharons,
  { ms = ONE_TUNNEL_WITHIN_MS, children = ['net'] }: { ms?: number; children?: readonly string[] } = {},
): Promise<void> {
  await within(ms, 'exactly one tunnel at both ends', async (saw) => {
    return saw(await lookAtPair(moon, sun, children)) === null;
  });
}

/** Has the sidecar call, as an operator would. */
export async function call(daemon: Afteryou, peer = 'sun'): Promise<void> {
  await asking(daemon, (client) => client.operate('initiate', { peer }));
}

/** The messages of IKEv2 until a tunnel is up. */
const IKEV2: readonly (readonly [IkeExchange, 'request' | 'response'])[] = [
  ['IKE_SA_INIT', 'request'],
  ['IKE_SA_INIT', 'response'],
  ['IKE_AUTH', 'request'],
  ['IKE_AUTH', 'response'],
];

/** Has both ends call, by `begin`, in step: each kind of message goes on when both ends have sent theirs. */
export async function crossInStep(relay: Relay, begin: () => Promise<unknown>): Promise<void> {
  const rules = [];
  for (const [exchange, message] of IKEV2) rules.push(await relay.hold({ exchange, message }));
  await begin();
  for (const rule of rules) {
    await rule.took(2, STEP_WITHIN_MS);
    await rule.release();
  }
}

/** Has charon rekey (or reauthenticate) its IKE_SAs of a connection. */
export async function rekeyIke(charon: Charon, ike: string, reauth = false): Promise<void> {
  await withSession(charon.viciSocket, (session) => session.request('rekey', { ike, reauth }));
}

/** Starts pings through the tunnel from either end and waits for the first answers. */
export async function pingBothWays(lab: Lab): Promise<Pinger[]> {
  const { moon, sun } = lab;
  const pingers = await Promise.all([
    lab.ping(moon, { source: moon.ipv4.inner, destination: sun.ipv4.inner }),
    lab.ping(sun, { source: sun.ipv4.inner, destination: moon.ipv4.inner }),
  ]);
  await untilMore(pingers, 5);
  return pingers;
}

/** After some more answers: no echo was lost. */
export async function expectNothingLost(pingers: readonly Pinger[]): Promise<void> {
  await untilMore(pingers, 20);
  for (const pinger of pingers) expect(await pinger.stop()).toMatchObject({ lost: [], errors: [] });
}

async function untilMore(pingers: readonly Pinger[], count: number): Promise<void> {
  const before = pingers.map(({ received }) => received);
  await within(ECHOES_WITHIN_MS, `${count} more echoes each way`, (saw) => {
    return saw(pingers.map(({ received }) => received)).every(
      (now, index) => now >= (before[index] ?? 0) + count,
    );
  });
}
