/**
 * VICI's view of an IKE_SA made into the policy's: fewer fields, our names.
 */

import type { ChildSaFacts, IkeSaFacts } from '../policy/facts.ts';
import type * as vici from '../vici/index.ts';
import type { ListedIkeSa } from './charon.ts';

/** What charon calls an IKE_SA whose connection it hasn't chosen yet. */
const UNNAMED = '(unnamed)';

export function connectionName(name: string): string | null {
  return name === UNNAMED || name === '' ? null : name;
}

export function childSaFacts(child: vici.ChildSaFacts): ChildSaFacts {
  return { id: child.uniqueid, name: child.name, state: child.state, packetsIn: child.packetsIn };
}

/** charon shows `%any` until the other end has said who it is. */
function isKnown(identity: string): boolean {
  return identity !== '' && identity !== '%any';
}

export function ikeSaFacts(sa: vici.IkeSaFacts): IkeSaFacts {
  return {
    id: sa.uniqueid,
    state: sa.state,
    isInitiator: sa.isInitiator,
    initiatorSpi: sa.initiatorSpi,
    responderSpi: sa.responderSpi,
    isAnonymous: connectionName(sa.name) === null,
    ...(isKnown(sa.remoteId) ? { remoteId: sa.remoteId } : {}),
    children: sa.children.map(childSaFacts),
  };
}

/** charon lists a CHILD_SA that was rekeyed or deleted for some seconds, for packets still on their way to it. */
const LINGERING = new Set(['REKEYED', 'DELETING', 'DELETED', 'DESTROYING']);

export function listedIkeSa(sa: vici.IkeSaFacts): ListedIkeSa {
  const facts = ikeSaFacts(sa);
  const children = facts.children.filter(({ state }) => !LINGERING.has(state));
  return { connection: connectionName(sa.name), remoteHost: sa.remoteHost, facts: { ...facts, children } };
}
