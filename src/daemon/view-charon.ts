/**
 * charon's SAs, pools and load in full, for the families of ipsec_exporter: over a VICI connection of its own, so that the
 * daemon's requests don't stand behind it.
 */

import type { CharonView } from '../metrics/ipsec-families.ts';
import { getPools, type IkeSa, listSas, Session, stats } from '../vici/index.ts';

const TIMEOUT_MS = 5_000;

/** Most IKE_SAs that series are made of. */
const IKE_SAS_MAX = 10_000;

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

async function read(address: string): Promise<CharonView> {
  const session = await Session.connect(address, { timeoutMs: TIMEOUT_MS });
  try {
    const load = await stats(session);
    const pools = await getPools(session);
    const ikeSas: IkeSa[] = [];
    for await (const sa of listSas(session)) {
      if (ikeSas.push(sa) === IKE_SAS_MAX) break;
    }
    return { stats: load, pools, ikeSas, uptimeSeconds: uptimeOf(load.uptimeSince) };
  } finally {
    session.close();
  }
}

/** @param since as charon writes it, in the time of the host: `Nov 22 07:50:00 2026` */
function uptimeOf(since: string): number | null {
  const atMs = Date.parse(since);
  return Number.isNaN(atMs) ? null : Math.max(0, Math.round((Date.now() - atMs) / 1000));
}
