/**
 * The notation for IKE_SAs in transcripts.
 *
 *     7 peer ESTABLISHED net voice*12 i=05 r=06 as=branch
 *                                             the other end's identity
 *     | |    |           |   |        SPIs; without them 1<id> and 2<id>, r=0 while CONNECTING
 *     | |    |           |   child INSTALLED, 12 packets received
 *     | |    |           child INSTALLED; `net=REKEYING`: another state; `net#9`: CHILD_SA id 9; `net#9@aabb`: its SPIs, and
 *     | |    |           what it is for is told by its name
 *     | |    state as charon prints it
 *     | |    `busy` between state and children: a request of ours has no answer yet
 *     | `self` or `peer`: charon's initiator flag of this moment; `anonymous`: half-open, anyone's
 *     charon's uniqueid
 */

import type { ChildSaFacts, IkeSaFacts } from '../../src/policy/facts.ts';

const CHILD =
  /^(?<name>[a-z]+)(?:#(?<id>\d+))?(?:@(?<spis>[0-9a-f]+))?(?:=(?<state>[A-Z]+))?(?:\*(?<packets>\d+))?$/;

/** @throws Error if the text isn't in the notation */
export function readIkeSa(text: string): IkeSaFacts {
  const [id, side, state, ...rest] = text.trim().split(/\s+/);
  if (!id || !side || !state || !['self', 'peer', 'anonymous'].includes(side)) {
    throw new Error(`not an IKE_SA: ${text}`);
  }
  const given = (key: string) => rest.find((word) => word.startsWith(key))?.slice(key.length);
  const host = given('as=');
  const words = rest.filter((word) => word !== 'busy' && !/^(?:[ir]|as)=/.test(word));
  return {
    id,
    state,
    isInitiator: side === 'self',
    initiatorSpi: spi(given('i=') ?? `1${id}`),
    responderSpi: spi(given('r=') ?? (state === 'CONNECTING' && side === 'self' ? '0' : `2${id}`)),
    isAnonymous: side === 'anonymous',
    isBusy: rest.includes('busy'),
    ...(host === undefined ? {} : { remoteId: host }),
    children: words.map((word) => readChild(word, id)),
  };
}

/** IKE_SAs separated by `;`, or none. */
export function readIkeSas(text: string): IkeSaFacts[] {
  return text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map(readIkeSa);
}

/** A CHILD_SA; without `#id` its id is made of the IKE_SA's and its name. */
export function readChild(word: string, ikeSaId: string): ChildSaFacts {
  const groups = CHILD.exec(word)?.groups;
  const name = groups?.['name'];
  if (!name) throw new Error(`not a CHILD_SA: ${word}`);
  return {
    id: groups['id'] ?? `${ikeSaId}-${name}`,
    name,
    state: groups['state'] ?? 'INSTALLED',
    packetsIn: Number(groups['packets'] ?? 0),
    ...(groups['spis'] === undefined ? {} : { purpose: name, spis: groups['spis'] }),
  };
}

function spi(text: string): string {
  return text.padStart(16, '0');
}
