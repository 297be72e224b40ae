/**
 * Whether a peer has exactly one tunnel: one IKE_SA with one CHILD_SA for each child, the same at both ends.
 *
 * Knows lists of SAs only; how they came about is nothing to it.
 */
import type { Charon } from '../lab/charon.ts';
import { type ChildSa, type IkeSa, spis } from '../lab/ike-sas.ts';

/** What is wrong with each of the connections `names` at this moment; null for exactly one tunnel. */
export async function look(
  names: readonly string[],
  moon: Charon,
  sun: Charon,
  children: readonly string[] = ['net'],
): Promise<Map<string, string | null>> {
  const [atMoon, atSun] = await Promise.all([moon.sas(), sun.sas()].map(async (sas) => byName(await sas)));
  return new Map(
    names.map((name) => [name, fault(atMoon?.get(name) ?? [], atSun?.get(name) ?? [], children)]),
  );
}

/**
 * The same for the only tunnel there may be between two ends that name it differently.
 *
 * @returns what is wrong, or null for exactly one tunnel
 */
export async function lookAtPair(
  moon: Charon,
  sun: Charon,
  children: readonly string[] = ['net'],
): Promise<string | null> {
  const [atMoon, atSun] = await Promise.all([moon.sas(), sun.sas()]);
  return fault(atMoon.filter(isNamed).filter(isStaying), atSun.filter(isNamed).filter(isStaying), children);
}

/**
 * charon's half-open leftover of a call that was dropped has no name, so it counts for nobody; it goes by itself. So does one
 * in DELETING without children: of two rekeyings that cross, charon may wait long for the answer to the DELETE of one.
 */
function byName(sas: readonly IkeSa[]): Map<string, IkeSa[]> {
  const found = new Map<string, IkeSa[]>();
  for (const sa of sas.filter(isStaying)) found.set(sa.name, [...(found.get(sa.name) ?? []), sa]);
  return found;
}

function isStaying({ state, children }: IkeSa): boolean {
  return state !== 'DELETING' || children.length > 0;
}

function isNamed({ name }: IkeSa): boolean {
  return name !== '(unnamed)';
}

function fault(
  atMoon: readonly IkeSa[],
  atSun: readonly IkeSa[],
  children: readonly string[],
): string | null {
  const [moonSa, moonMore] = atMoon;
  const [sunSa, sunMore] = atSun;
  const both = `moon [${atMoon.map(words).join('; ')}], sun [${atSun.map(words).join('; ')}]`;
  if (!moonSa || !sunSa || moonMore || sunMore || !carries(moonSa) || !carries(sunSa)) return both;
  if (spis(moonSa) !== spis(sunSa)) return `two different IKE_SAs, each end has only half of one: ${both}`;
  if (moonSa.isInitiator === sunSa.isInitiator) return 'both ends have the same role';
  const expected = children.toSorted().join(' ');
  for (const sa of [moonSa, sunSa]) {
    if (namesOf(present(sa)) !== expected) return `not one CHILD_SA each of ${expected}: ${both}`;
  }
  for (const child of present(moonSa)) {
    // In IKEv1 the two ends may take different ones for the newest, and all of them live on.
    const other = sunSa.children.find(({ state, spiIn }) => state !== 'DELETED' && spiIn === child.spiOut);
    if (child.spiIn !== other?.spiOut || child.name !== other.name) return `halves of CHILD_SAs: ${both}`;
  }
  return null;
}

/**
 * charon lists a CHILD_SA that was rekeyed as DELETED for some seconds, for packets still on their way to it, and in IKEv1 as
 * REKEYED until it expires.
 */
function present(sa: IkeSa): ChildSa[] {
  return sa.children.filter(({ state }) => state !== 'DELETED' && state !== 'REKEYED');
}

/**
 * A child that is being rekeyed carries packets all the while. In IKEv1 it may stay in that state: measured on 5.9.8 and
 * 6.0.1, when both ends call, a Quick Mode that overtakes the last message of Main Mode is taken for a rekeying much later.
 */
function carries(sa: IkeSa): boolean {
  return (
    sa.state === 'ESTABLISHED' &&
    present(sa).some(({ state }) => state === 'INSTALLED' || state === 'REKEYING')
  );
}

function namesOf(children: readonly ChildSa[]): string {
  return children
    .map(({ name }) => name)
    .sort()
    .join(' ');
}

function words(sa: IkeSa): string {
  const children = sa.children.map(({ name, state, spiIn }) => `${name} ${state} ${spiIn}`).join(', ');
  return `#${sa.id} ${sa.state} ${sa.isInitiator ? 'initiator' : 'responder'} (${children})`;
}
