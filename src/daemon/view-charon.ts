/** charon's SAs, pools and load in full, for the families of ipsec_exporter. */

import type { CharonView } from '../metrics/ipsec-families.ts';
import { getPools, stats } from '../vici/index.ts';
import { ikeSasInFull, overOwnSession } from './in-full.ts';

/** A reader of the charon at `address`; whoever asks while it reads gets the same answer. null: it can't be read. */
export function charonViewer(address: string): () => Promise<CharonView | null> {
  let reading: Promise<CharonView | null> | null = null;
  return () => {
    reading ??= read(address)
      .catch(() => null)
      .finally(() => {
        reading = null;
      });
    return reading;
  };
}

function read(address: string): Promise<CharonView> {
  return overOwnSession(address, async (session) => {
    const load = await stats(session);
    const pools = await getPools(session);
    const ikeSas = await ikeSasInFull(session);
    return { stats: load, pools, ikeSas, uptimeSeconds: uptimeOf(load.uptimeSince) };
  });
}

/** @param since as charon writes it, in the time of the host: `Nov 22 07:50:00 2026` */
function uptimeOf(since: string): number | null {
  const atMs = Date.parse(since);
  return Number.isNaN(atMs) ? null : Math.max(0, Math.round((Date.now() - atMs) / 1000));
}
