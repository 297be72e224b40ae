/**
 * What a failed lab leaves behind, so that the failure can be understood without repeating it.
 */
import { cpSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { checkoutDir } from './checkout.ts';

/** Copies the files of a lab (not its sockets) to `.netns-logs/<name>` in the checkout and returns that path. */
export function keepEvidence(labDir: string, name: string): string {
  const target = join(checkoutDir(), '.netns-logs', name.replaceAll(/[^\w.-]+/g, '-').slice(0, 120));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(labDir, target, {
    recursive: true,
    filter: (path) => lstatSync(path).isDirectory() || lstatSync(path).isFile(),
  });
  return target;
}
