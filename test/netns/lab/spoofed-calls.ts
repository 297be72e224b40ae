/**
 * A stranger on the path who calls under other people's addresses and never gets further than the first packet.
 */
import { join } from 'node:path';

import { checkoutDir } from './checkout.ts';
import type { Host } from './hosts.ts';
import { ManagedProcess } from './managed-process.ts';

const SCRIPT = join('test', 'netns', 'lab', 'spoofed_calls.py');

export interface SpoofedCalls {
  /** IPv4 addresses that they seem to come from, in turn. */
  readonly sources: readonly string[];
  readonly perSecond: number;
}

/** Sends such calls from `host` to `to` until the process is stopped. */
export async function spoofCalls(
  host: Host,
  to: Host,
  { sources, perSecond }: SpoofedCalls,
): Promise<ManagedProcess> {
  const script = join(checkoutDir(), SCRIPT);
  return await ManagedProcess.start(
    host.inside(['/usr/bin/python3', script, to.ipv4.outer, String(perSecond), ...sources]),
  );
}
