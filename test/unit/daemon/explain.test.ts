/** Each state gets whole sentences that an operator can act on. */
import { describe, expect, test } from 'vitest';
import { type ExplainContext, explain } from '../../../src/daemon/explain.ts';
import type { PeerNews, PeerSetup } from '../../../src/policy/events.ts';
import type { PeerState } from '../../../src/policy/state.ts';
import { ikeSa, ownCall } from '../../helpers/fake-policy-charon.ts';
import { definition, peerAfter, settings, setup } from './helpers.ts';

type Story = readonly (readonly [number, PeerNews])[];

function stateAfter(story: Story, change: Partial<PeerSetup> = {}): PeerState {
  return peerAfter(story, definition('a', { setup: setup(change) })).state;
}

function sentences(state: PeerState, nowMs: number, change: Partial<ExplainContext> = {}): string[] {
  return explain(state, { nowMs, isAttached: true, isObserving: false, ...change });
}

const NO_SAS: Story = [[0, { type: 'attached', ikeSas: [] }]];
const CALLING: Story = [...NO_SAS, [10_000, { type: 'tick' }], [10_000, { type: 'turn' }]];

/** Attached to a charon that has these IKE_SAs. */
function having(...ikeSas: (PeerNews & { type: 'attached' })['ikeSas'][number][]): Story {
  return [[0, { type: 'attached', ikeSas }]];
}

describe('a sentence for every state', () => {
  test('unconfigured', () => {
    const state = stateAfter(NO_SAS, { isConfigured: false });
    expect(state.name).toBe('unconfigured');
    expect(sentences(state, 0)).toEqual([expect.stringContaining('charon has no connection for this peer')]);
  });

  test('passive', () => {
    const state = stateAfter(NO_SAS, { isCallable: false });
    expect(state.name).toBe('passive');
    const [sentence] = sentences(state, 0);
    expect(sentence).toContain('only watched (R13)');
    // A host of a remote-access service is passive as well.
    expect(sentence).toContain('remote-access');
  });

  test('paused by the operator: resume ends it', () => {
    const state = stateAfter([...NO_SAS, [1, { type: 'operator', action: 'pause' }]]);
    expect(state.name).toBe('paused');
    expect(sentences(state, 1)[0]).toContain('`afteryou resume` ends that');
  });

  test('paused by its policy: only the configuration ends it', () => {
    const state = stateAfter(NO_SAS, { settings: settings({ policy: 'paused' }) });
    expect(state.name).toBe('paused');
    expect(sentences(state, 1)[0]).toContain('policy');
    expect(sentences(state, 1)[0]).not.toContain('afteryou resume');
  });

  test('responder-mode', () => {
    expect(sentences(stateAfter(NO_SAS), 4_000)).toEqual([
      'There is no tunnel and the peer has the word (R1). We call in 6.0 s (R2).',
    ]);
  });

  test('responder-mode, longer for an IKE_SA that has just come up without its children', () => {
    const bare = ikeSa('7', { children: [] });
    const state = stateAfter([...NO_SAS, [9_500, { type: 'ike-up', ikeSa: bare }]]);
    expect(state.name).toBe('responder-mode');
    expect(sentences(state, 9_500)[0]).toContain('We call in 12.0 s (R2).');
  });

  test('responder-mode, when its turn is waited for', () => {
    const state = stateAfter([...NO_SAS, [10_000, { type: 'tick' }]]);
    expect(state.name).toBe('responder-mode');
    expect(sentences(state, 10_000)).toEqual([expect.stringContaining('we wait for our turn')]);
  });

  test('responder-mode of a peer that is never called', () => {
    const state = stateAfter(NO_SAS, { settings: settings({ policy: 'responder-only' }) });
    expect(state.name).toBe('responder-mode');
    expect(sentences(state, 0)).toEqual(['Responder-only: we wait for the peer and never call (R14).']);
  });

  test('initiator-mode, before charon shows the call', () => {
    const state = stateAfter(CALLING);
    expect(state.name).toBe('initiator-mode');
    expect(sentences(state, 13_000)).toEqual([
      'We are calling (R2): no call is under way. Without a tunnel the peer has the word again in 7.0 s (R4).',
    ]);
  });

  test('initiator-mode, unanswered', () => {
    const state = stateAfter([...CALLING, [10_001, { type: 'call-seen', id: '3' }]]);
    expect(sentences(state, 13_000)[0]).toContain("IKE_SA 3 waits for the peer's first answer");
  });

  test('initiator-mode, in IKE_AUTH', () => {
    const inAuth = ownCall('3', { responderSpi: '00000000000000cc' });
    const listing = { type: 'listing', isFresh: true, hasHalfOpen: true } as const;
    const state = stateAfter([...CALLING, [10_005, { ...listing, askedMs: 10_005, ikeSas: [inAuth] }]]);
    expect(sentences(state, 13_000)[0]).toContain('IKE_SA 3 has reached IKE_AUTH');
    const late = stateAfter([
      ...CALLING,
      [10_005, { ...listing, askedMs: 10_005, ikeSas: [inAuth] }],
      [20_000, { type: 'tick' }],
      [20_001, { ...listing, askedMs: 20_000, ikeSas: [inAuth] }],
    ]);
    expect(late.window.kind).toBe('patience');
    expect(sentences(late, 21_001)).toEqual([
      'Our time is over, but IKE_SA 3 has reached IKE_AUTH: it may finish within 4.0 s (R4).',
    ]);
  });

  test('initiator-mode, between two tries', () => {
    const state = stateAfter([
      ...CALLING,
      [10_100, { type: 'initiate-answered', token: 1, error: "CHILD_SA config 'net' not found" }],
    ]);
    expect(sentences(state, 11_100)).toEqual([
      expect.stringContaining('We are calling (R2)'),
      'The next try is due in 1.0 s (R3).',
      expect.stringContaining('was it unloaded?'),
    ]);
  });

  test('initiator-mode of an initiator-only peer that waits for its turn', () => {
    const state = stateAfter(NO_SAS, { settings: settings({ policy: 'initiator-only' }) });
    expect(state.name).toBe('initiator-mode');
    expect(sentences(state, 0)).toEqual(['We are about to call again.']);
  });

  test('up, started by either end', () => {
    expect(sentences(stateAfter(having(ikeSa('7'))), 0)).toEqual([
      'IKE_SA 7, started by the peer, has all its children (net): nothing is initiated (R5).',
    ]);
    expect(sentences(stateAfter(having(ikeSa('7', { isInitiator: true }))), 0)[0]).toContain('started by us');
  });

  test('up without any child in the connection', () => {
    expect(sentences(stateAfter(having(ikeSa('7', { children: [] })), { children: [] }), 0)).toEqual([
      'IKE_SA 7, started by the peer, is up: nothing is initiated (R5).',
    ]);
  });

  test('degraded: which children are missing', () => {
    const state = stateAfter([...having(ikeSa('7')), [2_000, { type: 'tick' }]], {
      children: ['net', 'voice'],
    });
    expect(state.name).toBe('degraded');
    expect(sentences(state, 2_000)).toEqual([expect.stringContaining('IKE_SA 7 is up without voice (R5)')]);
  });

  test('settling: whose is whose, what is waited for, and how long it takes', () => {
    const state = stateAfter(having(ikeSa('7'), ikeSa('8', { isInitiator: true })));
    expect(state.name).toBe('settling');
    expect(sentences(state, 5_000)).toEqual([
      "Both ends called: IKE_SA 8 is ours, 7 is the peer's (R6, R7).",
      expect.stringContaining('The peer has sent nothing on 7'),
      'Both carry traffic. The hold ends in 15.0 s; then one of them is deleted.',
    ]);
    const proven = stateAfter([
      ...having(ikeSa('7'), ikeSa('8', { isInitiator: true })),
      [100, { type: 'proven', id: '7' }],
    ]);
    expect(sentences(proven, 5_000)).toHaveLength(2);
  });

  test('settling, when one of the two is not complete', () => {
    const state = stateAfter(having(ikeSa('7'), ikeSa('8', { isInitiator: true, children: [] })));
    expect(state.name).toBe('settling');
    expect(sentences(state, 0)).toEqual([expect.stringContaining('one IKE_SA is not complete yet (R6)')]);
  });
});

