/**
 * Second line of cleaning: labs whose maker was killed before it could take them down. Touches only what carries the
 * pid of a process that no longer exists, and no lab that was left standing on purpose.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run, tryRun } from './command.ts';
import { isStale, labOf } from './names.ts';

/** A lab whose directory holds this file is left standing. */
export const KEEP_FILE = 'keep';

/** Removes stale namespaces, the processes inside them, and stale directories. Returns what was removed. */
export async function cleanStaleLabs(): Promise<string[]> {
  const removed: string[] = [];
  const directories = readdirSync(tmpdir()).filter(isStale);
  const standing = directories.filter((dir) => existsSync(join(tmpdir(), dir, KEEP_FILE)));
  for (const netns of await staleNamespaces()) {
    if (standing.some((dir) => labOf(dir) === labOf(netns))) continue;
    for (const pid of (await tryRun(['ip', 'netns', 'pids', netns])).stdout.split('\n')) kill(Number(pid));
    // Another lab's cleaner may have been faster.
    if ((await tryRun(['ip', 'netns', 'del', netns])).code === 0) removed.push(netns);
  }
  for (const dir of directories.filter((dir) => !standing.includes(dir))) {
    rmSync(join(tmpdir(), dir), { recursive: true, force: true });
    removed.push(join(tmpdir(), dir));
  }
  return removed;
}

async function staleNamespaces(): Promise<string[]> {
  const lines = (await run(['ip', 'netns', 'list'])).split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '').filter(isStale);
}

function kill(pid: number): void {
  if (pid <= 1) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
