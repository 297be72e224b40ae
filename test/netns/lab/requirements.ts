/**
 * Whether labs can be made here at all, and what to do if not. Nothing is skipped: a machine that can't is an error.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { run } from './command.ts';

const PROGRAMS = ['charon-systemd', 'swanctl', 'ip', 'nft', 'ping', 'tcpdump'];
const FILES = [
  '/dev/net/tun',
  '/usr/bin/python3',
  '/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so',
  '/usr/lib/ipsec/plugins/libstrongswan-curve25519.so',
];

/** @throws Error with what is missing and how to get it */
export async function requireLab(): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('the lab needs root: it makes network namespaces and TUN interfaces');
  const missing = [
    ...PROGRAMS.filter((name) => !isOnPath(name)),
    ...FILES.filter((path) => !existsSync(path)),
  ];
  if (missing.length > 0) {
    throw new Error(`the lab needs ${missing.join(', ')}: run scripts/install-packages`);
  }
  try {
    await run(['ip', 'netns', 'list']);
  } catch (error) {
    throw new Error('network namespaces do not work here', { cause: error });
  }
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => existsSync(join(dir, name)));
}
