/**
 * Watches from charon's own events when each connection has a tunnel, and for how long it has none.
 *
 * A tunnel is an IKE_SA with a CHILD_SA that is up. One watch per charon, for all of its connections.
 */
import { readUpdown } from '../../../src/vici/narrow-events.ts';
import { Session } from '../../../src/vici/session.ts';
import type { Charon } from '../lab/charon.ts';

/** Time during which a connection that had a tunnel had none, in ms of the monotonic clock. */
export interface Gap {
  readonly fromMs: number;
  /** null: still without one. */
  readonly toMs: number | null;
}

interface Record {
  firstUpMs: number | null;
  lastUpMs: number | null;
  /** Ids of IKE_SAs with a CHILD_SA up. */
  readonly up: Set<string>;
  readonly everUp: Set<string>;
  readonly gaps: Gap[];
  emptySinceMs: number | null;
}

export class TunnelWatch {
  readonly #session: Session;
  readonly #records = new Map<string, Record>();

  private constructor(session: Session) {
    this.#session = session;
  }

  static async start(charon: Charon): Promise<TunnelWatch> {
    const session = await Session.connect(charon.viciSocket);
    const watch = new TunnelWatch(session);
    await session.subscribe(['child-updown'], (_name, body) => {
      const { isUp, ikeSa } = readUpdown(body);
      watch.#note(ikeSa.name, ikeSa.uniqueid, isUp);
    });
    return watch;
  }

  /** When the connection first had a tunnel; null if it never had. */
  firstUpMs(connection: string): number | null {
    return this.#records.get(connection)?.firstUpMs ?? null;
  }

  /** When the latest of its tunnels came up; null if none ever did. */
  lastUpMs(connection: string): number | null {
    return this.#records.get(connection)?.lastUpMs ?? null;
  }

  /** How many IKE_SAs of it ever had a CHILD_SA: more than one is a crossing (or a rescue). */
  tunnelsSeen(connection: string): number {
    return this.#records.get(connection)?.everUp.size ?? 0;
  }

  gaps(connection: string): readonly Gap[] {
    const record = this.#records.get(connection);
    if (!record) return [];
    const open = record.emptySinceMs === null ? [] : [{ fromMs: record.emptySinceMs, toMs: null }];
    return [...record.gaps, ...open];
  }

  stop(): void {
    this.#session.close();
  }

  #note(connection: string, ikeSaId: string, isUp: boolean): void {
    const nowMs = performance.now();
    const record: Record = this.#records.get(connection) ?? {
      firstUpMs: null,
      lastUpMs: null,
      up: new Set(),
      everUp: new Set(),
      gaps: [],
      emptySinceMs: null,
    };
    this.#records.set(connection, record);
    if (isUp) {
      record.up.add(ikeSaId);
      record.everUp.add(ikeSaId);
      record.firstUpMs ??= nowMs;
      record.lastUpMs = nowMs;
      if (record.emptySinceMs !== null) record.gaps.push({ fromMs: record.emptySinceMs, toMs: nowMs });
      record.emptySinceMs = null;
    } else if (record.up.delete(ikeSaId) && record.up.size === 0) {
      record.emptySinceMs = nowMs;
    }
  }
}
