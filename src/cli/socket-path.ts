/**
 * Where the daemon's control socket is, as far as the configuration says so.
 *
 * A configuration that is wrong elsewhere, or being edited, must not keep an operator from asking the running
 * daemon. So only `control.socket` is looked for, in the section's own lines, and nothing is checked.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AfteryouError } from '../errors.ts';
import type { Globals } from './world.ts';

/** Where the socket is when nothing else is said. */
export const DEFAULT_CONTROL_SOCKET = '/run/afteryou/control.sock';

/** Files of conf.d that are looked at. */
const FILES_MAX = 1_000;

/**
 * The path of the control socket.
 *
 * @throws CONFIG_UNREADABLE when a file was named and can't be read: its daemon may be another than the usual one
 */
export async function controlSocketPath({ configFile, configGiven }: Globals): Promise<string> {
  const directory = join(dirname(configFile), 'conf.d');
  const main = textOf(configFile);
  if (main instanceof Error && configGiven) {
    throw new AfteryouError('CONFIG_UNREADABLE', `can't read ${configFile}: ${main.message}`, {
      nextStep: 'Name the configuration that the daemon was started with.',
      cause: main,
    });
  }
  for (const text of [main, ...dropIns(directory).map(textOf)]) {
    const path = text instanceof Error ? null : await controlSocketIn(text);
    if (path !== null) return path;
  }
  return DEFAULT_CONTROL_SOCKET;
}

/** The value of `control.socket` in a YAML (or JSON) text, also if the text is wrong elsewhere; null if there is none. */
export async function controlSocketIn(text: string): Promise<string | null> {
  const section = /^\s*\{/.test(text) ? text : controlSection(text);
  if (section === null) return null;
  // Loaded only here: most configurations don't name the socket.
  const { parseDocument } = await import('yaml');
  const path = parseDocument(section, { schema: 'failsafe', logLevel: 'silent' }).getIn([
    'control',
    'socket',
  ]);
  return typeof path === 'string' && path.startsWith('/') ? path : null;
}

/** The lines from `control:` at the left edge up to the next key there. */
function controlSection(text: string): string | null {
  const match = /^(?:control|"control"|'control')[ \t]*:.*(?:\r?\n(?:[ \t#].*)?)*/m.exec(text);
  return match === null ? null : match[0];
}

function textOf(file: string): string | Error {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function dropIns(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.yaml') && !name.startsWith('.'));
    return names
      .sort()
      .slice(0, FILES_MAX)
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}
