/**
 * charon as the daemon sees it: what can be asked of it and what it tells. No sockets here.
 */

import type { PeerNews } from '../policy/events.ts';
import type { IkeSaFacts } from '../policy/facts.ts';
import type { ConnectionFacts } from '../vici/index.ts';

/** An IKE_SA in charon's list, with what ties it to a peer. */
export interface ListedIkeSa {
  /** Name of the connection; null while charon hasn't chosen one. */
  readonly connection: string | null;
  readonly remoteHost: string;
  readonly facts: IkeSaFacts;
}

/** Something charon told by itself, and whom it is about: a connection, or only an address. */
export type News =
  | {
      readonly type: 'peer';
      readonly connection: string | null;
      readonly address: string | null;
      readonly news: PeerNews;
    }
  /** Connections were loaded, replaced or unloaded. */
  | { readonly type: 'connections' }
  /** Something may have been that nothing was told of. */
  | { readonly type: 'missed' };

export type IsWanted = () => boolean;

/**
 * Initiations and rekeyings sent ahead of their answers. charon does one after the other; with only one it would wait for us after
 * each, which on busy processors took half of the time (1,000 calls: 10 s, with three on their way 7 s).
 */
export const STARTS_AHEAD = 4;

/**
 * Requests to an attached charon. Each rejects with a ViciError when charon refuses, hangs or goes away.
 *
 * A request may have to wait for others. `isWanted` is asked right before it is sent: if it isn't wanted any more, it isn't
 * sent and resolves with false; with true once charon has taken it on.
 */
export interface Charon {
  /** All IKE_SAs, or those of one connection; `onSent` is called right before the question is sent. */
  listIkeSas(connection?: string, onSent?: () => void): Promise<readonly ListedIkeSa[]>;
  listConnections(): Promise<readonly ConnectionFacts[]>;
  /** Resolves when charon has taken it on, which says nothing about success. `child` null: the IKE_SA alone. */
  initiate(connection: string, child: string | null, isWanted?: IsWanted): Promise<boolean>;
  /** Begins to rekey exactly the CHILD_SA with this uniqueid. */
  rekeyChild(childSaId: string, isWanted?: IsWanted): Promise<boolean>;
  /** Ends exactly the IKE_SA with this uniqueid; with a DELETE if it is established. */
  terminate(ikeSaId: string, isWanted?: IsWanted): Promise<boolean>;
  /** Ends exactly the CHILD_SA with this uniqueid, with a DELETE. */
  terminateChild(childSaId: string, isWanted?: IsWanted): Promise<boolean>;
}

export interface CharonListener {
  /** charon is there and its events are flowing; they are held back until this resolves. */
  onAttached(charon: Charon, version: string): Promise<void>;
  onNews(news: News): void;
  onDetached(reason: string): void;
  /** A try to attach failed. */
  onRetry(reason: string): void;
}
