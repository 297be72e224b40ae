/**
 * A settings file on disk with all that it includes.
 *
 * Knows files, wildcards and bounds; the syntax is the parser's. A file that can't be read is told of, not
 * thrown: the doctor says what it could see.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Place } from '../config/issues.ts';
import { messageOf } from '../errors.ts';
import {
  newSection,
  parseSettings,
  type SettingsContext,
  type SettingsProblem,
  type SettingsSection,
} from './settings-parser.ts';

export interface ReadSettings {
  readonly root: SettingsSection;
  /** The files that were read, in order. */
  readonly files: readonly string[];
  readonly problems: readonly SettingsProblem[];
  /** Files that are there but couldn't be read, with the system's reason. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
}

/** As charon's own limit. */
const INCLUDE_DEPTH_MAX = 10;
const FILES_MAX = 2_000;
const FILE_BYTES_MAX = 8 * 1024 * 1024;
const TOTAL_BYTES_MAX = 32 * 1024 * 1024;

/** Reads `file` and its includes. Never throws: what is missing is in `unreadable`. */
export function readSettings(file: string): ReadSettings {
  const root = newSection('', null);
  const files: string[] = [];
  const problems: SettingsProblem[] = [];
  const unreadable: { file: string; reason: string }[] = [];
  let total = 0;
  const take = (path: string, section: SettingsSection, depth: number): void => {
    let text: string;
    try {
      const { size } = statSync(path);
      total += size;
      if (size > FILE_BYTES_MAX || total > TOTAL_BYTES_MAX) throw new Error('the files are too large');
      if (files.length >= FILES_MAX) throw new Error(`more than ${FILES_MAX} files`);
      text = readFileSync(path, 'utf8');
    } catch (error) {
      unreadable.push({ file: path, reason: messageOf(error) });
      return;
    }
    files.push(path);
    const include = (pattern: string, at: Place, into: SettingsSection): void => {
      if (depth >= INCLUDE_DEPTH_MAX) {
        problems.push({ place: at, message: `more than ${INCLUDE_DEPTH_MAX} files include each other` });
        return;
      }
      const absolute = isAbsolute(pattern) ? pattern : join(dirname(path), pattern);
      for (const found of expand(absolute)) take(found, into, depth + 1);
    };
    const context: SettingsContext = { include, problem: (problem) => problems.push(problem) };
    parseSettings(path, text, section, context);
  };
  take(file, root, 0);
  return { root, files, problems, unreadable };
}

/** The files that a pattern with `*`, `?` and `[...]` means, in byte order; a path without them is itself. */
export function expand(pattern: string): string[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  let found = ['/'];
  for (const part of pattern.split('/').filter((piece) => piece !== '')) {
    found = found.flatMap((directory) => matching(directory, part)).slice(0, FILES_MAX);
  }
  return found;
}

function matching(directory: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return [join(directory, part)];
  const pattern = globPattern(part);
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names
    .filter((name) => pattern.test(name) && (part.startsWith('.') || !name.startsWith('.')))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => join(directory, name));
}

function globPattern(part: string): RegExp {
  const source = part.replaceAll(/\*+|\?|\[[^\]]+\]|[^*?[]|\[/g, (piece) => {
    if (piece.startsWith('*')) return '[^/]*';
    if (piece === '?') return '[^/]';
    if (/^\[[^\]]+\]$/.test(piece)) return piece.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return piece.replaceAll(/[.\\+^$(){}|[\]]/g, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /^$/;
  }
}
