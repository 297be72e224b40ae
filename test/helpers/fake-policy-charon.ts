/**
 * A charon in memory, as the daemon sees one (`src/daemon/charon.ts`): no socket, no IKE.
 *
 * It has the connections and IKE_SAs that a test gives it, writes down what it is asked, and carries out
 * `terminate` at once. What a call comes to is up to the test.
 */
import type { Charon, IsWanted, ListedIkeSa } from '../../src/daemon/charon.ts';
import type { ChildSaFacts, IkeSaFacts } from '../../src/policy/facts.ts';
import type { ConnectionFacts } from '../../src/vici/index.ts';

const UNANSWERED = '0000000000000000';

/** A connection with one host as remote address and one child `net`, unless told otherwise. */
export function connectionFacts(
  name: string,
  remoteAddress: string,
  change: Partial<ConnectionFacts> = {},
): ConnectionFacts {
  return {
    name,
    version: 'IKEv2',
    localAddresses: ['%any'],
    remoteAddresses: [remoteAddress],
    unique: 'UNIQUE_NEVER',
    dpdDelaySeconds: 10,
    rekeySeconds: 0,
    reauthSeconds: 0,
    children: [childConfig('net')],
    ...change,
  };
}

export function childConfig(
  name: string,
  change: Partial<ConnectionFacts['children'][number]> = {},
): ConnectionFacts['children'][number] {
  return {
    name,
    mode: 'TUNNEL',
    startAction: null,
    dpdAction: 'none',
    closeAction: 'none',
    rekeySeconds: 0,
    ...change,
  };
}

/** A CHILD_SA that passes packets; its id follows from that of its IKE_SA. */
export function childSa(name: string, change: Partial<ChildSaFacts> = {}): ChildSaFacts {
  return { id: `1${name.length}`, name, state: 'INSTALLED', packetsIn: 0, ...change };
}

/** An IKE_SA that the peer started, established, with one child `net`, unless told otherwise. */
export function ikeSa(id: string, change: Partial<IkeSaFacts> = {}): IkeSaFacts {
  return {
    id,
    state: 'ESTABLISHED',
    isInitiator: false,
    initiatorSpi: id.padStart(16, 'a'),
    responderSpi: id.padStart(16, 'b'),
    isAnonymous: false,
    children: [childSa('net', { id: `${id}1` })],
    ...change,
  };
}

/** A call of ours that nobody has answered yet. */
export function ownCall(id: string, change: Partial<IkeSaFacts> = {}): IkeSaFacts {
  return ikeSa(id, {
    state: 'CONNECTING',
    isInitiator: true,
    responderSpi: UNANSWERED,
    children: [],
    ...change,
  });
}

/** A half-open IKE_SA that someone sends from the peer's address. */
export function halfOpen(id: string): IkeSaFacts {
  return ikeSa(id, { state: 'CONNECTING', isAnonymous: true, children: [] });
}

export class FakePolicyCharon implements Charon {
  connections: readonly ConnectionFacts[] = [];
  ikeSas: ListedIkeSa[] = [];
  /** What it was asked, oldest first: `list a`, `list`, `conns`, `initiate a/net`, `rekey 31`, `terminate 3`. */
  readonly asked: string[] = [];
  /** Requests that begin with one of these texts are refused with the error given. */
  readonly refusals = new Map<string, Error>();
  /** Runs before an answer is given; a test that waits in it keeps the answer back. */
  onAsked: (request: string) => void | Promise<void> = () => undefined;
  /** Requests wait for what this returns before they are sent, as they wait for others. */
  delay: (request: string) => Promise<void> | undefined = () => undefined;

  /** Requests of one kind so far. */
  askedFor(kind: 'list' | 'conns' | 'initiate' | 'rekey' | 'terminate' | 'terminate-child'): string[] {
    return this.asked.filter((request) => request.split(' ')[0] === kind);
  }

  /** Adds an IKE_SA to the list, or puts it in place of the one with its id. */
  put(connection: string | null, facts: IkeSaFacts, remoteHost = '192.0.2.1'): void {
    this.remove(facts.id);
    this.ikeSas.push({ connection, remoteHost, facts });
  }

  remove(id: string): void {
    this.ikeSas = this.ikeSas.filter(({ facts }) => facts.id !== id);
  }

  async listIkeSas(connection?: string, onSent?: () => void): Promise<readonly ListedIkeSa[]> {
    const request = connection === undefined ? 'list' : `list ${connection}`;
    const waiting = this.delay(request);
    if (waiting) await waiting;
    onSent?.();
    await this.#ask(request);
    return this.ikeSas.filter((sa) => connection === undefined || sa.connection === connection);
  }

  async listConnections(): Promise<readonly ConnectionFacts[]> {
    await this.#ask('conns');
    return this.connections;
  }

  initiate(connection: string, child: string | null, isWanted?: IsWanted): Promise<boolean> {
    return this.#do(`initiate ${connection}/${child ?? '-'}`, isWanted);
  }

  rekeyChild(childSaId: string, isWanted?: IsWanted): Promise<boolean> {
    return this.#do(`rekey ${childSaId}`, isWanted);
  }

  async terminate(ikeSaId: string, isWanted?: IsWanted): Promise<boolean> {
    const isDone = await this.#do(`terminate ${ikeSaId}`, isWanted);
    if (isDone) this.remove(ikeSaId);
    return isDone;
  }

  terminateChild(childSaId: string, isWanted?: IsWanted): Promise<boolean> {
    return this.#do(`terminate-child ${childSaId}`, isWanted);
  }

  /** Waits as `delay` says, as a request waits for others, and is then asked if it is still wanted. */
  async #do(request: string, isWanted: IsWanted | undefined): Promise<boolean> {
    const waiting = this.delay(request);
    if (waiting) await waiting;
    if (isWanted?.() === false) return false;
    await this.#ask(request);
    return true;
  }

  async #ask(request: string): Promise<void> {
    this.asked.push(request);
    await this.onAsked(request);
    for (const [beginning, error] of this.refusals) {
      if (request.startsWith(beginning)) throw error;
    }
  }
}

/** Resolves when everything that is ready to go on has gone on: promises, not timers or sockets. */
export async function everythingElse(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
