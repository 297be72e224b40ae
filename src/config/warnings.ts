/** What a valid configuration still deserves a word about. Knows the finished model and where keys were written. */
import { IssueCollector } from './issues.ts';
import type { Config, ServiceConfig } from './model.ts';
import type { CheckedConfig, CheckedService } from './schema.ts';
import type { MapNode } from './source.ts';
import { entryAt, placeOf } from './tree.ts';

/** Warnings about a configuration that has no errors. `checked` is what was written, without defaults. */
export function collectWarnings(
  config: Pick<Config, 'services' | 'peerLists' | 'laboratory'>,
  checked: CheckedConfig,
  root: MapNode,
): IssueCollector {
  const warnings = new IssueCollector();
  if (config.laboratory) {
    const message = 'laboratory: durations may be below their ranges; NOT FOR PRODUCTION';
    warnings.add(
      placeOf(root, ['laboratory']),
      ['laboratory'],
      'laboratory',
      message,
      'Remove `laboratory: true` outside of tests.',
    );
  }
  if (config.services.length === 0) {
    const message = 'there is no service: no tunnel is looked after';
    warnings.add(
      placeOf(root, ['services']),
      ['services'],
      'unused',
      message,
      'Add `services: { all: { connections: "*" } }` for every loaded connection.',
    );
  }
  for (const list of config.peerLists.values()) {
    if (config.services.some(({ peerListName }) => peerListName === list.name)) continue;
    const message = `no service uses peer list '${list.name}'`;
    warnings.add(
      list.origin,
      ['peer-lists', list.name],
      'unused',
      message,
      'Name it in the peer-list of a service, or remove it.',
    );
  }
  for (const service of config.services) {
    const given = checked.services?.[service.name];
    if (given !== undefined) warnService(service, given, root, warnings);
  }
  return warnings;
}

function warnService(
  service: ServiceConfig,
  given: CheckedService,
  root: MapNode,
  warnings: IssueCollector,
): void {
  const path = ['services', service.name];
  const policies = [service.settings, ...service.overrides.values()].map(({ policy }) => policy);
  const layers = [
    { path, given, policies },
    ...Object.entries(given.peers ?? {}).map(([peer, override]) => ({
      path: [...path, 'peers', peer],
      given: override,
      policies: [override.policy ?? service.settings.policy],
    })),
  ];
  for (const layer of layers) {
    for (const key of ['no-rekey', 'enforce'] as const) {
      if (layer.given[key] !== true || layer.policies.includes('responder-only')) continue;
      const below = [...layer.path, key];
      const at = entryAt(root, below)?.keyAt ?? root.at;
      warnings.add(
        at,
        below,
        'unused',
        `${key} has no effect: it needs policy: responder-only`,
        `Set policy: responder-only, or remove ${key}.`,
      );
    }
    if (layer.given.collision === 'immediate') {
      const below = [...layer.path, 'collision'];
      const message = 'collision: immediate can leave an IKE_SA at the peer that is gone here';
      warnings.add(
        placeOf(root, below),
        below,
        'risky',
        message,
        'Use settle unless the originals must be imitated literally.',
      );
    }
  }
}
