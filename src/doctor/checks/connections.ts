/**
 * Single connections that are peers of ours: what in them starts tunnels, ends them or hides their end.
 */
import type { ChildPlan, ConnectionPlan, Setting } from '../connection-plan.ts';
import type { Sign } from '../findings.ts';
import { differences } from '../live-plan.ts';
import type { OurConnection, Situation } from '../situation.ts';
import { isHost, isWildcard } from './addresses.ts';

export function* checkConnections(situation: Situation): Generator<Sign> {
  for (const { plan, peer } of situation.ours) {
    yield* checkIke(plan);
    for (const child of plan.children.filter(isTunnel)) yield* checkChild(plan, child);
    if (peer.setup.settings.policy === 'responder-only') yield* checkRekeying({ plan, peer });
  }
  yield* checkTraps(situation);
  yield* checkLoaded(situation);
}

/** A CHILD_SA, not a bypass. */
export function isTunnel({ mode }: ChildPlan): boolean {
  return mode !== 'pass' && mode !== 'drop';
}

/** What `key = value` is, or that it is a default. */
function said(key: string, { place }: Setting<unknown>, value: string | number): string {
  return `${key} = ${value}${place === null ? ' (by default)' : ''}`;
}

function* checkIke(plan: ConnectionPlan): Generator<Sign> {
  const { unique, keyingtries, dpdDelaySeconds, isAggressive, version, remoteAddresses } = plan;
  const subject = plan.name;
  if (unique.value !== 'never') {
    const what = said('unique', unique, unique.value);
    yield { code: 'unique-policy', what, write: 'unique = never', place: unique.place, subject };
  }
  if (keyingtries !== null && keyingtries.value !== 1) {
    const what = said('keyingtries', keyingtries, keyingtries.value);
    yield { code: 'keyingtries', what, write: 'keyingtries = 1', place: keyingtries.place, subject };
  }
  if (dpdDelaySeconds.value === 0) {
    const what = said('dpd_delay', dpdDelaySeconds, 0);
    yield { code: 'dpd-off', what, write: 'dpd_delay = 20s', place: dpdDelaySeconds.place, subject };
  }
  if (isAggressive?.value === true && version.value !== 2) {
    yield {
      code: 'aggressive-mode',
      what: 'aggressive = yes',
      write: 'aggressive = no',
      place: isAggressive.place,
      subject,
    };
  }
  const addresses = remoteAddresses.value;
  const host = addresses.find(isHost);
  if (addresses[0] !== undefined && isWildcard(addresses[0]) && host !== undefined) {
    const ordered = [...addresses.filter(isHost), ...addresses.filter(isWildcard)].join(', ');
    const what = `remote_addrs = ${addresses.join(', ')}`;
    yield {
      code: 'wildcard-first',
      what,
      write: `remote_addrs = ${ordered}`,
      place: remoteAddresses.place,
      subject,
    };
  }
  if (!plan.children.some(isTunnel)) {
    const write = 'children { net { local_ts = ... remote_ts = ... } }';
    yield { code: 'no-child', what: 'the connection has no child', write, place: plan.place, subject };
  }
}

function* checkChild({ name }: ConnectionPlan, child: ChildPlan): Generator<Sign> {
  const subject = `${name}/${child.name}`;
  const actions = [
    ['start-action', 'start_action', child.startAction],
    ['dpd-action', 'dpd_action', child.dpdAction],
    ['close-action', 'close_action', child.closeAction],
  ] as const;
  for (const [code, key, action] of actions) {
    if (action === null || action.value === 'none') continue;
    yield { code, what: `${key} = ${action.value}`, write: `${key} = none`, place: action.place, subject };
  }
}

/** IOS's responder-only neither establishes nor rekeys (Cisco document 113158). */
function* checkRekeying({ plan }: OurConnection): Generator<Sign> {
  const code = 'rekey-responder-only';
  const settings = [
    ['rekey_time', plan.rekeySeconds, plan.name],
    ['reauth_time', plan.reauthSeconds, plan.name],
    ...plan.children
      .filter(isTunnel)
      .map((child) => ['rekey_time', child.rekeySeconds, `${plan.name}/${child.name}`] as const),
  ] as const;
  for (const [key, setting, subject] of settings) {
    if (setting.value === 0) continue;
    const what = said(key, setting, `${setting.value}s`);
    yield { code, what, write: `${key} = 0`, place: setting.place, subject };
  }
}

/** Traps that charon has installed where no file tells of a start_action. */
function* checkTraps({ charon, ours }: Situation): Generator<Sign> {
  for (const { connection, child } of charon?.traps ?? []) {
    const plan = ours.find((one) => one.plan.name === connection)?.plan;
    const action = plan?.children.find(({ name }) => name === child)?.startAction;
    // The file says it itself.
    if (plan === undefined || (action !== null && action !== undefined && action.value !== 'none')) continue;
    const write = 'start_action = none, and load the connections again';
    yield {
      code: 'trap-policy',
      what: 'charon has a trap installed',
      write,
      subject: `${connection}/${child}`,
    };
  }
}

function* checkLoaded({ charon, plans, filePlans }: Situation): Generator<Sign> {
  if (charon === null) return;
  const byName = new Map(filePlans.map((plan) => [plan.name, plan]));
  const write = 'swanctl --load-conns';
  for (const plan of plans) {
    const file = byName.get(plan.name);
    if (file === undefined) continue;
    if (!plan.isLoaded) {
      const what = 'the file has the connection, charon has not';
      yield { code: 'not-loaded', what, write, place: plan.place, subject: plan.name };
      continue;
    }
    const differing = differences(file, plan);
    if (differing.length > 0) {
      const what = `charon has other values than the file: ${differing.join(', ')}`;
      yield { code: 'not-loaded', what, write, place: plan.place, subject: plan.name };
    }
  }
}
