/**
 * Settings that a reload can't take in: what they name is opened once, at the start.
 */

import type { Config } from '../config/model.ts';

const READERS: readonly (readonly [name: string, read: (config: Config) => unknown])[] = [
  ['charon.socket', ({ charon }) => charon.socket],
  ['control.socket', ({ control }) => control.socket],
  ['state.file', ({ state }) => state.file],
  ['log.level', ({ log }) => log.level],
  ['log.format', ({ log }) => log.format],
  ['metrics.listen', ({ metrics }) => JSON.stringify(metrics.listen)],
  ['initial', ({ initial }) => initial],
];

/** @returns a sentence for each setting that differs and waits for the next start */
export function restartOnlyChanges(before: Config, after: Config): string[] {
  return READERS.filter(([, read]) => read(before) !== read(after)).map(
    ([name]) => `${name} has changed and counts from the next start of afteryou on`,
  );
}
