/**
 * Where the checkout and its parts are, also when the lab runs from a bundle elsewhere in the checkout.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RELAY_SCRIPT = join('test', 'netns', 'lab', 'relay.py');

let found: string | undefined;

/** The folder of the checkout: the nearest one upwards of this file, or of the working directory, with the lab in it. */
export function checkoutDir(): string {
  found ??= upwards(dirname(fileURLToPath(import.meta.url))) ?? upwards(process.cwd());
  if (found === undefined) throw new Error(`no folder upwards of ${process.cwd()} holds ${RELAY_SCRIPT}`);
  return found;
}

export function relayScript(): string {
  return join(checkoutDir(), RELAY_SCRIPT);
}

export function datagramScript(): string {
  return join(checkoutDir(), 'test/netns/lab/datagrams.py');
}

/** The bundle that ships; `AFTERYOU_EXECUTABLE` names another one. */
export function afteryouExecutable(): string {
  return process.env['AFTERYOU_EXECUTABLE'] ?? join(checkoutDir(), 'dist', 'afteryou.js');
}

/** The command that afteryou is to be run by: `AFTERYOU_UNDER`, words with spaces between; mostly none. */
export function afteryouUnder(): string[] {
  return (process.env['AFTERYOU_UNDER'] ?? '').split(' ').filter((word) => word !== '');
}

function upwards(start: string): string | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    if (existsSync(join(dir, RELAY_SCRIPT))) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}
