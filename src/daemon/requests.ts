/**
 * What a peer's policy asks of charon, sent and answered: which news an answer becomes, and when a request is too late.
 *
 * Requests wait for each other, and charon may be slow. What was decided on a listing that is old by the time the request
 * could be sent isn't sent but decided again, and neither is a call whose time has run out.
 */

import { messageOf } from '../errors.ts';
import { TRY_MS } from '../policy/constants.ts';
import type { Effect } from '../policy/effects.ts';
import type { PeerNews } from '../policy/events.ts';
import { isCallWanted } from '../policy/rules/r2-initiator-mode.ts';
import type { Charon } from './charon.ts';
import type { Peer } from './peer.ts';

export interface RequestsOptions {
  readonly nowMs: () => number;
  /** The charon that is attached now. */
  readonly charon: () => Charon | null;
  readonly tell: (peer: Peer, news: PeerNews) => void;
  /** charon doesn't know a connection that we think it has. */
  readonly onStale: () => void;
}

export type RequestEffect = Effect & {
  type: 'list' | 'initiate' | 'rekey-child' | 'terminate' | 'terminate-child';
};

/** Sends what `effect` wants and tells the peer what came of it. Resolves after that, or when nothing is to be told. */
export async function request(peer: Peer, effect: RequestEffect, options: RequestsOptions): Promise<void> {
  const { connection } = peer.definition;
  switch (effect.type) {
    case 'list':
      if (connection !== null) await list(peer, connection, options);
      return;
    case 'initiate':
      if (connection !== null) await initiate(peer, connection, effect, options);
      return;
    case 'rekey-child':
      await rekeyChild(peer, effect.childId, options);
      return;
    case 'terminate':
      await terminate(peer, effect, options);
      return;
    case 'terminate-child':
      await terminateChild(peer, effect, options);
      return;
  }
}

async function list(peer: Peer, connection: string, options: RequestsOptions): Promise<void> {
  const charon = options.charon();
  if (!charon) return;
  let askedMs = options.nowMs();
  const onSent = (): void => {
    askedMs = options.nowMs();
  };
  const listed = await charon.listIkeSas(connection, onSent).catch(messageOf);
  // Of a charon that is gone, or of a connection that isn't the peer's any more, it would be somebody else's list.
  if (options.charon() !== charon || peer.definition.connection !== connection) return;
  if (typeof listed === 'string') {
    // The policy asks again.
    options.tell(peer, { type: 'trouble', text: listed });
  } else {
    const ikeSas = listed.map(({ facts }) => facts);
    options.tell(peer, { type: 'listing', askedMs, isFresh: true, hasHalfOpen: false, ikeSas });
  }
}

async function initiate(
  peer: Peer,
  connection: string,
  { child, token }: Effect & { type: 'initiate' },
  options: RequestsOptions,
): Promise<void> {
  const isWanted = (): boolean => isCallWanted(peer.state, options.nowMs());
  const outcome = await outcomeOf(options.charon()?.initiate(connection, child, isWanted));
  // Its time is over, so the policy has no question open.
  if (outcome === 'not-sent') return;
  if (outcome?.includes('not found')) options.onStale();
  options.tell(peer, { type: 'initiate-answered', token, error: outcome });
}

/** Only makes a settling smoother: if it can't be done, the settling goes on without it. */
async function rekeyChild(peer: Peer, childId: string, options: RequestsOptions): Promise<void> {
  const outcome = await outcomeOf(
    options.charon()?.rekeyChild(childId, before(options.nowMs() + TRY_MS, options)),
  );
  if (isTrouble(outcome)) options.tell(peer, { type: 'trouble', text: outcome });
}

async function terminate(
  peer: Peer,
  { id, untilMs }: Effect & { type: 'terminate' },
  options: RequestsOptions,
): Promise<void> {
  const outcome = await outcomeOf(options.charon()?.terminate(id, before(untilMs, options)));
  if (outcome === 'not-sent') options.tell(peer, { type: 'terminate-not-sent', id });
  else options.tell(peer, { type: 'terminate-answered', id, error: outcome });
}

/** If it can't be done, or not in time, the policy comes back to it. */
async function terminateChild(
  peer: Peer,
  { childId, untilMs }: Effect & { type: 'terminate-child' },
  options: RequestsOptions,
): Promise<void> {
  const outcome = await outcomeOf(options.charon()?.terminateChild(childId, before(untilMs, options)));
  if (isTrouble(outcome)) options.tell(peer, { type: 'trouble', text: outcome });
}

function before(untilMs: number, { nowMs }: RequestsOptions): () => boolean {
  return () => nowMs() <= untilMs;
}

function isTrouble(outcome: string | null): outcome is string {
  return outcome !== null && outcome !== 'not-sent';
}

/** @returns null if charon has taken it on; `not-sent`; else why not */
async function outcomeOf(sent: Promise<boolean> | undefined): Promise<string | null> {
  if (!sent) return 'charon is away';
  try {
    return (await sent) ? null : 'not-sent';
  } catch (error) {
    return messageOf(error);
  }
}
