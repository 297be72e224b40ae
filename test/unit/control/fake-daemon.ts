/** A daemon for the tests of the control socket and the command line: fixed answers, and a hand on its events. */

import type { Issue } from '../../../src/config/issues.ts';
import type {
  DaemonApi,
  ExplainReport,
  HistoryEntry,
  MetricsReport,
  OperateReport,
  PeerSelector,
  PeerStatus,
  ReloadReport,
  StatusReport,
} from '../../../src/control/api.ts';
import type { IkeSasReport, PeerListsReport, ServicesReport } from '../../../src/control/show-api.ts';
import { AfteryouError } from '../../../src/errors.ts';
import { EXPLANATIONS, HEALTH } from './real-sentences.ts';
import { IKE_SAS, PEER_LISTS, SERVICES } from './show-reports.ts';

/** Of `afteryou metrics`. */
export const METRICS =
  '# HELP afteryou_vici_connected Whether charon is attached.\n# TYPE afteryou_vici_connected gauge\nafteryou_vici_connected 1\n';

/** What is wrong with a configuration that is reloaded. */
export const MISSPELT = {
  file: '/etc/afteryou/afteryou.yaml',
  line: 3,
  column: 5,
  path: 'services',
  code: 'unknown-key',
  message: "unknown key 'conections'",
  remedy: "Did you mean 'connections'?",
} as const satisfies Issue;

/** What time it is for the command line in tests. */
export const NOW = new Date('2026-05-01T12:03:16.500Z');

const NO_COUNTS = { cycles: 0, initiations: 0, collisions: 0, settled: 0, swept: 0, violations: 0 };

export const UP: PeerStatus = {
  peer: '192.0.2.10',
  service: 'wsg1',
  address: '192.0.2.10',
  connection: 'wsg1-a',
  policy: 'windowed',
  state: 'up',
  since: '2026-05-01T09:00:04.500Z',
  deadline: null,
  role: 'responder',
  paused: false,
  children_configured: ['net', 'voice'],
  ike_sas: [
    {
      id: '12',
      state: 'ESTABLISHED',
      initiated_by: 'peer',
      initiator_spi: '0f3c2a9d11c07e55',
      responder_spi: '9ab1d4e0775c2f01',
      proven: true,
      children: [
        { id: '31', name: 'net', state: 'INSTALLED' },
        { id: '32', name: 'voice', state: 'INSTALLED' },
      ],
    },
  ],
  counters: { ...NO_COUNTS, cycles: 1, initiations: 1, collisions: 1, settled: 1 },
  last_error: null,
};

export const CALLING: PeerStatus = {
  peer: '2001:db8::beef',
  service: 'branches',
  address: '2001:db8::beef',
  connection: 'branch-7',
  policy: 'windowed',
  state: 'initiator-mode',
  since: '2026-05-01T12:03:12.250Z',
  deadline: '2026-05-01T12:03:22.250Z',
  role: null,
  paused: false,
  children_configured: ['net'],
  ike_sas: [
    {
      id: '14',
      state: 'CONNECTING',
      initiated_by: 'self',
      initiator_spi: '77aa01cc52d9e810',
      responder_spi: '0000000000000000',
      proven: false,
      children: [],
    },
  ],
  counters: { ...NO_COUNTS, cycles: 41, initiations: 41 },
  last_error: { at: '2026-05-01T12:02:52.000Z', text: 'received \u001b[31mNO_PROPOSAL_CHOSEN notify error' },
};

export const PASSIVE: PeerStatus = {
  ...UP,
  peer: '198.51.100.0/24',
  address: '198.51.100.0/24',
  connection: 'wsg1-net',
  state: 'passive',
  since: '2026-04-28T12:03:16.000Z',
  role: null,
  ike_sas: [],
  counters: NO_COUNTS,
};

export const HISTORY: readonly HistoryEntry[] = [
  {
    at: '2026-05-01T12:02:52.000Z',
    service: 'branches',
    peer: '2001:db8::beef',
    kind: 'note',
    from: null,
    to: null,
    rule: 'R10',
    why: 'the peer seems to be calling: we wait up to 2000 ms more',
  },
  {
    at: '2026-05-01T12:03:12.250Z',
    service: 'branches',
    peer: '2001:db8::beef',
    kind: 'transition',
    from: 'responder-mode',
    to: 'initiator-mode',
    rule: 'R2',
    why: 'our turn has come, and there is no tunnel',
  },
];

