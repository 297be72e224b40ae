/** How much of what a connection should carry an IKE_SA carries, as far as a report of the daemon tells. */
import type { IkeSaStatus, PeerStatus } from '../control/api.ts';
import { isInstalled } from '../policy/facts.ts';

/** Names of the children through which packets pass; one that is being rekeyed is there once. */
export function installedNames({ children }: IkeSaStatus): ReadonlySet<string> {
  return new Set(children.filter(({ state }) => isInstalled(state)).map(({ name }) => name));
}

/** True if no child is missing. When the connection has been unloaded nobody knows how many there were: any will do. */
export function hasAllChildren(
  { connection, children_configured: configured }: PeerStatus,
  ikeSa: IkeSaStatus,
): boolean {
  const installed = installedNames(ikeSa);
  return connection === null ? installed.size > 0 : configured.every((name) => installed.has(name));
}
