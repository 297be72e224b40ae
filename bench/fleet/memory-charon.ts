/**
 * A charon in memory for very many peers: no socket, no IKE, everything found by name. It answers at once or never.
 *
 * Only what the daemon asks for is there; what it costs beside the daemon is a few map operations a request.
 */

import type { Charon, CharonListener, IsWanted, ListedIkeSa } from '../../src/daemon/charon.ts';
import type { PeerNews } from '../../src/policy/events.ts';
import type { IkeSaFacts } from '../../src/policy/facts.ts';
import type { ConnectionFacts } from '../../src/vici/index.ts';
import { connectionFacts, ikeSa, ownCall } from '../../test/helpers/fake-policy-charon.ts';

/** From the call until the tunnel is up. */
const HANDSHAKE_MS = 20;

export class MemoryCharon implements Charon {
  readonly connections: readonly ConnectionFacts[];
  /** Whether peers answer. */
  isAnswering = false;
  /** Calls so far. */
  calls = 0;
  readonly #sas = new Map<string, ListedIkeSa>();
  readonly #connectionOf = new Map<string, string>();
  readonly #listener: () => CharonListener;
  readonly #answering: { readonly atMs: number; readonly connection: string; readonly id: string }[] = [];
  #ids = 0;

  constructor(peers: number, listener: () => CharonListener) {
    this.#listener = listener;
    this.connections = Array.from({ length: peers }, (_, index) =>
      connectionFacts(nameOf(index), `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`),
    );
  }

  get up(): number {
    return [...this.#sas.values()].filter(({ facts }) => facts.state === 'ESTABLISHED').length;
  }

  listIkeSas(connection?: string, onSent?: () => void): Promise<readonly ListedIkeSa[]> {
    onSent?.();
    if (connection === undefined) return Promise.resolve([...this.#sas.values()]);
    const sa = this.#sas.get(connection);
    return Promise.resolve(sa ? [sa] : []);
  }

  listConnections(): Promise<readonly ConnectionFacts[]> {
    return Promise.resolve(this.connections);
  }

  initiate(connection: string, _child: string | null, isWanted?: IsWanted): Promise<boolean> {
    if (isWanted?.() === false) return Promise.resolve(false);
    this.calls += 1;
    this.#ids += 1;
    const id = `${this.#ids}`;
    this.#put(connection, ownCall(id));
    setImmediate(() => this.#tell(connection, { type: 'call-seen', id }));
    if (this.isAnswering) this.#answerLater(connection, id);
    return Promise.resolve(true);
  }

  rekeyChild(): Promise<boolean> {
    return Promise.resolve(true);
  }

  terminate(ikeSaId: string, isWanted?: IsWanted): Promise<boolean> {
    if (isWanted?.() === false) return Promise.resolve(false);
    const connection = this.#connectionOf.get(ikeSaId);
    this.#connectionOf.delete(ikeSaId);
    if (connection !== undefined) this.#sas.delete(connection);
    return Promise.resolve(true);
  }

  terminateChild(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** All peers are lost, as dead peer detection tells it. @returns how many events that were */
  loseAll(): number {
    const lost = [...this.#sas];
    this.#sas.clear();
    this.#connectionOf.clear();
    for (const [connection, { facts }] of lost) {
      this.#tell(connection, { type: 'ike-down', id: facts.id, state: facts.state });
    }
    return lost.length;
  }

  #answerLater(connection: string, id: string): void {
    if (this.#answering.length === 0) setTimeout(() => this.#answer(), HANDSHAKE_MS);
    this.#answering.push({ atMs: performance.now() + HANDSHAKE_MS, connection, id });
  }

  #answer(): void {
    const nowMs = performance.now();
    const due = this.#answering.findIndex(({ atMs }) => atMs > nowMs);
    for (const { connection, id } of this.#answering.splice(0, due === -1 ? this.#answering.length : due)) {
      if (this.#connectionOf.get(id) !== connection) continue;
      const facts = ikeSa(id, { isInitiator: true });
      this.#put(connection, facts);
      this.#tell(connection, { type: 'ike-up', ikeSa: { ...facts, children: [] } });
      this.#tell(connection, { type: 'child-changed', ikeSa: facts });
    }
    const next = this.#answering[0];
    if (next) setTimeout(() => this.#answer(), Math.max(1, next.atMs - performance.now()));
  }

  #put(connection: string, facts: IkeSaFacts): void {
    this.#connectionOf.set(facts.id, connection);
    this.#sas.set(connection, { connection, remoteHost: '192.0.2.1', facts });
  }

  #tell(connection: string, news: PeerNews): void {
    this.#listener().onNews({ type: 'peer', connection, address: null, news });
  }
}

function nameOf(index: number): string {
  return `peer-${String(index).padStart(6, '0')}`;
}
