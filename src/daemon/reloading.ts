/**
 * A reload that may be refused, and services that are restarted with it.
 *
 * Knows configurations and listings, not the daemon; nothing is changed here.
 */
import { ConfigError } from '../config/issues.ts';
import type { Config, LoadedConfig } from '../config/model.ts';
import { strictRefusals } from '../config/strict-cisco.ts';
import { didYouMean } from '../config/suggest.ts';
import { AfteryouError } from '../errors.ts';
import type { PacerLimits } from '../policy/pacer.ts';
import type { ListedIkeSa } from './charon.ts';
import type { Log } from './log.ts';
import { restartOnlyChanges } from './restart-only.ts';

/**
 * Compares what runs with what is to run.
 *
 * @throws CONTROL_REFUSED for a service that isn't there; CONFIG_INVALID for what `strict-cisco` forbids
 */
export function checkReload(
  running: LoadedConfig,
  next: LoadedConfig,
  restartedServices: readonly string[],
  listed: readonly ListedIkeSa[],
): void {
  const names = next.config.services.map(({ name }) => name);
  const unknown = restartedServices.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new AfteryouError('CONTROL_REFUSED', `there is no service '${unknown}' to restart`, {
      nextStep: `${didYouMean(unknown, names)}Nothing was reloaded.`,
    });
  }
  const upAddresses = listed
    .filter(({ facts }) => facts.state === 'ESTABLISHED')
    .map(({ remoteHost }) => remoteHost);
  const restarted = new Set(restartedServices);
  const issues = strictRefusals({ running, next, restarted, upAddresses });
  if (issues.length > 0) throw new ConfigError(issues);
}

/** What an operator should know of a configuration just taken over; what waits for a start is logged, too. */
export function reloadWarnings(started: Config, config: Config, log: Log): readonly string[] {
  const waiting = restartOnlyChanges(started, config);
  for (const sentence of waiting) log.warning(sentence);
  return [...config.warnings.map(({ message }) => message), ...waiting];
}

/** The limits of R15 that a configuration sets. */
export function pacing({ limits }: Config): PacerLimits {
  return { initiationsPerSecondMax: limits.maxInitiationsPerSecond, halfOpenMax: limits.maxHalfOpen };
}
