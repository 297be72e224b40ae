/**
 * What charon says about IKE_SAs and CHILD_SAs, in the words of its `list-sas`.
 *
 * Knows shapes only. Ids and SPIs are strings from wire to wire; states are spelled as charon prints them.
 */

/** One CHILD_SA of an IKE_SA. */
export interface ChildSaFacts {
  /** charon's `uniqueid`; changes when the CHILD_SA is rekeyed. */
  readonly id: string;
  /** Name of the child in the connection. */
  readonly name: string;
  readonly state: string;
  /** Packets received through it; proof that the peer uses it (R6). */
  readonly packetsIn: number;
  /**
   * What tells that two of the same name do the same (charon's `reqid`: the same traffic selectors); absent if that
   * isn't known, or if several at once are meant to be.
   */
  readonly purpose?: string;
  /** Both SPIs, in an order that both ends see alike. */
  readonly spis?: string;
}

/** One IKE_SA. */
export interface IkeSaFacts {
  /** charon's `uniqueid`; changes when the IKE_SA is rekeyed. */
  readonly id: string;
  readonly state: string;
  /** charon's flag of this moment. It flips when the other end rekeys: never read "who started" from it later. */
  readonly isInitiator: boolean;
  /** 16 hexadecimal digits. */
  readonly initiatorSpi: string;
  /** 16 hexadecimal digits; all zero while IKE_SA_INIT isn't answered. */
  readonly responderSpi: string;
  /** Half-open and not tied to a connection yet: anyone could have sent it (R10). */
  readonly isAnonymous: boolean;
  /** Identity of the other end, once it is authenticated. */
  readonly remoteId?: string | undefined;
  /** Address of the other end; only listings tell. */
  readonly remoteHost?: string | undefined;
  /** A request of ours on it has no answer yet, so a DELETE would have to wait; only listings tell. */
  readonly isBusy?: boolean;
  readonly children: readonly ChildSaFacts[];
}

/** True while the peer hasn't answered our IKE_SA_INIT. */
export function isUnanswered(responderSpi: string): boolean {
  return /^0*$/.test(responderSpi);
}

/** IKE_SA states in which it carries CHILD_SAs; REKEYING and UPDATING are short phases of a live one. */
export function isEstablished(state: string): boolean {
  return state === 'ESTABLISHED' || state === 'REKEYING';
}

/** IKE_SA states before it is authenticated. */
export function isConnecting(state: string): boolean {
  return state === 'CONNECTING' || state === 'CREATED';
}

/** Not authenticated and not tied to a connection: made by anyone, and gone without an event (R10). */
export function isHalfOpen(sa: Pick<IkeSaFacts, 'state' | 'isAnonymous'>): boolean {
  return sa.isAnonymous && isConnecting(sa.state);
}

/** CHILD_SA states in which packets pass. */
export function isInstalled(state: string): boolean {
  return state === 'INSTALLED' || state === 'REKEYING' || state === 'UPDATING';
}

/**
 * Unsigned order of two SPIs (R7). Both ends see the same two numbers, so both find the same order.
 * @returns true if `left` is the lower one
 */
export function isLowerSpi(left: string, right: string): boolean {
  const width = Math.max(left.length, right.length);
  return left.toLowerCase().padStart(width, '0') < right.toLowerCase().padStart(width, '0');
}
