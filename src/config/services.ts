/**
 * The services: what needs two keys at once.
 *
 * A list that must exist and be of the family of `bind`, deployment modes that go with no list, overrides that
 * must concern a peer of the service, settings that contradict each other.
 */
import { entryContains, parseAddress } from './addresses.ts';
import type { IssueCollector } from './issues.ts';
import type { PeerList, ServiceConfig } from './model.ts';
import { matchesGlobs } from './names.ts';
import type { CheckedService, CheckedSettings } from './schema.ts';
import { settingsOf } from './settings.ts';
import type { MapNode } from './source.ts';
import { didYouMean } from './suggest.ts';
import { entryAt, placeOf } from './tree.ts';

/** What services are checked against. */
export interface ServiceContext {
  readonly root: MapNode;
  readonly peerLists: ReadonlyMap<string, PeerList>;
  /** Lists that exist but couldn't be read. */
  readonly brokenLists: ReadonlySet<string>;
  readonly issues: IssueCollector;
}

/** Reads one service; contradictions go to the collector of `context`. */
export function readService(name: string, checked: CheckedService, context: ServiceContext): ServiceConfig {
  const { root, peerLists, brokenLists, issues } = context;
  const path = ['services', name];
  const listName = checked['peer-list'] ?? null;
  const list = listName === null ? undefined : peerLists.get(listName);
  const listPath = [...path, 'peer-list'];
  if (listName !== null && list === undefined && !brokenLists.has(listName)) {
    const known = [...peerLists.keys(), ...brokenLists];
    const remedy = `${didYouMean(listName, known)}Define it under peer-lists, or leave peer-list out.`;
    issues.add(
      placeOf(root, listPath),
      listPath,
      'unknown-list',
      `there is no peer list '${listName}'`,
      remedy,
    );
  }
  const deploymentMode = checked['deployment-mode'] ?? 'site-to-site';
  if (deploymentMode === 'remote-access' && listName !== null) {
    const message = `service '${name}' is remote-access and can't have a peer list: there the peers always call`;
    issues.add(
      placeOf(root, listPath),
      listPath,
      'contradiction',
      message,
      'Remove peer-list, or set deployment-mode: site-to-site.',
    );
  }
  if (checked.bind !== undefined && list !== undefined && checked.bind.family !== list.family) {
    const bindPath = [...path, 'bind'];
    const message = `bind ${checked.bind.text} is ${checked.bind.family}, but peer list '${list.name}' is ${list.family}`;
    issues.add(
      placeOf(root, bindPath),
      bindPath,
      'wrong-family',
      message,
      'Bind an address of the family of the list, or name another list.',
    );
  }
  const service: ServiceConfig = {
    name,
    context: checked.context ?? null,
    deploymentMode,
    bind: checked.bind?.text ?? null,
    peerListName: listName,
    // A broken list has no entries that one could check against; the issues that it brings forbid using this.
    peerList: list?.entries ?? null,
    connectionGlobs: checked.connections ?? ['*'],
    settings: settingsOf([checked]),
    overrides: new Map(),
    origin: entryAt(root, path)?.keyAt ?? root.at,
  };
  checkSettings([checked], path, service, context);
  return { ...service, overrides: readOverrides(service, checked, context) };
}

function readOverrides(
  service: ServiceConfig,
  checked: CheckedService,
  context: ServiceContext,
): ServiceConfig['overrides'] {
  const overrides = new Map<string, ServiceConfig['settings']>();
  const listed = service.peerList === null ? null : new Set(service.peerList.map(({ text }) => text));
  for (const [written, given] of Object.entries(checked.peers ?? {})) {
    const path = ['services', service.name, 'peers', written];
    const keyAt = entryAt(context.root, path)?.keyAt ?? context.root.at;
    if (looksLikeAddress(written)) {
      const parsed = parseAddress(written, 'ipv4');
      if (!parsed.ok) {
        context.issues.add(keyAt, path, parsed.code, parsed.message, parsed.remedy);
        continue;
      }
    }
    const key = overrideKey(written, service);
    if (overrides.has(key)) {
      context.issues.add(
        keyAt,
        path,
        'duplicate',
        `peer '${written}' is given twice: both are ${key}`,
        'Keep one of the two.',
      );
      continue;
    }
    const wrong = listed?.has(key) === true ? null : strangerTo(service, written, key, context.issues.full);
    if (wrong !== null) context.issues.add(keyAt, path, 'unknown-peer', wrong.message, wrong.remedy);
    checkSettings([checked, given], path, service, context);
    overrides.set(key, settingsOf([checked, given]));
  }
  return overrides;
}

/** True for what nobody would call a connection: a mistyped address must not pass for a name. */
function looksLikeAddress(written: string): boolean {
  return /^\d+(?:\.\d+)+(?:[/-][\d.]+)?$/.test(written) || /:.*:/.test(written) || written.startsWith('%');
}

/** An address in its canonical form, anything else as it is written: the name of a connection. */
function overrideKey(written: string, service: ServiceConfig): string {
  const parsed = parseAddress(written, service.peerList?.[0]?.family ?? 'ipv4');
  return parsed.ok ? parsed.value.text : written;
}

/**
 * Why an override concerns no peer of the service, given that no entry of its list is written so; null if it
 * does, or if only charon can tell. `brief` leaves out what takes a walk through the list.
 */
function strangerTo(
  service: ServiceConfig,
  written: string,
  key: string,
  brief: boolean,
): { readonly message: string; readonly remedy: string } | null {
  if (!parseAddress(written, 'ipv4').ok) {
    if (matchesGlobs(service.connectionGlobs, written)) return null;
    const globs = service.connectionGlobs.join(', ');
    const remedy = 'Add its name to connections, or name the peer by its address.';
    return { message: `connection '${written}' doesn't fit connections: ${globs}`, remedy };
  }
  if (service.peerList === null) return null;
  const message = `${written} is not in peer list '${service.peerListName ?? ''}'`;
  const around = brief ? undefined : service.peerList.find((entry) => entryContains(entry, key));
  if (around !== undefined) {
    const remedy = `${around.text} is, but as a whole it is passive. Add ${key} to the list as well, or name ${around.text} here.`;
    return { message, remedy };
  }
  const known = brief ? [] : service.peerList.map(({ text }) => text);
  return { message, remedy: `${didYouMean(key, known)}Add it to the list, or remove it here.` };
}

/** Contradictions in the uppermost of the layers, seen with those below it. */
function checkSettings(
  layers: readonly CheckedSettings[],
  path: readonly string[],
  service: ServiceConfig,
  context: ServiceContext,
): void {
  const { root, issues } = context;
  const given = layers.at(-1) ?? {};
  const settings = settingsOf(layers);
  if (service.deploymentMode === 'remote-access' && given.policy === 'initiator-only') {
    const below = [...path, 'policy'];
    const message =
      'initiator-only is not possible with deployment-mode remote-access: there the peers always call';
    issues.add(
      placeOf(root, below),
      below,
      'contradiction',
      message,
      'Remove policy, or set deployment-mode: site-to-site.',
    );
  }
  if (settings.backOffFactor > 1 && settings.backOffMaxMs < settings.responderModeMs) {
    const below =
      given['back-off'] === undefined ? [...path, 'responder-mode-duration'] : [...path, 'back-off', 'max'];
    const message = `back-off ends at ${settings.backOffMaxMs / 1000} s, below responder-mode-duration (${settings.responderModeMs / 1000} s)`;
    issues.add(
      placeOf(root, below),
      below,
      'contradiction',
      message,
      'Raise back-off.max, or lower responder-mode-duration.',
    );
  }
}
