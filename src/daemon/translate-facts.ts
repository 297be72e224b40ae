/**
 * VICI's view of an IKE_SA made into the policy's: fewer fields, our names.
 */

import type { ChildSaFacts, IkeSaFacts } from '../policy/facts.ts';
import type * as vici from '../vici/index.ts';
import { snug } from '../vici/index.ts';
import type { ListedIkeSa } from './charon.ts';

/** What charon calls an IKE_SA whose connection it hasn't chosen yet. */
const UNNAMED = '(unnamed)';

export function connectionName(name: string): string | null {
  return name === UNNAMED || name === '' ? null : name;
}

export function childSaFacts(child: vici.ChildSaFacts, packetsIn: number = child.packetsIn): ChildSaFacts {
  const { uniqueid: id, name, state, reqid: purpose, spiIn, spiOut, isPerCpu } = child;
  if (purpose === '' || spiIn === '' || spiOut === '' || isPerCpu) return { id, name, state, packetsIn };
  const spis = spiIn < spiOut ? spiIn + spiOut : spiOut + spiIn;
  return { id, name, state, packetsIn, purpose, spis };
}

/** charon shows `%any` until the other end has said who it is. */
function isKnown(identity: string): boolean {
  return identity !== '' && identity !== '%any';
}

/** Facts being put together: at this rate (1,000 IKE_SAs in a listing) a copy for each optional one would cost most of it. */
type Draft = { -readonly [Key in keyof IkeSaFacts]: IkeSaFacts[Key] };

export function ikeSaFacts(sa: vici.IkeSaFacts): IkeSaFacts {
  return draftOf(
    sa,
    sa.children.map((child) => childSaFacts(child)),
  );
}

function draftOf(sa: vici.IkeSaFacts, children: readonly ChildSaFacts[]): Draft {
  const facts: Draft = {
    id: sa.uniqueid,
    state: sa.state,
    isInitiator: sa.isInitiator,
    initiatorSpi: sa.initiatorSpi,
    responderSpi: sa.responderSpi,
    isAnonymous: connectionName(sa.name) === null,
    children,
  };
  if (isKnown(sa.remoteId)) facts.remoteId = sa.remoteId;
  return facts;
}

/** charon lists a CHILD_SA that was rekeyed or deleted for some seconds, for packets still on their way to it. */
const LINGERING = new Set(['REKEYED', 'DELETING', 'DELETED', 'DESTROYING']);

/** @param packetsIn of each of its CHILD_SAs, where that isn't what `sa` says any more */
export function listedIkeSa(sa: vici.IkeSaFacts, packetsIn?: readonly number[]): ListedIkeSa {
  const { name, remoteHost } = sa;
  const children: ChildSaFacts[] = [];
  for (const [index, child] of sa.children.entries()) {
    if (!LINGERING.has(child.state)) children.push(childSaFacts(child, packetsIn?.[index]));
  }
  const facts = draftOf(sa, snug(children));
  facts.remoteHost = remoteHost;
  facts.isBusy = sa.isBusy;
  return { connection: connectionName(name), remoteHost, facts };
}
