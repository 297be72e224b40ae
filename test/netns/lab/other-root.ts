/**
 * Running a program of another root tree (say, of a newer Debian) in a lab.
 *
 * The tree sees the directory of the labs, /dev and /proc where they are outside, and has a /run of its own. The mounts
 * live in a mount namespace of the process alone and go with it, so nothing stays in the tree; `exec` keeps the pid.
 */
import { dirname, join } from 'node:path';

import { checkoutDir } from './checkout.ts';
import { run } from './command.ts';
import type { HostName } from './hosts.ts';

const ENTER = [
  'set -e',
  'root=$1 labs=$2; shift 2',
  'mkdir -p "$root$labs"',
  'mount --bind "$labs" "$root$labs"',
  'mount --rbind /dev "$root/dev"',
  'mount --rbind /proc "$root/proc"',
  'mount -t tmpfs tmpfs "$root/run"',
  'exec chroot "$root" "$@"',
].join('\n');

/** The script downloads some hundred megabytes the first time. */
const MAKE_WITHIN_MS = 600_000;

/** `argv` as it is without a root, otherwise so that it runs in `root` with `labDir` at the same path as outside. */
export function inRoot(root: string | null, labDir: string, argv: readonly string[]): string[] {
  if (root === null) return [...argv];
  const enter = ['sh', '-c', ENTER, 'enter', root, dirname(labDir)];
  return ['unshare', '--mount', '--propagation', 'private', ...enter, ...argv];
}

/** The tree that the environment names for a host's charon: `AFTERYOU_LAB_ROOT_MOON`, `AFTERYOU_LAB_ROOT_SUN`. */
export function rootFromEnvironment(host: HostName): string | null {
  const path = process.env[`AFTERYOU_LAB_ROOT_${host.toUpperCase()}`] ?? '';
  return path === '' ? null : path;
}

/** A Debian 13 tree, with strongSwan 6.0; made if it isn't there yet. */
export async function trixieRoot(): Promise<string> {
  const script = join(checkoutDir(), 'scripts', 'make-trixie-root');
  return (await run([script], { timeoutMs: MAKE_WITHIN_MS })).trim();
}
