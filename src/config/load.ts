/**
 * The files of a configuration on disk: the main file, and `conf.d/*.yaml` beside it in the order of their names.
 *
 * Knows the file system and its limits, nothing of what the files say. Reading is synchronous: it happens at
 * start and at a reload, and must be one moment.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AfteryouError } from '../errors.ts';
import { ConfigError, IssueCollector } from './issues.ts';
import type { LoadedConfig } from './model.ts';
import { parseConfig } from './parse.ts';
import type { SourceText } from './source.ts';

/** Where the daemon looks when no file is named. */
export const DEFAULT_CONFIG_FILE = '/etc/afteryou/afteryou.yaml';

/** One file: twice what 100,000 addresses need. */
export const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** All files together. */
export const TOTAL_BYTES_MAX = 16 * 1024 * 1024;
/** Files in conf.d. */
const FILES_MAX = 1_000;

function unreadable(message: string, nextStep: string, cause?: unknown): AfteryouError {
  return new AfteryouError(
    'CONFIG_UNREADABLE',
    message,
    cause === undefined ? { nextStep } : { nextStep, cause },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

const NEXT_STEPS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'Create the file, or name another one with -c FILE.'],
  [
    'EACCES',
    'Let the user of the daemon read it: chown root:afteryou and chmod 0640, and 0750 for the directories above.',
  ],
  ['EPERM', 'Let the user of the daemon read it.'],
  ['EISDIR', 'Name the file, not the directory that it is in.'],
  ['ENOTDIR', 'Check the path: one of its parts is not a directory.'],
  ['ELOOP', 'Check the symbolic links of the path.'],
]);

function failed(path: string, error: unknown): AfteryouError {
  const code = codeOf(error);
  return unreadable(
    `can't read ${path}: ${code}`,
    NEXT_STEPS.get(code) ?? 'Check the path and its permissions.',
    error,
  );
}

/** The bytes of a regular file; `max` is the limit that its size is held against before it is read. */
function readBytes(path: string, max: number): Buffer {
  let handle: number;
  try {
    // Without O_NONBLOCK the opening of a named pipe would wait for ever.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw failed(path, error);
  }
  try {
    const status = fstatSync(handle);
    if (!status.isFile() && !status.isDirectory())
      throw unreadable(`${path} is not a regular file`, 'Name a file.');
    if (status.size > max) {
      throw unusable(
        path,
        `the file is larger than ${max / 1024 / 1024} MiB`,
        'Split it into several files in conf.d.',
      );
    }
    return readFileSync(handle);
  } catch (error) {
    throw error instanceof AfteryouError ? error : failed(path, error);
  } finally {
    closeSync(handle);
  }
}

function confD(path: string): string {
  return join(dirname(path), 'conf.d');
}

/** The names of the files in conf.d, in byte order; none when the directory isn't there. */
function dropIns(directory: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw failed(directory, error);
  }
  const files = names.filter((name) => name.endsWith('.yaml') && !name.startsWith('.'));
  if (files.length > FILES_MAX) {
    throw unreadable(
      `${directory} has ${files.length} files, at most ${FILES_MAX} are read`,
      'Join some of them.',
    );
  }
  return files
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => join(directory, name));
}

function unusable(file: string, message: string, remedy: string): ConfigError {
  const issues = new IssueCollector();
  issues.add({ file, line: 1, column: 1 }, [], 'unusable-file', message, remedy);
  return new ConfigError(issues.sorted([file]));
}

/**
 * Reads the texts of a configuration, the main file first.
 *
 * @throws AfteryouError `CONFIG_UNREADABLE` with the next step
 * @throws ConfigError `CONFIG_INVALID` for a file that is too large or isn't UTF-8
 */
export function readTexts(path: string): readonly SourceText[] {
  const texts: SourceText[] = [];
  let total = 0;
  const take = (file: string): void => {
    const bytes = readBytes(file, FILE_BYTES_MAX);
    total += bytes.length;
    if (total > TOTAL_BYTES_MAX) {
      const message = `the files up to this one are larger than ${TOTAL_BYTES_MAX / 1024 / 1024} MiB together`;
      throw unusable(file, message, 'Split the peers over several gateways.');
    }
    try {
      texts.push({ file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) });
    } catch {
      throw unusable(file, 'the file is not UTF-8 text', 'Save it as UTF-8.');
    }
  };
  // The main file first, also when neither can be read: it is the one that was asked for.
  take(path);
  for (const file of dropIns(confD(path))) take(file);
  return texts;
}

/** True only if nothing at all is there, neither the file nor anything in the conf.d beside it. */
export function isAbsent(path: string): boolean {
  try {
    // lstat: a symbolic link that leads nowhere is a mistake, not an absence.
    return lstatSync(path, { throwIfNoEntry: false }) === undefined && dropIns(confD(path)).length === 0;
  } catch (error) {
    throw error instanceof AfteryouError ? error : failed(path, error);
  }
}

/**
 * Loads a configuration file and the conf.d beside it.
 *
 * @throws AfteryouError `CONFIG_UNREADABLE` with the next step
 * @throws ConfigError `CONFIG_INVALID` with every problem found
 */
export function loadConfig(path: string): LoadedConfig {
  return parseConfig(readTexts(path));
}
