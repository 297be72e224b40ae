/**
 * A charon that is only looked at: what would be initiated or terminated is logged and not done.
 */

import type { Charon } from './charon.ts';
import type { Log } from './log.ts';

export function observing(charon: Charon, log: Log): Charon {
  return {
    listIkeSas: (connection) => charon.listIkeSas(connection),
    listConnections: () => charon.listConnections(),
    async initiate(connection, child) {
      log.info({ connection, child }, 'observing: would initiate');
    },
    async terminate(ikeSaId) {
      log.info({ ike_sa: ikeSaId }, 'observing: would terminate');
    },
  };
}
