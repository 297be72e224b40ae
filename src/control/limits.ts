/**
 * How large and how deep a message may be, by direction.
 *
 * A peer in a status takes some 0.5 kB and 76 values on the wire (measured with 1,000 peers, one IKE_SA and two
 * CHILD_SAs each), so a reply has room for 13,000 of them.
 */

/** Bounds of one MessagePack message. */
export interface MessageLimits {
  /** Length of the payload, without the length prefix. */
  readonly bytesMax: number;
  /** Arrays and maps inside each other; a lone scalar has depth 0. */
  readonly depthMax: number;
  /** Values and keys, all levels together. */
  readonly itemsMax: number;
}

/** What a client may send: a command with a name or two. */
export const REQUEST_LIMITS: MessageLimits = { bytesMax: 16 * 1024, depthMax: 16, itemsMax: 1_000 };

/** What the daemon may send: a reply or an event. */
export const REPLY_LIMITS: MessageLimits = { bytesMax: 16 * 1024 * 1024, depthMax: 16, itemsMax: 1_000_000 };

/** Entries of the history that the daemon keeps, of all peers together, and the most that one reply carries. */
export const HISTORY_ENTRIES_MAX = 4_096;
