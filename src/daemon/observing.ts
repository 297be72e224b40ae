/**
 * A charon that is only looked at: what would be initiated or terminated is logged and not done.
 */

import type { Charon } from './charon.ts';
import type { Log } from './log.ts';

/** @param isObserving asked at each request: a reload may change the mode while charon is attached */
export function observing(charon: Charon, log: Log, isObserving: () => boolean): Charon {
  return {
    listIkeSas: (connection) => charon.listIkeSas(connection),
    listConnections: () => charon.listConnections(),
    async initiate(connection, child) {
      if (!isObserving()) return charon.initiate(connection, child);
      log.info({ connection, child }, 'observing: would initiate');
    },
    async rekeyChild(childSaId) {
      if (!isObserving()) return charon.rekeyChild(childSaId);
      log.info({ child_sa: childSaId }, 'observing: would rekey');
    },
    async terminate(ikeSaId) {
      if (!isObserving()) return charon.terminate(ikeSaId);
      log.info({ ike_sa: ikeSaId }, 'observing: would terminate');
    },
  };
}
