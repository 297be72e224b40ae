/**
 * What charon lists of its connections, laid over what the files say.
 *
 * What charon shows is what holds; the file then only tells where it is written. `start_action`, `keyingtries`,
 * proposals and aggressive mode never show (read in strongSwan up to 6.0.6), so they are the file's alone.
 */
import type { Place } from '../config/issues.ts';
import type { ChildConfig, ConnectionConfig } from '../vici/index.ts';
import type { AuthPlan, ChildPlan, ConnectionPlan, Setting } from './connection-plan.ts';
import { actionOf } from './words.ts';

/** The plans of all connections, those of charon first; `isLoaded` and `isInFile` tell where each is. */
export function mergedPlans(
  files: readonly ConnectionPlan[],
  listed: readonly ConnectionConfig[],
): ConnectionPlan[] {
  const byName = new Map(files.map((plan) => [plan.name, plan]));
  const loaded = new Set(listed.map(({ name }) => name));
  return [
    ...listed.map((connection) => merged(connection, byName.get(connection.name))),
    ...files.filter(({ name }) => !loaded.has(name)),
  ];
}

/** Names of the settings that charon shows with another value than the file has. */
export function differences(file: ConnectionPlan, live: ConnectionPlan): string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['unique', file.unique.value, live.unique.value],
    ['dpd_delay', file.dpdDelaySeconds.value, live.dpdDelaySeconds.value],
    ['rekey_time', file.rekeySeconds.value, live.rekeySeconds.value],
    ['reauth_time', file.reauthSeconds.value, live.reauthSeconds.value],
    ['remote_addrs', file.remoteAddresses.value.join(), live.remoteAddresses.value.join()],
    ['local_addrs', file.localAddresses.value.join(), live.localAddresses.value.join()],
    ['children', childNames(file), childNames(live)],
  ];
  return pairs.filter(([, a, b]) => a !== b).map(([name]) => name);
}

function childNames({ children }: ConnectionPlan): string {
  return children
    .map(({ name }) => name)
    .toSorted()
    .join();
}

function merged(live: ConnectionConfig, file: ConnectionPlan | undefined): ConnectionPlan {
  const plan: ConnectionPlan = {
    name: live.name,
    place: file?.place ?? null,
    isInFile: file !== undefined,
    isLoaded: true,
    version: placed(live.version === 'IKEv1' ? 1 : live.version === 'IKEv2' ? 2 : 0, file?.version),
    localAddresses: placed(live.localAddresses, file?.localAddresses),
    remoteAddresses: placed(live.remoteAddresses, file?.remoteAddresses),
    unique: placed((live.unique ?? 'UNIQUE_NO').replace('UNIQUE_', '').toLowerCase(), file?.unique),
    keyingtries: file?.keyingtries ?? null,
    dpdDelaySeconds: placed(live.dpdDelaySeconds ?? 0, file?.dpdDelaySeconds),
    rekeySeconds: placed(live.rekeySeconds ?? 0, file?.rekeySeconds),
    reauthSeconds: placed(live.reauthSeconds ?? 0, file?.reauthSeconds),
    isAggressive: file?.isAggressive ?? null,
    proposals: file?.proposals ?? null,
    local: authFrom(live.local[0], file?.local),
    remote: authFrom(live.remote[0], file?.remote),
    children: live.children.map((child) =>
      mergedChild(
        child,
        file?.children.find(({ name }) => name === child.name),
      ),
    ),
    content: file?.content ?? contentOf(live),
  };
  return plan;
}

function mergedChild(live: ChildConfig, file: ChildPlan | undefined): ChildPlan {
  const listedStart = live.section.get('start_action');
  return {
    name: live.name,
    place: file?.place ?? null,
    mode: (live.mode ?? 'tunnel').toLowerCase(),
    startAction: file?.startAction ?? (listedStart === undefined ? null : unplaced(actionOf(listedStart))),
    dpdAction: placed(actionOf(live.dpdAction ?? 'none'), file?.dpdAction),
    closeAction: placed(actionOf(live.closeAction ?? 'none'), file?.closeAction),
    rekeySeconds: placed(live.rekeySeconds ?? 0, file?.rekeySeconds),
    localTs: placed(live.localTrafficSelectors, file?.localTs),
    remoteTs: placed(live.remoteTrafficSelectors, file?.remoteTs),
    espProposals: file?.espProposals ?? null,
  };
}

function authFrom(live: ConnectionConfig['local'][number] | undefined, file: AuthPlan | undefined): AuthPlan {
  if (file !== undefined) return file;
  const id = live?.id;
  return { auth: live?.class ?? null, id: id === undefined ? null : unplaced(id) };
}

function unplaced<Value>(value: Value): Setting<Value> {
  return { value, place: null };
}

/** charon's value; in the file's place if the file says the same. */
function placed<Value>(value: Value, file: Setting<Value> | undefined): Setting<Value> {
  const place: Place | null =
    file !== undefined && JSON.stringify(file.value) === JSON.stringify(value) ? file.place : null;
  return { value, place };
}

/** What charon shows of it without its children. */
function contentOf(live: ConnectionConfig): string {
  const entries = live.section.entries.filter(({ name }) => name !== 'children');
  const plain = (entry: (typeof entries)[number]): unknown =>
    entry.kind === 'section'
      ? [entry.name, entry.entries.map(plain)]
      : [entry.name, entry.kind === 'list' ? entry.items.map(String) : String(entry.value)];
  return JSON.stringify(entries.map(plain));
}