describe('around it', () => {
  test('charon is away: that comes first', () => {
    const state = stateAfter([...NO_SAS, [1, { type: 'detached' }]]);
    expect(sentences(state, 1, { isAttached: false })[0]).toBe(
      'charon is not attached: nothing is decided until it is back (R12).',
    );
  });

  test('observing', () => {
    expect(sentences(stateAfter(NO_SAS), 0, { isObserving: true }).at(-1)).toContain('only observes');
  });

  test('a deadline that has passed is now, not in the past', () => {
    expect(sentences(stateAfter(NO_SAS), 99_000)[0]).toContain('in 0.0 s');
  });

  test.each([
    ['received AUTHENTICATION_FAILED notify error', 'compare the secret'],
    ['no shared key found for gw', 'compare the secret'],
    ["authentication of 'gw' with pre-shared key failed", 'compare the secret'],
    ['received NO_PROPOSAL_CHOSEN notify error', 'proposals'],
    ['received TS_UNACCEPTABLE notify, no CHILD_SA built', 'local_ts and remote_ts'],
    ['received INVALID_KE_PAYLOAD', 'Diffie-Hellman'],
    ['no matching peer config found', 'No connection fits'],
    ["CHILD_SA config 'net' not found", 'swanctl --list-conns'],
    ['unable to resolve %any, initiate aborted', 'host address first'],
    ['giving up after 5 retransmits', 'firewall on UDP 500 and 4500'],
    ['the peer did not answer: charon gave up retransmitting', 'firewall on UDP 500 and 4500'],
    ['destroying duplicate IKE_SA, received INITIAL_CONTACT', 'unique = never'],
  ])('what to do about "%s"', (text, advice) => {
    const state = stateAfter([...NO_SAS, [1, { type: 'trouble', text }]]);
    expect(sentences(state, 1).at(-1)).toContain(advice);
  });

  test('no advice where we have none', () => {
    const state = stateAfter([...NO_SAS, [1, { type: 'trouble', text: 'something new' }]]);
    expect(sentences(state, 1)).toHaveLength(1);
  });
});
