/**
 * From the texts of the files to a configuration, or to all that is wrong with it.
 *
 * Pure: no file is opened here. The steps are read, merge, check key by key, check together; each goes on as
 * far as it can after a problem, so that one run of `afteryou check` tells everything.
 */

import { checkSchema } from './check.ts';
import { checkClaims } from './claims.ts';
import { ConfigError, IssueCollector } from './issues.ts';
import { DEFAULTS } from './keys.ts';
import { mergeFiles } from './merge.ts';
import type { Config, LoadedConfig, PeerList } from './model.ts';
import { readPeerList } from './peer-lists.ts';
import type { CheckedConfig } from './schema.ts';
import { readService } from './services.ts';
import { readSource, type SourceText } from './source.ts';
import { keysInOrder, originsOf } from './tree.ts';
import { collectWarnings } from './warnings.ts';

type General = Omit<Config, 'peerLists' | 'services' | 'warnings'>;

/** Everything outside lists and services, defaults filled in. */
function generalOf(checked: CheckedConfig, laboratory: boolean): General {
  const { charon, control, state, limits, log, metrics } = checked;
  return {
    version: 1,
    charon: {
      socket: charon?.socket ?? DEFAULTS.charonSocket,
      reconcileIntervalMs: charon?.['reconcile-interval'] ?? DEFAULTS.reconcileSeconds * 1000,
    },
    control: { socket: control?.socket ?? DEFAULTS.controlSocket },
    state: { file: state?.file ?? DEFAULTS.stateFile },
    limits: {
      maxInitiationsPerSecond: limits?.['max-initiations-per-second'] ?? DEFAULTS.maxInitiationsPerSecond,
      maxHalfOpen: limits?.['max-half-open'] ?? DEFAULTS.maxHalfOpen,
      peersPerList: limits?.['peers-per-list'] ?? DEFAULTS.peersPerList,
    },
    mode: checked.mode ?? 'active',
    initial: checked.initial ?? 'running',
    strictCisco: checked['strict-cisco'] ?? false,
    laboratory,
    log: { level: log?.level ?? DEFAULTS.logLevel, format: log?.format ?? null },
    metrics: { listen: metrics?.listen ?? null, ipsecExporter: metrics?.['ipsec-exporter'] ?? false },
  };
}

/**
 * Reads a configuration from texts, the main file first.
 *
 * @throws ConfigError `CONFIG_INVALID` with every problem found, at most `ISSUES_MAX` of them kept
 */
export function parseConfig(texts: readonly SourceText[]): LoadedConfig {
  const files = texts.map(({ file }) => file);
  const issues = new IssueCollector();
  const stopIfWrong = (): void => {
    if (issues.count > 0) throw new ConfigError(issues.sorted(files), issues.omitted);
  };
  const sources = texts.map((source) => ({ file: source.file, root: readSource(source, issues) }));
  // A file that couldn't be read would make services look as if they were missing.
  stopIfWrong();
  const root = mergeFiles(sources, issues);
  const { values, laboratory, brokenLists } = checkSchema(root, issues);
  const general = generalOf(values, laboratory);
  const peerLists = new Map<string, PeerList>();
  for (const name of keysInOrder(root, ['peer-lists'])) {
    const list = values['peer-lists']?.[name];
    if (list !== undefined)
      peerLists.set(name, readPeerList(name, list, root, general.limits.peersPerList, issues));
  }
  const context = { root, peerLists, brokenLists, issues };
  const services = keysInOrder(root, ['services']).flatMap((name) => {
    const service = values.services?.[name];
    return service === undefined ? [] : [readService(name, service, context)];
  });
  checkClaims(services, issues);
  stopIfWrong();
  const checkedModel = { ...general, peerLists, services };
  const warnings = collectWarnings(checkedModel, values, root).sorted(files);
  return { config: { ...checkedModel, warnings }, files, origins: originsOf(root) };
}
