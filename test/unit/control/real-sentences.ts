/** What the daemon itself says of the peers of the fake one: fixtures and golden files show nothing that it never says. */
import { explain } from '../../../src/daemon/explain.ts';
import { healthOf } from '../../../src/daemon/health.ts';
import { childSa, connectionFacts, ikeSa } from '../../helpers/fake-policy-charon.ts';
import { config, definition, peerAfter, setup } from '../daemon/helpers.ts';

const CHILDREN = ['net', 'voice'];

const UP = peerAfter(
  [[0, { type: 'attached', ikeSas: [ikeSa('12', { children: CHILDREN.map((name) => childSa(name)) })] }]],
  definition('wsg1-a', { setup: setup({ children: CHILDREN }) }),
);

const REFUSED = 'received NO_PROPOSAL_CHOSEN notify error';

const CALLING = peerAfter(
  [
    [0, { type: 'attached', ikeSas: [] }],
    [1, { type: 'trouble', text: REFUSED }],
    [10_000, { type: 'tick' }],
    [10_000, { type: 'turn' }],
    [10_001, { type: 'call-seen', id: '14' }],
  ],
  definition('branch-7'),
);

const PASSIVE = peerAfter(
  [[0, { type: 'attached', ikeSas: [] }]],
  definition('wsg1-net', { setup: setup({ isCallable: false }) }),
);

/** By state: the sentences of `explain`, 4.25 s after our call began. */
export const EXPLANATIONS: ReadonlyMap<string, readonly string[]> = new Map(
  [UP, CALLING, PASSIVE].map(({ state }) => [
    state.name,
    explain(state, { nowMs: 14_250, isAttached: true, isObserving: false }),
  ]),
);

/** Of a charon whose connection `branch-7` has no dead peer detection. */
export const HEALTH: readonly string[] = healthOf({
  config: config('services: { branches: { connections: "branch-*" } }'),
  charon: {
    socket: '/run/charon.vici',
    attached: true,
    since: '2026-05-01T09:00:00.000Z',
    version: '5.9.8',
    error: null,
  },
  configError: null,
  peers: [CALLING],
  connections: [connectionFacts('branch-7', '2001:db8::beef', { dpdDelaySeconds: 0 })],
  warnings: [],
});
