/** charon's IKE_SAs in full, for `show`. */
import { type ConnectionConfig, listConns } from '../vici/index.ts';
import { ikeSasInFull, overOwnSession } from './in-full.ts';
import type { ListedInFull } from './show.ts';

/** Asks charon at `address`. @throws VICI_CLOSED, VICI_TIMEOUT, VICI_PROTOCOL */
export function listInFull(address: string): Promise<ListedInFull> {
  return overOwnSession(address, async (session) => {
    const authentications = new Map<string, string>();
    for await (const connection of listConns(session)) {
      const how = authenticationOf(connection);
      if (how !== null) authentications.set(connection.name, how);
    }
    return { ikeSas: await ikeSasInFull(session), authentications };
  });
}

function authenticationOf({ local }: ConnectionConfig): string | null {
  return local[0]?.class ?? null;
}
