/**
 * A charon that is only looked at: what would be initiated or terminated is logged and not done.
 */

import type { Charon } from './charon.ts';
import type { Log } from './log.ts';

/** @param isObserving asked at each request: a reload may change the mode while charon is attached */
export function observing(charon: Charon, log: Log, isObserving: () => boolean): Charon {
  return {
    listIkeSas: (connection, onSent) => charon.listIkeSas(connection, onSent),
    listConnections: () => charon.listConnections(),
    async initiate(connection, child, isWanted) {
      if (!isObserving()) return charon.initiate(connection, child, isWanted);
      log.info({ connection, child }, 'observing: would initiate');
      return true;
    },
    async rekeyChild(childSaId, isWanted) {
      if (!isObserving()) return charon.rekeyChild(childSaId, isWanted);
      log.info({ child_sa: childSaId }, 'observing: would rekey');
      return true;
    },
    async terminate(ikeSaId, isWanted) {
      if (!isObserving()) return charon.terminate(ikeSaId, isWanted);
      log.info({ ike_sa: ikeSaId }, 'observing: would terminate');
      return true;
    },
    async terminateChild(childSaId, isWanted) {
      if (!isObserving()) return charon.terminateChild(childSaId, isWanted);
      log.info({ child_sa: childSaId }, 'observing: would terminate');
      return true;
    },
  };
}
