/** What charon says when the doctor asks: version, load, connections, traps. */
import { type ConnectionConfig, listConns, listPolicies, Session, stats, version } from '../vici/index.ts';
import type { LiveCharon } from './situation.ts';

export interface CharonAnswer {
  readonly live: LiveCharon;
  /** `charon-systemd` or `charon`: the name of its section in strongswan.conf. */
  readonly daemon: string;
  readonly connections: readonly ConnectionConfig[];
}

const CONNECT_MS = 3_000;
/** Longest wait for an answer, or between two items of a list. */
const ANSWER_MS = 10_000;
/** Most connections that are looked at. */
const CONNECTIONS_MAX = 20_000;

/** Asks charon at `address`; changes nothing there. @throws VICI_CLOSED, VICI_TIMEOUT, VICI_PROTOCOL */
export async function askCharon(address: string): Promise<CharonAnswer> {
  const session = await Session.connect(address, { connectTimeoutMs: CONNECT_MS, timeoutMs: ANSWER_MS });
  try {
    const { daemon, version: release } = await version(session);
    const load = await stats(session);
    const connections: ConnectionConfig[] = [];
    for await (const connection of listConns(session)) {
      if (connections.push(connection) === CONNECTIONS_MAX) break;
    }
    const traps: { connection: string; child: string }[] = [];
    for await (const { ike, child } of listPolicies(session, { trap: true })) {
      if (ike !== undefined && child !== undefined) traps.push({ connection: ike, child });
      if (traps.length === CONNECTIONS_MAX) break;
    }
    return { live: { version: release, stats: load, traps }, daemon, connections };
  } finally {
    session.close();
  }
}
