/** Programs that packaging is tested with, run from the root of the checkout. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../..', import.meta.url));

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const settings = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024, ...options };
    execFile(program, [...args], settings, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, out, err });
      else reject(error ?? new Error(`${program} could not be run`));
    });
  });
}

/** A directory for a file of tests, and what removes it. */
export function workplace(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'packaging-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
