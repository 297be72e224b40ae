/**
 * charon's IKE_SAs in full, for `show`: over a VICI connection of its own, so that the daemon's requests don't
 * stand behind an operator's curiosity.
 */
import { type ConnectionConfig, type IkeSa, listConns, listSas, Session } from '../vici/index.ts';
import type { ListedInFull } from './show.ts';

/** Longest wait for an answer, or between two items of a list. */
const TIMEOUT_MS = 5_000;

/** Most IKE_SAs that are told: more fit no frame of the control socket. */
const IKE_SAS_MAX = 10_000;

/** Asks charon at `address`. @throws VICI_CLOSED, VICI_TIMEOUT, VICI_PROTOCOL */
export async function listInFull(address: string): Promise<ListedInFull> {
  const session = await Session.connect(address, { timeoutMs: TIMEOUT_MS });
  try {
    const authentications = new Map<string, string>();
    for await (const connection of listConns(session)) {
      const how = authenticationOf(connection);
      if (how !== null) authentications.set(connection.name, how);
    }
    const ikeSas: IkeSa[] = [];
    for await (const sa of listSas(session)) {
      if (ikeSas.push(sa) === IKE_SAS_MAX) break;
    }
    return { ikeSas, authentications };
  } finally {
    session.close();
  }
}

function authenticationOf({ local }: ConnectionConfig): string | null {
  return local[0]?.class ?? null;
}