export class FakeDaemon implements DaemonApi {
  peers: readonly PeerStatus[] = [UP, CALLING, PASSIVE];
  health: readonly string[] = HEALTH;
  attached = true;
  entries: readonly HistoryEntry[] = HISTORY;
  /** Every call, in order. */
  readonly calls: string[] = [];
  readonly listeners = new Set<(entry: HistoryEntry) => void>();
  /** Runs before each answer; throws what the daemon is to refuse with. */
  onCall: (call: string) => void = () => {};
  /** Takes the place of the answer to `reload`. */
  reloading: () => Promise<ReloadReport> = async () => ({
    schema: 1,
    added: ['wsg1/192.0.2.12'],
    removed: [],
    changed: ['branches/2001:db8::beef'],
    unchanged: 2,
    warnings: ["no service uses peer list 'old'"],
  });

  status(): StatusReport {
    this.#called('status');
    return {
      schema: 1,
      version: '0.1.0',
      mode: 'active',
      charon: {
        socket: '/run/charon.vici',
        attached: this.attached,
        since: '2026-05-01T09:00:00.000Z',
        version: '5.9.8',
        error: this.attached ? null : 'ECONNREFUSED',
      },
      config: { file: '/etc/afteryou/afteryou.yaml', loadedAt: '2026-05-01T09:00:00.000Z', error: null },
      peers: this.peers,
      health: this.health,
    };
  }

  explain(peer: string): ExplainReport {
    this.#called(`explain ${peer}`);
    const status = this.peers.find(({ peer: name, connection }) => name === peer || connection === peer);
    if (status === undefined) {
      throw new AfteryouError('PEER_UNKNOWN', `there is no peer '${peer}'`, {
        nextStep: 'See `afteryou status` for the peers.',
      });
    }
    return {
      schema: 1,
      status,
      history: this.entries.filter((entry) => entry.peer === status.peer),
      explanation: EXPLANATIONS.get(status.state) ?? [],
    };
  }

  async operate(action: 'pause' | 'resume' | 'initiate', selector: PeerSelector): Promise<OperateReport> {
    this.#called(`${action} ${JSON.stringify(selector)}`);
    const results = this.peers
      .filter((peer) => 'all' in selector || ('peer' in selector && peer.peer === selector.peer))
      .map(({ service, peer, state }) => ({
        service,
        peer,
        ...outcomeOf(action, state),
      }));
    return { schema: 1, results };
  }

  reload(restarted: readonly string[] = []): Promise<ReloadReport> {
    this.#called(['reload', ...restarted].join(' '));
    return this.reloading();
  }

  services(): ServicesReport {
    this.#called('services');
    return SERVICES;
  }

  peerLists(): PeerListsReport {
    this.#called('peer lists');
    return PEER_LISTS;
  }

  async ikeSas(): Promise<IkeSasReport> {
    this.#called('ike sas');
    return IKE_SAS;
  }

  async metrics(withProcess: boolean): Promise<MetricsReport> {
    this.#called(`metrics ${withProcess}`);
    return { schema: 1, text: withProcess ? `${METRICS}process_open_fds 20\n` : METRICS };
  }

  history(limit: number): readonly HistoryEntry[] {
    this.#called(`history ${limit}`);
    return limit === 0 ? [] : this.entries.slice(-limit);
  }

  follow(listener: (entry: HistoryEntry) => void): () => void {
    this.#called('follow');
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Something happens. */
  emit(entry: HistoryEntry): void {
    for (const listener of this.listeners) listener(entry);
  }

  #called(call: string): void {
    this.calls.push(call);
    this.onCall(call);
  }
}

/** As the daemon answers, for the states that its peers have here. */
function outcomeOf(
  action: 'pause' | 'resume' | 'initiate',
  state: string,
): { done: boolean; detail: string } {
  if (action === 'pause')
    return { done: true, detail: `its state is ${state === 'passive' ? state : 'paused'}` };
  if (action === 'resume') return { done: true, detail: `its state is ${state}` };
  if (state === 'up') return { done: false, detail: 'it is up: nothing is initiated' };
  if (state === 'initiator-mode') return { done: false, detail: 'it is being called already' };
  return { done: false, detail: `its state is ${state} and its policy windowed: it is not called` };
}

/** The last entry of the history with another reason. */
export function entryWith(why: string): HistoryEntry {
  return { ...(HISTORY[1] as HistoryEntry), why };
}
