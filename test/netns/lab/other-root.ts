/**
 * Running a program of another root tree (say, of a newer Debian) in a lab.
 *
 * The tree sees the lab's directory, /dev and /proc where they are outside. The mounts live in a mount namespace of the
 * process alone and go with it; `exec` keeps the pid.
 */
const ENTER = [
  'set -e',
  'root=$1 lab=$2; shift 2',
  'mkdir -p "$root$lab"',
  'mount --bind "$lab" "$root$lab"',
  'mount --rbind /dev "$root/dev"',
  'mount --rbind /proc "$root/proc"',
  'exec chroot "$root" "$@"',
].join('\n');

/** `argv` as it is without a root, otherwise so that it runs in `root` with `labDir` at the same path as outside. */
export function inRoot(root: string | undefined, labDir: string, argv: readonly string[]): string[] {
  if (root === undefined) return [...argv];
  return [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    ENTER,
    'enter',
    root,
    labDir,
    ...argv,
  ];
}
