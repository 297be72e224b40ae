/**
 * What the daemon answers on its control socket: requests and the shapes of the replies.
 *
 * The CLI prints these shapes as JSON, so they are a public contract: `schema` goes up when one changes.
 * Times are ISO 8601 texts in UTC; durations end in `Seconds`; ids and SPIs are texts.
 */

import type { IkeSasReport, PeerListsReport, ServicesReport } from './show-api.ts';

export const SCHEMA = 1;

export interface StatusReport {
  readonly schema: typeof SCHEMA;
  readonly version: string;
  readonly mode: 'active' | 'observe';
  readonly charon: CharonStatus;
  readonly config: { readonly file: string | null; readonly loadedAt: string; readonly error: string | null };
  readonly peers: readonly PeerStatus[];
  /** Sentences that an operator should read: what is wrong and what to do. */
  readonly health: readonly string[];
}

export interface CharonStatus {
  readonly socket: string;
  readonly attached: boolean;
  readonly since: string;
  /** For instance `5.9.8`; null before the first attach. */
  readonly version: string | null;
  /** Why it isn't attached. */
  readonly error: string | null;
}

/** One peer, with the keys that the design promises in snake case. */
export interface PeerStatus {
  readonly peer: string;
  readonly service: string;
  readonly address: string;
  /** null while charon has no connection for the peer. */
  readonly connection: string | null;
  readonly policy: 'windowed' | 'responder-only' | 'initiator-only' | 'paused';
  readonly state: string;
  readonly since: string;
  /** When the current mode ends; null if nothing runs. */
  readonly deadline: string | null;
  /** Who started the live IKE_SA, seen from us. */
  readonly role: 'initiator' | 'responder' | null;
  readonly paused: boolean;
  /** Names of the children that the connection has; none while there is no connection. */
  readonly children_configured: readonly string[];
  readonly ike_sas: readonly IkeSaStatus[];
  readonly counters: {
    readonly cycles: number;
    readonly initiations: number;
    readonly collisions: number;
    readonly settled: number;
    readonly swept: number;
    readonly violations: number;
  };
  readonly last_error: { readonly at: string; readonly text: string } | null;
}

export interface IkeSaStatus {
  readonly id: string;
  readonly state: string;
  readonly initiated_by: 'self' | 'peer';
  readonly initiator_spi: string;
  readonly responder_spi: string;
  readonly proven: boolean;
  readonly children: readonly { readonly id: string; readonly name: string; readonly state: string }[];
}

/** One line of a peer's history. */
export interface HistoryEntry {
  readonly at: string;
  readonly service: string;
  readonly peer: string;
  readonly kind: 'transition' | 'note' | 'trouble';
  readonly from: string | null;
  readonly to: string | null;
  /** R1..R15, `operator`, `configuration`. */
  readonly rule: string;
  readonly why: string;
}

export interface ExplainReport {
  readonly schema: typeof SCHEMA;
  readonly status: PeerStatus;
  /** The last transitions and notes, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Whole sentences: why it is in this state, what will happen next and when, what would change it. */
  readonly explanation: readonly string[];
}

/** Which peers an operation is for; exactly one of them. */
export type PeerSelector = { readonly peer: string } | { readonly service: string } | { readonly all: true };

export interface OperateReport {
  readonly schema: typeof SCHEMA;
  /** One entry per peer that was selected. */
  readonly results: readonly {
    readonly service: string;
    readonly peer: string;
    readonly done: boolean;
    readonly detail: string;
  }[];
}

export interface ReloadReport {
  readonly schema: typeof SCHEMA;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
  readonly warnings: readonly string[];
}

export interface MetricsReport {
  readonly schema: typeof SCHEMA;
  /** Text format of Prometheus. */
  readonly text: string;
}

/** What the daemon offers. Refusals are thrown as AfteryouError and reach the client with code and next step. */
export interface DaemonApi {
  status(): StatusReport;
  /** @throws PEER_UNKNOWN */
  explain(peer: string): ExplainReport;
  /** @throws PEER_UNKNOWN, CONTROL_REFUSED */
  operate(action: 'pause' | 'resume' | 'initiate', selector: PeerSelector): Promise<OperateReport>;
  /**
   * @param restartedServices services whose modes begin anew with it; no tunnel is touched
   * @throws CONFIG_INVALID: the running configuration stays. CONTROL_REFUSED if there is no such service
   */
  reload(restartedServices?: readonly string[]): Promise<ReloadReport>;
  services(): ServicesReport;
  peerLists(): PeerListsReport;
  /** @throws VICI_CLOSED and others if charon can't be asked */
  ikeSas(): Promise<IkeSasReport>;
  /** @param withProcess also the families about the process itself */
  metrics(withProcess: boolean): Promise<MetricsReport>;
  /** The latest entries of all peers, oldest first, at most `limit`. */
  history(limit: number): readonly HistoryEntry[];
  /** Calls `listener` for every new entry until the returned function is called. */
  follow(listener: (entry: HistoryEntry) => void): () => void;
}
