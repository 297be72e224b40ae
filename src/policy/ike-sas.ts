/**
 * Questions about the IKE_SAs that a peer has. Reads only.
 */

import { type ChildSaFacts, isConnecting, isEstablished, isInstalled } from './facts.ts';
import type { IkeSa, PeerState, StartedBy } from './state.ts';

/** True if every child of the connection passes packets through this IKE_SA (R5). */
export function hasAllChildren(sa: Pick<IkeSa, 'state' | 'children'>, names: readonly string[]): boolean {
  return isEstablished(sa.state) && names.every((name) => hasChild(sa, name));
}

export function hasChild(sa: Pick<IkeSa, 'children'>, name: string): boolean {
  return sa.children.some((child) => child.name === name && isInstalled(child.state));
}

/** Authenticated, with or without children, and not told to go. */
export function isLive(sa: IkeSa): boolean {
  return isEstablished(sa.state) && sa.leavingUntilMs === null;
}

/** The live ones. */
export function establishedOf(state: PeerState): IkeSa[] {
  return state.ikeSas.filter(isLive);
}

export function hasEstablished(state: PeerState): boolean {
  return state.ikeSas.some(isLive);
}

/** Usable (R8): all children up, and not told to go. */
function isUsable(sa: IkeSa): boolean {
  return sa.upSinceMs !== null && isLive(sa);
}

/** The usable ones, oldest first. */
export function usableOf(state: PeerState, startedBy?: StartedBy): IkeSa[] {
  return state.ikeSas
    .filter((sa) => isUsable(sa) && (startedBy === undefined || sa.startedBy === startedBy))
    .sort(byAge);
}

export function hasUsable(state: PeerState): boolean {
  return state.ikeSas.some(isUsable);
}

/** Without those that charon doesn't list any more, of whose end or rekeying no event has told yet. */
export function certainOf(ikeSas: readonly IkeSa[]): IkeSa[] {
  return ikeSas.filter((sa) => sa.missedMs === null);
}

/**
 * CHILD_SAs of the connection that do the same as another one of their IKE_SA: of each such group all but the one with the
 * highest SPIs. One that is being rekeyed, or that was, isn't counted.
 */
export function twinsOf({ children }: Pick<IkeSa, 'children'>, names: readonly string[]): ChildSaFacts[] {
  const candidates = children.filter(({ name, state, purpose, spis }) => {
    return state === 'INSTALLED' && names.includes(name) && purpose !== undefined && spis !== undefined;
  });
  return candidates.sort(bySpis).filter((child) => alikeOf(candidates, child).at(-1) !== child);
}

export function hasTwins(sa: Pick<IkeSa, 'children'>, names: readonly string[]): boolean {
  return sa.children.length > 1 && twinsOf(sa, names).length > 0;
}

/** Those of `children` that do the same as `child`, itself among them; the one with the highest SPIs last. */
export function alikeOf(children: readonly ChildSaFacts[], { name, purpose }: ChildSaFacts): ChildSaFacts[] {
  return children.filter((one) => one.name === name && one.purpose === purpose).sort(bySpis);
}

function bySpis(left: ChildSaFacts, right: ChildSaFacts): number {
  return (left.spis ?? '') < (right.spis ?? '') ? -1 : 1;
}

/** Our calls that aren't authenticated yet and not told to go. */
export function ownCallsOf(state: PeerState): IkeSa[] {
  return state.ikeSas.filter(isOwnCall);
}

export function hasOwnCall(state: PeerState): boolean {
  return state.ikeSas.some(isOwnCall);
}

/** A call of ours is under way, or was handed to charon and hasn't been seen yet. */
export function isCallOpen(state: PeerState): boolean {
  return state.callIssuedMs !== null || hasOwnCall(state);
}

function isOwnCall(sa: IkeSa): boolean {
  return sa.startedBy === 'self' && isConnecting(sa.state) && sa.leavingUntilMs === null;
}

/** The peer's calls that aren't authenticated yet: whoever sent them may not be the peer at all (R10). */
export function peerCallsOf(state: PeerState): IkeSa[] {
  return state.ikeSas.filter((sa) => sa.startedBy === 'peer' && isConnecting(sa.state));
}

/** Older first; of the same moment, the one to which charon gave the lower number. */
function byAge(left: IkeSa, right: IkeSa): number {
  return left.bornMs - right.bornMs || Number(left.id) - Number(right.id);
}

export function isOlder(left: IkeSa, right: IkeSa): boolean {
  return byAge(left, right) < 0;
}
