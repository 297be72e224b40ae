/**
 * The files that `translate` reads and writes: whole, bounded, for their owner alone, and all or none.
 *
 * Knows the file system, nothing of what the texts say.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { AfteryouError } from '../errors.ts';
import { TranslateError } from '../translate/refusals.ts';
import { SOURCE_LENGTH_MAX, type SourceText } from '../translate/source-line.ts';

function unusable(message: string, nextStep: string, cause?: unknown): AfteryouError {
  return new AfteryouError(
    'FILE_UNUSABLE',
    message,
    cause === undefined ? { nextStep } : { nextStep, cause },
  );
}

function wordOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/**
 * The texts of these files.
 *
 * @throws FILE_UNUSABLE; TRANSLATE_REFUSED for a file beyond the size that is translated
 */
export function readSources(paths: readonly string[]): readonly SourceText[] {
  return paths.map((path) => {
    let bytes: Buffer;
    try {
      const status = statSync(path);
      if (!status.isFile())
        throw unusable(`${path} is not a regular file`, 'Name a file that holds the configuration.');
      if (status.size > SOURCE_LENGTH_MAX)
        throw TranslateError.at(
          { file: path, number: 1 },
          `more than ${SOURCE_LENGTH_MAX / 1024 / 1024} MiB of text`,
          'Cut out the parts that are about IPsec.',
        );
      bytes = readFileSync(path);
    } catch (error) {
      if (error instanceof AfteryouError) throw error;
      throw unusable(`can't read ${path}: ${wordOf(error)}`, 'Check the path and its permissions.', error);
    }
    try {
      // The name alone: reports are shown to others, and a path says more than they need.
      return { file: basename(path), text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch (error) {
      throw unusable(`${path} is not UTF-8 text`, 'Convert it, say with `iconv -f latin1 -t utf8`.', error);
    }
  });
}

/**
 * Writes all files into a directory, which is made if it isn't there (mode 0700); files have mode 0600.
 *
 * Nothing is put in place before all is on disk. @returns the paths @throws FILE_UNUSABLE
 */
export function writeAll(
  directory: string,
  files: ReadonlyMap<string, string>,
  force: boolean,
): readonly string[] {
  const targets = [...files].map(([name, text]) => ({ path: join(directory, name), text }));
  const taken = force ? [] : targets.filter(({ path }) => existsSync(path));
  if (taken[0] !== undefined)
    throw unusable(
      `${taken[0].path} is there already`,
      'Name another directory, or write over it with --force.',
    );
  // Renaming is the last step and must not fail halfway.
  const directoryInPlace = targets.find(
    ({ path }) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  );
  if (directoryInPlace !== undefined)
    throw unusable(
      `${directoryInPlace.path} is a directory`,
      'Remove it, or name another directory with --out.',
    );
  const suffix = `.new-${crypto.randomUUID()}`;
  const made: string[] = [];
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const { path, text } of targets) {
      writeFileSync(path + suffix, text, { mode: 0o600, flag: 'wx' });
      made.push(path + suffix);
      // The umask may have taken more away than is good for reading it again.
      chmodSync(path + suffix, 0o600);
    }
    for (const { path } of targets) renameSync(path + suffix, path);
  } catch (error) {
    for (const path of made) rmSync(path, { force: true });
    throw unusable(
      `can't write into ${directory}: ${wordOf(error)}`,
      'Check the path and its permissions.',
      error,
    );
  }
  return targets.map(({ path }) => path);
}
