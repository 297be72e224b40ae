/** Moments that several acts have: calls that cross, a tunnel alone, traffic through it. */
import type { HostName } from '../../test/netns/lab/hosts.ts';
import { type IkeSa, isUp, spis } from '../../test/netns/lab/ike-sas.ts';
import type { Pinger } from '../../test/netns/lab/pinger.ts';
import { within } from '../../test/netns/lab/wait.ts';
import { counted, installedChildren, starterOf } from './sa-table.ts';
import type { Stage } from './stage.ts';

const CALLS_WITHIN_MS = 5_000;
const UP_WITHIN_MS = 8_000;
const ECHOES = 20;
const ECHOES_WITHIN_MS = 5_000;

/**
 * Has both calls on the wire before either arrives. The wire's own delay would do on an idle machine; holding the first
 * packets, and those sent again meanwhile, makes it certain on a busy one.
 */
export async function crossCalls(stage: Stage, call: () => Promise<unknown>): Promise<void> {
  const { relay } = stage.lab;
  const choice = { exchange: 'IKE_SA_INIT', message: 'request' } as const;
  const held = [await relay.hold({ from: 'moon', ...choice }), await relay.hold({ from: 'sun', ...choice })];
  await call();
  for (const rule of held) await rule.took(1, CALLS_WITHIN_MS);
  await Promise.all(held.map((rule) => rule.release()));
}

/** Waits until both ends have `count` tunnels, and returns the SAs of both. */
export async function untilBothUp(
  stage: Stage,
  count: number,
  ms: number = UP_WITHIN_MS,
): Promise<[IkeSa[], IkeSa[]]> {
  return await within(ms, `${counted(count, 'tunnel')} at both ends`, async (saw) => {
    const [atMoon, atSun] = saw(await Promise.all([stage.moon.sas(), stage.sun.sas()]));
    const isAllUp = [atMoon, atSun].every((sas) => sas.length === count && sas.every(isUp));
    return isAllUp && [atMoon, atSun];
  });
}

/** Checks that there is exactly one tunnel, the same at both ends, and says who started it. */
export async function checkOneTunnel(stage: Stage, starter?: HostName): Promise<void> {
  const [atMoon, atSun] = [await stage.moon.sas(), await stage.sun.sas()];
  const [atMoonFirst] = atMoon;
  const [atSunFirst] = atSun;
  const isOne =
    atMoon.length === 1 &&
    atSun.length === 1 &&
    installedChildren(atMoon) === 1 &&
    installedChildren(atSun) === 1;
  stage.checks.that(isOne, 'exactly 1 IKE_SA and 1 CHILD_SA at both ends', [atMoon, atSun]);
  if (atMoonFirst === undefined || atSunFirst === undefined) return;
  stage.checks.that(spis(atMoonFirst) === spis(atSunFirst), 'it is the same one at both ends');
  if (starter === undefined) return;
  const saw = starterOf(atMoonFirst, 'moon');
  stage.checks.that(saw === starter, `${starter} started it`, saw);
}

/** Pings both ways, until stopped. */
export async function startPings({ lab }: Stage): Promise<Pinger[]> {
  const { moon, sun } = lab;
  return await Promise.all([
    lab.ping(moon, { source: moon.ipv4.inner, destination: sun.ipv4.inner }),
    lab.ping(sun, { source: sun.ipv4.inner, destination: moon.ipv4.inner }),
  ]);
}

/** Stops the pings and checks that every one came back. */
export async function checkPings({ checks }: Stage, pings: readonly Pinger[]): Promise<void> {
  const results = await Promise.all(pings.map((ping) => ping.stop()));
  const sent = results.reduce((sum, result) => sum + result.sent, 0);
  const lost = results.flatMap((result) => result.lost);
  const errors = results.flatMap((result) => result.errors);
  const isWhole = lost.length === 0 && results.every(({ received }) => received > 0);
  const words = lost.length === 0 ? 'none lost' : `lost: ${lost.length}`;
  checks.that(isWhole, `${sent} pings through the tunnel, both ways; ${words}`, { lost, errors });
}

/** Some pings each way. */
export async function pingAWhile(stage: Stage): Promise<void> {
  const pings = await startPings(stage);
  await within(ECHOES_WITHIN_MS, 'pings come back', () => pings.every(({ received }) => received >= ECHOES));
  await checkPings(stage, pings);
}
