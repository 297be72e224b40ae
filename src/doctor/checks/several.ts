/**
 * Connections beside each other, and peers without one.
 */
import type { ConnectionPlan } from '../connection-plan.ts';
import type { Sign } from '../findings.ts';
import type { Situation } from '../situation.ts';
import { canMeet, canonicalAddress, isHost } from './addresses.ts';
import { isTunnel } from './connections.ts';

export function* checkSeveral(situation: Situation): Generator<Sign> {
  const { plans, peers, charon } = situation;
  yield* checkMissing(situation);
  const ours = new Set(peers.flatMap(({ connection }) => connection ?? []));
  const present = plans.filter(
    ({ isLoaded, children }) => (isLoaded || charon === null) && children.some(isTunnel),
  );
  for (const group of groupsOf(present, ({ content }) => content)) {
    if (!group.some(({ name }) => ours.has(name))) continue;
    const names = group.map(({ name }) => name).toSorted();
    const what = `${names.slice(0, NAMES_MAX).join(', ')} have equal content under ${names.length} names`;
    const write = `put the children of all of them into ${names[0] ?? 'one'}, and remove the others`;
    yield* about(group, { code: 'equal-content', what, write });
  }
  const byPeer = groupsOf(present, ({ remoteAddresses }) => {
    const first = remoteAddresses.value[0];
    return first !== undefined && isHost(first) ? canonicalAddress(first) : null;
  });
  for (const group of byPeer) {
    const rivals = group.filter((plan) => group.some((other) => isRival(plan, other)));
    if (!rivals.some(({ name }) => ours.has(name))) continue;
    const names = rivals.map(({ name }) => name).toSorted();
    const what = `${names.slice(0, NAMES_MAX).join(', ')} all lead to ${rivals[0]?.remoteAddresses.value[0] ?? ''}`;
    const write = 'one connection with all children, or different local_addrs';
    yield* about(rivals, { code: 'two-connections', what, write });
  }
}

const NAMES_MAX = 5;

/** Peers of a list that no connection leads to. */
function* checkMissing({ peers, config }: Situation): Generator<Sign> {
  for (const { connection, address, name, service, setup } of peers) {
    if (connection !== null || setup.settings.policy === 'paused') continue;
    const of = config.services.find((one) => one.name === service);
    const place = of?.peerList?.find(({ text }) => text === name)?.origin ?? null;
    const write = `a connection with remote_addrs = ${address}, whose name fits ${of?.connectionGlobs.join(', ') ?? '*'}`;
    yield {
      code: 'no-connection',
      what: `no connection for a peer of service ${service}`,
      write,
      place,
      subject: address,
    };
  }
}

/** Not the same content (that is told already), and reachable from the same local address. */
function isRival(plan: ConnectionPlan, other: ConnectionPlan): boolean {
  return (
    plan !== other &&
    plan.content !== other.content &&
    canMeet(plan.localAddresses.value, other.localAddresses.value)
  );
}

/** Groups of two and more with the same key. */
function groupsOf(
  plans: readonly ConnectionPlan[],
  keyOf: (plan: ConnectionPlan) => string | null,
): ConnectionPlan[][] {
  const groups = new Map<string, ConnectionPlan[]>();
  for (const plan of plans) {
    const key = keyOf(plan);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(plan);
    else groups.set(key, [plan]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** One finding for all of them, at the place of the first that has one. */
function* about(plans: readonly ConnectionPlan[], sign: Sign): Generator<Sign> {
  const place = plans.find((plan) => plan.place !== null)?.place ?? null;
  for (const { name } of plans.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    yield { ...sign, place, subject: name };
  }
}
