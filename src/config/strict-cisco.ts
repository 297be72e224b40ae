/**
 * `strict-cisco: true`: what the originals refuse although we could do it, refused at a reload.
 *
 * A peer list in use isn't changed, a service that changes is restarted, and a deployment mode stays while a
 * peer list is set (StarOS, "Security Gateway as Initiator", restrictions). Pure: what runs, what is to run
 * and which calls are up are handed in. The configuration that runs decides whether it is strict, so that no
 * change slips in together with the switch.
 */
import { entryContains } from './addresses.ts';
import { type Issue, IssueCollector, type Place } from './issues.ts';
import { DURATION_KEYS } from './keys.ts';
import type { LoadedConfig, PeerList, ServiceConfig } from './model.ts';

export interface StrictReload {
  readonly running: LoadedConfig;
  readonly next: LoadedConfig;
  /** Services that the operator restarts with this reload. */
  readonly restarted: ReadonlySet<string>;
  /** Addresses of the peers with an established IKE_SA. */
  readonly upAddresses: readonly string[];
}

/** What a strict reload is refused for; empty if the configuration that runs isn't strict. */
export function strictRefusals(reload: StrictReload): readonly Issue[] {
  const { running, next } = reload;
  if (!running.config.strictCisco) return [];
  const issues = new IssueCollector();
  for (const list of running.config.peerLists.values()) checkList(list, reload, issues);
  for (const service of running.config.services) checkService(service, reload, issues);
  return issues.sorted(next.files);
}

function checkList(list: PeerList, reload: StrictReload, issues: IssueCollector): void {
  const { running, next, upAddresses } = reload;
  const after = next.config.peerLists.get(list.name);
  const change = listChange(list, after);
  if (change === null) return;
  const path = ['peer-lists', list.name, 'addresses'];
  const at = placeOf(next, path) ?? after?.origin ?? topOf(next);
  const user = running.config.services.find(({ peerListName }) => peerListName === list.name);
  if (user !== undefined) {
    const message = `peer list '${list.name}' can't be changed (${change}) while service '${user.name}' refers to it`;
    const remedy = `Remove peer-list from service '${user.name}' and reload with --restart-service ${user.name}; then change the list.`;
    issues.add(at, path, 'strict-cisco', message, remedy);
    return;
  }
  const up = upAddresses.find((address) => list.entries.some((entry) => entryContains(entry, address)));
  if (up !== undefined) {
    const message = `peer list '${list.name}' can't be changed (${change}) while a call to ${up} is up`;
    issues.add(at, path, 'strict-cisco', message, 'Let all calls to its peers go first, then reload again.');
  }
}

/** The first thing that differs, in words; null if nothing does. */
function listChange(before: PeerList, after: PeerList | undefined): string | null {
  if (after === undefined) return 'it would go';
  if (after.family !== before.family) return `it would become ${after.family}`;
  const texts = (list: PeerList): ReadonlySet<string> => new Set(list.entries.map(({ text }) => text));
  const [old, now] = [texts(before), texts(after)];
  const removed = [...old].find((text) => !now.has(text));
  if (removed !== undefined) return `${removed} would go`;
  const added = [...now].find((text) => !old.has(text));
  return added === undefined ? null : `${added} would come`;
}

function checkService(before: ServiceConfig, reload: StrictReload, issues: IssueCollector): void {
  const { next, restarted } = reload;
  const after = next.config.services.find(({ name }) => name === before.name);
  // A service that goes is unbound; one that comes back later is bound again.
  if (after === undefined) return;
  const path = ['services', before.name];
  if (before.peerListName !== null && after.deploymentMode !== before.deploymentMode) {
    const below = [...path, 'deployment-mode'];
    const message = `the deployment mode of service '${before.name}' can't change while peer list '${before.peerListName}' is set`;
    const remedy = `Remove peer-list first and reload with --restart-service ${before.name}; then change deployment-mode.`;
    issues.add(placeOf(next, below) ?? after.origin, below, 'strict-cisco', message, remedy);
    return;
  }
  if (restarted.has(before.name)) return;
  const key = changedKey(before, after);
  if (key === null) return;
  const below = [...path, key];
  const message = `service '${before.name}' can't change (${key}) without a restart`;
  const remedy = `Restart it with the reload, as unbind and bind do: afteryou reload --restart-service ${before.name}.`;
  issues.add(placeOf(next, below) ?? after.origin, below, 'strict-cisco', message, remedy);
}

/** The parts of a service, by their keys in the file: a change of any of them is a change of the service. */
const PARTS: readonly (readonly [key: string, read: (service: ServiceConfig) => unknown])[] = [
  ['context', ({ context }) => context],
  ['deployment-mode', ({ deploymentMode }) => deploymentMode],
  ['bind', ({ bind }) => bind],
  ['peer-list', ({ peerListName }) => peerListName],
  ['connections', ({ connectionGlobs }) => connectionGlobs],
  ...Object.entries(DURATION_KEYS).map(
    ([key, { field }]) => [key, ({ settings }: ServiceConfig) => settings[field]] as const,
  ),
  ['policy', ({ settings }) => settings.policy],
  ['collision', ({ settings }) => settings.collision],
  ['back-off', ({ settings }) => [settings.backOffFactor, settings.backOffMaxMs]],
  ['no-rekey', ({ settings }) => settings.noRekey],
  ['enforce', ({ settings }) => settings.enforce],
  ['peers', ({ overrides }) => [...overrides].toSorted(([a], [b]) => (a < b ? -1 : 1))],
];

/** The key of the first part that has changed; null if none has. */
function changedKey(before: ServiceConfig, after: ServiceConfig): string | null {
  const found = PARTS.find(([, read]) => JSON.stringify(read(before)) !== JSON.stringify(read(after)));
  return found?.[0] ?? null;
}

function placeOf({ origins }: LoadedConfig, path: readonly string[]): Place | undefined {
  return origins.get(path.join('.'));
}

function topOf({ files }: LoadedConfig): Place {
  return { file: files[0] ?? '', line: 1, column: 1 };
}
