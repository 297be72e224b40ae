/**
 * What holds without a configuration file: look at everything, touch nothing.
 */
import { DEFAULT_CONFIG_FILE, isAbsent, loadConfig } from './load.ts';
import type { LoadedConfig } from './model.ts';
import { parseConfig } from './parse.ts';

/** A service for every loaded connection, in observe mode: it decides and logs, initiates and terminates nothing. */
export function defaultConfig(): LoadedConfig {
  const text = 'version: 1\nmode: observe\nservices: { all: { connections: "*" } }\n';
  const { config } = parseConfig([{ file: 'built-in', text }]);
  return { config, files: [], origins: new Map() };
}

/**
 * Loads the file that was named, or else the usual one, or else the default.
 *
 * Only the absence of the usual file, with no conf.d beside it, leads to the default: a file that was named
 * must be there, and conf.d alone is a main file that was lost.
 *
 * @throws as `loadConfig`
 */
export function loadConfigOrDefault(named: string | null, usual: string = DEFAULT_CONFIG_FILE): LoadedConfig {
  if (named !== null) return loadConfig(named);
  return isAbsent(usual) ? defaultConfig() : loadConfig(usual);
}
