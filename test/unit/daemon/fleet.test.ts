/** The loop around the policy, with time that only moves when told to and a charon in memory. */

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { STARTS_AHEAD } from '../../../src/daemon/charon.ts';
import { Fleet, type FleetOptions } from '../../../src/daemon/fleet.ts';
import { AT_ONCE } from '../../../src/daemon/in-slices.ts';
import { isCalling } from '../../../src/daemon/peer.ts';
import type { PeerDefinition } from '../../../src/daemon/peer-table.ts';
import { MISSED_MS } from '../../../src/policy/constants.ts';
import type { PeerNews } from '../../../src/policy/events.ts';
import type { PeerState } from '../../../src/policy/state.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import {
  childSa,
  everythingElse,
  FakePolicyCharon,
  halfOpen,
  ikeSa,
  ownCall,
} from '../../helpers/fake-policy-charon.ts';
import { definition, NO_COUNTS, settings, setup } from './helpers.ts';

const REFUSED = new Error('refused');

let clock: VirtualClock;
let charon: FakePolicyCharon;
let entries: string[];
let fleet: Fleet;

beforeEach(() => {
  clock = new VirtualClock();
  charon = new FakePolicyCharon();
  entries = [];
  fleet = newFleet();
});

function newFleet(change: Partial<FleetOptions> = {}): Fleet {
  return new Fleet({
    clock,
    random: () => 0,
    limits: { initiationsPerSecondMax: 1000, halfOpenMax: 1000 },
    recall: () => undefined,
    onEntry: (peer, { kind, from, to, rule, why }) =>
      entries.push(
        kind === 'transition'
          ? `${peer.definition.name}: ${from} -> ${to} (${rule})`
          : `${peer.definition.name}: ${kind} ${why}`,
      ),
    ...change,
  });
}

/** Lets time pass in small steps, and everything happen that follows from it. */
async function pass(ms: number): Promise<void> {
  const untilMs = clock.nowMs() + ms;
  while (clock.nowMs() < untilMs) {
    clock.advanceTo(Math.min(clock.nowMs() + 500, untilMs));
    await everythingElse();
  }
}

/** charon answers nothing until the function that is returned says so; then the latest question. */
function keepAnswer(): () => void {
  let answer: () => void = () => undefined;
  charon.onAsked = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  return () => answer();
}

function begin(...definitions: PeerDefinition[]): void {
  fleet.setPeers(definitions, charon.ikeSas);
  fleet.attach(charon, charon.ikeSas);
}

function stateOf(name: string): PeerState {
  const peer = fleet.peers.get(`s/${name}`);
  if (!peer) throw new Error(`no peer ${name}`);
  return peer.state;
}

function news(connection: string | null, one: PeerNews, address: string | null = null): void {
  fleet.news({ type: 'peer', connection, address, news: one });
}

test('a call belongs to every peer of its address until charon says whose it is', () => {
  const behindNat = (name: string) => definition(name, { address: '192.0.2.7' });
  begin(behindNat('a'), behindNat('b'));
  news(null, { type: 'peer-calls', id: '5' }, '192.0.2.7');
  expect([stateOf('a'), stateOf('b')].map(({ ikeSas }) => ikeSas.map(({ id }) => id))).toEqual([
    ['5'],
    ['5'],
  ]);
  news('a', { type: 'ike-up', ikeSa: ikeSa('5') }, '192.0.2.7');
  expect([stateOf('a'), stateOf('b')].map(({ ikeSas }) => ikeSas.map(({ id }) => id))).toEqual([['5'], []]);
  // The log comes later than the events.
  news('b', { type: 'ike-up', ikeSa: ikeSa('6') }, '192.0.2.7');
  news(null, { type: 'peer-calls', id: '6' }, '192.0.2.7');
  expect([stateOf('a'), stateOf('b')].map(({ ikeSas }) => ikeSas.map(({ id }) => id))).toEqual([
    ['5'],
    ['6'],
  ]);
});

describe('a peer that is silent', () => {
  test('gets the word, is called, gets the word again, and so on', async () => {
    begin(definition('a'));
    expect(stateOf('a').name).toBe('responder-mode');
    await pass(9_999);
    expect(charon.asked).toEqual([]);
    await pass(1);
    expect(stateOf('a').name).toBe('initiator-mode');
    expect(charon.asked).toEqual(['initiate a/net']);
    charon.put('a', ownCall('1'));
    news('a', { type: 'call-seen', id: '1' });
    await pass(9_999);
    expect(charon.asked).toEqual(['initiate a/net']);
    await pass(1);
    // Before anything is ended charon is asked what is there (R8).
    expect(charon.asked).toEqual(['initiate a/net', 'list a', 'terminate 1']);
    expect(stateOf('a').name).toBe('responder-mode');
    await pass(10_000);
    expect(charon.askedFor('initiate')).toHaveLength(2);
    expect(entries.filter((entry) => entry.includes('->'))).toEqual([
      'a: unconfigured -> responder-mode (R1)',
      'a: responder-mode -> initiator-mode (R2)',
      'a: initiator-mode -> responder-mode (R4)',
      'a: responder-mode -> initiator-mode (R2)',
    ]);
    expect(stateOf('a').counters).toEqual({ ...NO_COUNTS, cycles: 1, initiations: 2 });
  });

  test('all children of the connection are initiated; one without children by itself', async () => {
    begin(
      definition('a', { setup: setup({ children: ['net', 'voice'] }) }),
      definition('b', { setup: setup({ children: [] }) }),
    );
    await pass(10_010);
    expect(charon.askedFor('initiate').toSorted()).toEqual([
      'initiate a/net',
      'initiate a/voice',
      'initiate b/-',
    ]);
  });

  test('lateness of the timers is told', async () => {
    const lateness: number[] = [];
    fleet = newFleet({ onLateness: (latenessMs) => lateness.push(latenessMs) });
    begin(definition('a'));
    await pass(10_000);
    expect(lateness).toContain(0);
  });
});

test('what a step wants is done also if it changes nothing', () => {
  fleet = newFleet({
    policy: (state) => ({
      state,
      effects: [{ type: 'note', rule: 'R8', why: 'no change', isTrouble: false }],
    }),
  });
  begin(definition('a'));
  expect(entries).toContain('a: note no change');
});

describe('news', () => {
  const upNews = (id: string): PeerNews[] => [
    { type: 'ike-up', ikeSa: ikeSa(id, { children: [] }) },
    { type: 'child-changed', ikeSa: ikeSa(id) },
  ];

  test('of a tunnel that the peer started end responder mode', async () => {
    begin(definition('a'));
    for (const one of upNews('7')) news('a', one);
    expect(stateOf('a').name).toBe('up');
    await pass(60_000);
    expect(charon.asked).toEqual([]);
  });

  test('of a loss give the peer the word again', async () => {
    charon.put('a', ikeSa('7'));
    begin(definition('a'));
    expect(stateOf('a').name).toBe('up');
    news('a', { type: 'ike-down', id: '7', state: 'DELETING' });
    expect(stateOf('a').name).toBe('responder-mode');
    charon.remove('7');
    await pass(10_000);
    expect(charon.asked).toEqual(['initiate a/net']);
  });

  test('of a connection that is nobody’s are ignored', () => {
    begin(definition('a'));
    const before = stateOf('a');
    news('stranger', { type: 'ike-up', ikeSa: ikeSa('7') }, '192.0.2.1');
    news(null, { type: 'peer-calls', id: '8' }, '192.0.2.99');
    news(null, { type: 'peer-calls', id: '8' }, null);
    expect(stateOf('a')).toBe(before);
  });

  test('of a half-open IKE_SA go to every peer with its address that can be called', () => {
    begin(
      definition('a'),
      definition('b'),
      definition('c', { address: '192.0.2.9' }),
      definition('d', { setup: setup({ isCallable: false }) }),
    );
    news(null, { type: 'peer-calls', id: '8' }, '192.0.2.1');
    expect(['a', 'b', 'c', 'd'].map((name) => stateOf(name).ikeSas.map(({ id }) => id))).toEqual([
      ['8'],
      ['8'],
      [],
      [],
    ]);
  });

  test('a half-open IKE_SA delays our call once, by the courtesy, and is not called at all (R10)', async () => {
    begin(definition('a'));
    await pass(9_000);
    news(null, { type: 'peer-calls', id: '8' }, '192.0.2.1');
    await pass(2_999);
    expect(charon.asked).toEqual([]);
    await pass(1);
    expect(charon.asked).toEqual(['initiate a/net']);
  });
});

describe('listings', () => {
  test('a full listing corrects what events missed', () => {
    charon.put('a', ikeSa('7'));
    begin(definition('a'), definition('b'));
    charon.remove('7');
    charon.put('b', ikeSa('9'));
    clock.advanceBy(1000);
    fleet.reconcile(clock.nowMs(), charon.ikeSas);
    expect([stateOf('a').name, stateOf('b').name]).toEqual(['up', 'up']);
    // The event that tells what became of it may still be on its way.
    clock.advanceBy(MISSED_MS);
    expect([stateOf('a').name, stateOf('b').name]).toEqual(['responder-mode', 'up']);
  });

  test('half-open ones without a name are those of every peer with the address', () => {
    begin(definition('a'), definition('b', { address: '192.0.2.2' }));
    charon.put(null, halfOpen('8'), '192.0.2.2');
    fleet.reconcile(1000, charon.ikeSas);
    expect([stateOf('a').ikeSas.length, stateOf('b').ikeSas.length]).toEqual([0, 1]);
  });

  test('of very many peers are taken in some at a time; what comes meanwhile is newer', async () => {
    const peers = Array.from({ length: 2 * AT_ONCE }, (_, index) => definition(`p${index}`));
    begin(...peers);
    for (const { name } of peers) charon.put(name, ikeSa(name));
    clock.advanceBy(1);
    const askedMs = clock.nowMs();
    fleet.reconcile(askedMs, charon.ikeSas);
    const up = () => peers.filter(({ name }) => stateOf(name).name === 'up').length;
    expect(up()).toBe(AT_ONCE);
    clock.advanceBy(1);
    const last = `p${peers.length - 1}`;
    news(last, { type: 'ike-up', ikeSa: ikeSa(last) });
    news(last, { type: 'ike-down', id: last, state: 'DELETING' });
    await everythingElse();
    expect(up()).toBe(peers.length - 1);
    expect(stateOf(last).ikeSas).toEqual([]);
  });

  test('of a charon that has gone meanwhile are not taken in any further', async () => {
    const peers = Array.from({ length: 2 * AT_ONCE }, (_, index) => definition(`p${index}`));
    begin(...peers);
    for (const { name } of peers) charon.put(name, ikeSa(name));
    fleet.reconcile(clock.nowMs(), charon.ikeSas);
    fleet.detach();
    fleet.attach(new FakePolicyCharon(), []);
    await everythingElse();
    expect(peers.filter(({ name }) => stateOf(name).name === 'up')).toEqual([]);
  });

  test('a listing that is refused is told, and asked for again', async () => {
    begin(definition('a'));
    await pass(10_000);
    charon.put('a', ownCall('1'));
    news('a', { type: 'call-seen', id: '1' });
    charon.refusals.set('list', REFUSED);
    await pass(10_000);
    expect(stateOf('a').lastError?.text).toBe('refused');
    expect(charon.askedFor('terminate')).toEqual([]);
    charon.refusals.clear();
    await pass(6_000);
    expect(charon.askedFor('terminate')).toEqual(['terminate 1']);
  });

  test('one that was asked of a charon that is gone meanwhile is not believed', async () => {
    charon.put('a', ikeSa('7'));
    begin(definition('a'));
    const answer = keepAnswer();
    news('a', { type: 'look-again' });
    await everythingElse();
    fleet.detach();
    const next = new FakePolicyCharon();
    fleet.attach(next, []);
    answer();
    await everythingElse();
    expect(stateOf('a').ikeSas).toEqual([]);
    expect(stateOf('a').name).toBe('responder-mode');
  });
});

test('a listing of the connection that a peer had before is somebody else’s', async () => {
  charon.put('a', ikeSa('7'));
  begin(definition('a'));
  const answer = keepAnswer();
  news('a', { type: 'look-again' });
  await everythingElse();
  fleet.setPeers([definition('a', { connection: 'b' })], []);
  answer();
  await everythingElse();
  expect(stateOf('a').ikeSas).toEqual([]);
});

test('stopped, late answers and news change nothing and arm nothing', async () => {
  begin(definition('a'));
  const answer = keepAnswer();
  await pass(10_000);
  const before = stateOf('a');
  fleet.stop();
  answer();
  news('a', { type: 'peer-calls', id: '9' });
  await pass(60_000);
  expect(stateOf('a')).toBe(before);
});

describe('requests that have to wait', () => {
  let go: () => void;

  /** Requests that begin so wait until `go`. */
  function keepBack(beginning: string): void {
    const waiting = new Promise<void>((resolve) => {
      go = resolve;
    });
    charon.delay = (request) => (request.startsWith(beginning) ? waiting : undefined);
  }

  test.each([
    [9_999, 'in its time: sent', ['initiate a/net']],
    [10_000, 'its time is over: not sent', []],
  ])('a call that waits for %i ms, %s', async (waitMs, _what, sent) => {
    keepBack('initiate');
    begin(definition('a'));
    await pass(10_000);
    clock.advanceBy(waitMs);
    go();
    await everythingElse();
    expect(charon.askedFor('initiate')).toEqual(sent);
  });

  test('a call that waits is not sent when the peer has come up meanwhile', async () => {
    keepBack('initiate');
    begin(definition('a'));
    await pass(10_000);
    news('a', { type: 'ike-up', ikeSa: ikeSa('7') });
    news('a', { type: 'child-changed', ikeSa: ikeSa('7') });
    go();
    await everythingElse();
    expect(charon.askedFor('initiate')).toEqual([]);
    expect(stateOf('a').name).toBe('up');
  });

  /** Two IKE_SAs of the peer: the older one is a leftover after `sweep-grace`. */
  async function sweep(waitMs: number): Promise<void> {
    charon.put('a', ikeSa('7'));
    charon.put('a', ikeSa('9'));
    keepBack('terminate');
    begin(definition('a'));
    news('a', { type: 'proven', id: '9' });
    await pass(10_000);
    clock.advanceBy(waitMs);
    go();
    await everythingElse();
  }

  test('a terminate that waits for half of settle-grace is sent', async () => {
    await sweep(1_000);
    expect(charon.asked).toEqual(['list a', 'terminate 7']);
  });

  test('one that waits longer is decided again, on a new listing', async () => {
    await sweep(1_001);
    expect(charon.asked).toEqual(['list a', 'list a', 'terminate 7']);
    expect(stateOf('a').lastError).toBeNull();
  });

  test('what was listed counts from when charon was asked, not from when that was wanted', async () => {
    charon.put('a', ikeSa('7'));
    charon.put('a', ikeSa('9'));
    charon.delay = (request) => {
      if (request.startsWith('list')) clock.advanceBy(3_000);
      return undefined;
    };
    begin(definition('a'));
    news('a', { type: 'proven', id: '9' });
    await pass(10_000);
    expect(charon.asked).toEqual(['list a', 'terminate 7']);
  });

  test('a rekeying of CHILD_SAs that waits too long is not sent', async () => {
    charon.put('a', ikeSa('7', { isInitiator: true }));
    charon.put('a', ikeSa('9'));
    keepBack('rekey');
    begin(definition('a'));
    await pass(23_000);
    go();
    await everythingElse();
    expect(charon.askedFor('rekey')).toEqual([]);
  });
});

describe('requests that are refused', () => {
  test('initiate: the operator sees why, and it is tried again (R3)', async () => {
    charon.refusals.set('initiate', new Error("CHILD_SA config 'net' not found"));
    begin(definition('a'));
    await pass(10_000);
    expect(stateOf('a').lastError?.text).toBe("CHILD_SA config 'net' not found");
    await pass(2_000);
    expect(charon.askedFor('initiate')).toHaveLength(2);
  });

  test('terminate: the IKE_SA counts as present, and charon is asked', async () => {
    begin(definition('a'));
    await pass(10_000);
    charon.put('a', ownCall('1'));
    news('a', { type: 'call-seen', id: '1' });
    charon.refusals.set('terminate', REFUSED);
    await pass(10_000);
    expect(stateOf('a').lastError?.text).toBe('refused');
    expect(charon.asked.slice(1)).toEqual(['list a', 'terminate 1', 'list a']);
    charon.refusals.clear();
    // It is ended with the next initiator mode; there never are two calls of ours.
    await pass(20_000);
    expect(charon.askedFor('initiate')).toHaveLength(1);
    expect(charon.ikeSas).toEqual([]);
  });

  test('a text is an error too', async () => {
    charon.onAsked = () => {
      throw 'just words';
    };
    begin(definition('a'));
    await pass(10_000);
    expect(stateOf('a').lastError?.text).toBe('just words');
  });
});

describe('charon away and back (R12)', () => {
  test('all windows stand still, and begin afresh', async () => {
    begin(definition('a'));
    await pass(9_000);
    fleet.detach();
    await pass(60_000);
    expect(charon.asked).toEqual([]);
    fleet.attach(charon, []);
    await pass(9_999);
    expect(charon.asked).toEqual([]);
    await pass(1);
    expect(charon.asked).toEqual(['initiate a/net']);
  });

  test('what is there is adopted, with who started it', () => {
    charon.put('a', ikeSa('7', { isInitiator: true }));
    begin(definition('a'));
    fleet.detach();
    // Rekeyed by the peer, charon's flag has turned over; a new charon counts from 1 again.
    charon.remove('7');
    charon.put('a', ikeSa('1', { initiatorSpi: 'aaaaaaaaaaaaaaa7', responderSpi: 'bbbbbbbbbbbbbbb7' }));
    fleet.attach(charon, charon.ikeSas);
    expect(stateOf('a').ikeSas.map(({ id, startedBy }) => [id, startedBy])).toEqual([['1', 'self']]);
  });

  test('what a former run remembered is believed', () => {
    const lineage = {
      initiatorSpi: 'aaaaaaaaaaaaaaa7',
      responderSpi: 'bbbbbbbbbbbbbbb7',
      startedBy: 'self',
    } as const;
    fleet = newFleet({
      recall: (key) =>
        key === 's/a'
          ? { lineages: [lineage], counters: { ...NO_COUNTS, swept: 4 }, isPaused: true }
          : undefined,
    });
    charon.put('a', ikeSa('7'));
    begin(definition('a'), definition('b'));
    expect(stateOf('a').ikeSas[0]?.startedBy).toBe('self');
    expect(stateOf('a').counters.swept).toBe(4);
    expect([stateOf('a').name, stateOf('b').name]).toEqual(['paused', 'responder-mode']);
  });

  test('a call that was never answered is no call at the next charon', async () => {
    fleet = newFleet({ limits: { initiationsPerSecondMax: 1000, halfOpenMax: 1 } });
    charon.onAsked = () => new Promise(() => undefined);
    begin(definition('a'));
    await pass(10_000);
    expect(isCalling(stateOf('a'))).toBe(true);
    fleet.detach();
    const next = new FakePolicyCharon();
    fleet.attach(next, []);
    expect(isCalling(stateOf('a'))).toBe(false);
    await pass(10_000);
    expect(next.asked).toEqual(['initiate a/net']);
  });

  test('stopped, it decides nothing any more', async () => {
    begin(definition('a'));
    fleet.stop();
    await pass(60_000);
    expect(charon.asked).toEqual([]);
    news('a', { type: 'look-again' });
    await pass(60_000);
    expect(charon.asked).toEqual([]);
  });
});

describe('a collision is settled (R7)', () => {
  test('ours goes after the hold when it is the lower one, and the other stays', async () => {
    charon.put('a', ikeSa('7', { initiatorSpi: 'ffffffffffffffff' }));
    charon.put('a', ikeSa('8', { isInitiator: true, initiatorSpi: '0000000000000001' }));
    begin(definition('a', { setup: setup({ settings: settings({ settleHoldMs: 20_000 }) }) }));
    expect(stateOf('a').name).toBe('settling');
    news('a', { type: 'proven', id: '7' });
    await pass(19_500);
    expect(charon.askedFor('terminate')).toEqual([]);
    await pass(1_000);
    expect(charon.asked).toEqual(['rekey 71']);
    const child = { id: '72', name: 'net', state: 'INSTALLED', packetsIn: 0 };
    charon.put('a', ikeSa('7', { initiatorSpi: 'ffffffffffffffff', children: [child] }));
    news('a', { type: 'child-rekeyed', ikeSaId: '7', oldChildId: '71', child });
    await pass(10_000);
    expect(charon.askedFor('terminate')).toEqual(['terminate 8']);
    news('a', { type: 'ike-down', id: '8', state: 'DELETING' });
    expect(stateOf('a').name).toBe('up');
    expect(stateOf('a').counters.settled).toBe(1);
  });
});

describe('a new table', () => {
  test('says what was added, removed and changed, and leaves the others as they are', () => {
    charon.put('a', ikeSa('7'));
    begin(definition('a'), definition('b'), definition('c'));
    const before = stateOf('a');
    const longer = setup({ settings: settings({ responderModeMs: 30_000 }) });
    expect(
      fleet.setPeers([definition('a'), definition('b', { setup: longer }), definition('d')], charon.ikeSas),
    ).toEqual({ added: ['s/d'], removed: ['s/c'], changed: ['s/b'], unchanged: 1 });
    expect(stateOf('a')).toBe(before);
    expect([...fleet.peers.keys()]).toEqual(['s/a', 's/b', 's/d']);
  });

  test('a peer that is added finds the tunnel that is there', () => {
    charon.put('d', ikeSa('9'));
    begin(definition('a'));
    fleet.setPeers([definition('a'), definition('d')], charon.ikeSas);
    expect([stateOf('a').name, stateOf('d').name]).toEqual(['responder-mode', 'up']);
  });

  test('a peer that is added while charon is away waits', async () => {
    fleet.setPeers([definition('a')], []);
    await pass(60_000);
    expect(stateOf('a').isAttached).toBe(false);
    fleet.attach(charon, []);
    expect(stateOf('a').name).toBe('responder-mode');
  });

  test('a peer that is removed is not called any more, and its tunnel stays', async () => {
    charon.put('b', ikeSa('7'));
    begin(definition('a'), definition('b'));
    fleet.setPeers([], charon.ikeSas);
    news('b', { type: 'ike-down', id: '7', state: 'DELETING' });
    await pass(60_000);
    expect(charon.asked).toEqual([]);
    expect(fleet.peers.size).toBe(0);
  });

  test('a peer with another connection takes over what that one has', () => {
    charon.put('old', ikeSa('7'));
    charon.put('new', ikeSa('8'));
    const listed = (connection: string | null) => definition('192.0.2.1', { connection });
    begin(listed('old'));
    expect(stateOf('192.0.2.1').ikeSas.map(({ id }) => id)).toEqual(['7']);
    fleet.setPeers([listed('new')], charon.ikeSas);
    expect(stateOf('192.0.2.1').ikeSas.map(({ id }) => id)).toEqual(['8']);
    news('old', { type: 'ike-down', id: '7', state: 'DELETING' });
    news('new', { type: 'ike-down', id: '8', state: 'DELETING' });
    expect(stateOf('192.0.2.1').ikeSas).toEqual([]);
  });

  test('a peer whose connection went is unconfigured and starts nothing', async () => {
    begin(definition('192.0.2.1', { connection: 'a' }));
    await pass(10_000);
    fleet.setPeers(
      [definition('192.0.2.1', { connection: null, setup: setup({ isConfigured: false, children: [] }) })],
      [],
    );
    await pass(60_000);
    expect(stateOf('192.0.2.1').name).toBe('unconfigured');
    expect(charon.askedFor('initiate')).toHaveLength(1);
  });
});

describe('answers for a peer that is gone', () => {
  /** Has a called, removes it, and lets its call fail. */
  async function callRemoveFail(): Promise<void> {
    let fail: (error: Error) => void = () => undefined;
    charon.onAsked = (request) =>
      request === 'initiate a/net' ? new Promise((_, reject) => (fail = reject)) : undefined;
    begin(definition('a'));
    await pass(10_000);
    expect(charon.asked).toEqual(['initiate a/net']);
    fleet.setPeers([], []);
    entries.length = 0;
    fail(REFUSED);
    await everythingElse();
  }

  test('change nothing: no entry, no timer, no turn', async () => {
    await callRemoveFail();
    await pass(60_000);
    expect(charon.asked).toEqual(['initiate a/net']);
    expect(entries).toEqual([]);
  });

  test('are not counted as calls that ended', async () => {
    fleet = newFleet({ limits: { initiationsPerSecondMax: 1000, halfOpenMax: 1 } });
    await callRemoveFail();
    fleet.setPeers([definition('b'), definition('c')], []);
    await pass(10_100);
    expect(charon.askedFor('initiate').slice(1)).toEqual(['initiate b/net']);
  });

  test('are not those of a namesake that came after it', async () => {
    let fail: (error: Error) => void = () => undefined;
    charon.onAsked = () => new Promise((_, reject) => (fail = reject));
    begin(definition('a'));
    await pass(10_000);
    fleet.setPeers([], []);
    fleet.setPeers([definition('a')], []);
    fail(REFUSED);
    await everythingElse();
    expect(stateOf('a').lastError).toBeNull();
  });
});

describe('turns (R15)', () => {
  test('peers that are due together are called one after the other', async () => {
    fleet = newFleet({ limits: { initiationsPerSecondMax: 2, halfOpenMax: 1000 } });
    begin(...['a', 'b', 'c', 'd'].map((name) => definition(name)));
    await pass(10_000);
    expect(charon.asked).toHaveLength(1);
    await pass(500);
    expect(charon.asked).toHaveLength(2);
    await pass(1000);
    expect(charon.asked).toHaveLength(4);
    // Each had its whole initiator mode from the moment of its own call on.
    expect(['a', 'b', 'c', 'd'].map((name) => stateOf(name).window)).toEqual(
      [10_000, 10_490, 10_990, 11_490].map((sinceMs) =>
        expect.objectContaining({ kind: 'initiator', sinceMs, deadlineMs: sinceMs + 10_000 }),
      ),
    );
  });

  test('a call that ends lets the next one begin', async () => {
    fleet = newFleet({ limits: { initiationsPerSecondMax: 1000, halfOpenMax: 1 } });
    begin(definition('a'), definition('b'), definition('c'));
    await pass(12_000 - 1);
    expect(charon.asked).toEqual(['initiate a/net']);
    charon.put('a', ikeSa('1', { isInitiator: true, children: [childSa('net')] }));
    news('a', { type: 'call-seen', id: '1' });
    news('a', { type: 'ike-up', ikeSa: ikeSa('1', { isInitiator: true, children: [] }) });
    await everythingElse();
    expect(charon.askedFor('initiate')).toEqual(['initiate a/net', 'initiate b/net']);
    // A peer that is removed gives its place back too.
    fleet.setPeers([definition('a'), definition('c')], charon.ikeSas);
    await pass(10);
    expect(charon.askedFor('initiate')).toEqual(['initiate a/net', 'initiate b/net', 'initiate c/net']);
  });

  test('none is given while charon has calls before it: nobody’s initiator mode runs while his call waits', async () => {
    const release: (() => void)[] = [];
    charon.delay = () => new Promise<void>((resolve) => release.push(resolve));
    const peers = Array.from({ length: 20 }, (_, index) => definition(`p${index}`));
    begin(...peers);
    await pass(10_500);
    const calling = () => peers.filter(({ name }) => stateOf(name).name === 'initiator-mode').length;
    expect([calling(), release.length]).toEqual([STARTS_AHEAD, STARTS_AHEAD]);
    release.shift()?.();
    await everythingElse();
    await pass(100);
    expect([calling(), charon.asked.length]).toEqual([STARTS_AHEAD + 1, 1]);
    for (let waiting = release.splice(0); waiting.length > 0; waiting = release.splice(0)) {
      for (const one of waiting) one();
      await everythingElse();
      await pass(2);
    }
    expect(charon.asked).toEqual(peers.map(({ name }) => `initiate ${name}/net`));
  });

  test('a call that charon refuses, or that isn’t sent any more, makes room', async () => {
    charon.refusals.set('initiate', REFUSED);
    begin(...Array.from({ length: 20 }, (_, index) => definition(`p${index}`)));
    await pass(11_000);
    expect(charon.askedFor('initiate')).toHaveLength(20);
  });

  test('new limits hold at once', async () => {
    fleet = newFleet({ limits: { initiationsPerSecondMax: 1000, halfOpenMax: 1 } });
    begin(definition('a'), definition('b'), definition('c'));
    await pass(10_000);
    expect(charon.asked).toHaveLength(1);
    fleet.setLimits({ initiationsPerSecondMax: 1000, halfOpenMax: 2 });
    await everythingElse();
    expect(charon.asked).toHaveLength(2);
  });

  test('whatever happens, never more calls are begun than may be open, and the count comes back to zero', async () => {
    const OPEN_MAX = 2;
    const names = ['a', 'b', 'c', 'd', 'e'];
    const name = fc.constantFrom(...names);
    const act = fc.oneof(
      { weight: 4, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 11_000 }) }) },
      { weight: 3, arbitrary: fc.record({ answer: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ table: fc.subarray(names) }) },
      { weight: 1, arbitrary: fc.record({ away: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ seen: name, id: fc.constantFrom('1', '2') }) },
      { weight: 2, arbitrary: fc.record({ up: name, id: fc.constantFrom('1', '2') }) },
      { weight: 2, arbitrary: fc.record({ down: name, id: fc.constantFrom('1', '2') }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        clock = new VirtualClock();
        charon = new FakePolicyCharon();
        const open: ((error?: Error) => void)[] = [];
        const callsAt: number[] = [];
        fleet = newFleet({ limits: { initiationsPerSecondMax: 10_000, halfOpenMax: OPEN_MAX } });
        charon.onAsked = (request) => {
          if (!request.startsWith('initiate')) return undefined;
          callsAt.push([...fleet.peers.values()].filter((peer) => isCalling(peer.state)).length);
          return new Promise((resolve, reject) => {
            open.push((error) => (error ? reject(error) : resolve()));
          });
        };
        begin(...names.map((one) => definition(one)));
        for (const one of acts) {
          if ('pass' in one) clock.advanceBy(one.pass);
          else if ('answer' in one) open.shift()?.(one.answer ? undefined : REFUSED);
          else if ('table' in one)
            fleet.setPeers(
              one.table.map((each) => definition(each)),
              [],
            );
          else if ('seen' in one) news(one.seen, { type: 'call-seen', id: one.id });
          else if ('up' in one) news(one.up, { type: 'ike-up', ikeSa: ikeSa(one.id, { isInitiator: true }) });
          else if ('down' in one) news(one.down, { type: 'ike-down', id: one.id, state: 'CONNECTING' });
          else {
            fleet.detach();
            fleet.attach(charon, []);
          }
          await everythingElse();
        }
        // The one that is being begun is counted already.
        for (const calls of callsAt) expect(calls).toBeLessThanOrEqual(OPEN_MAX);
        fleet.setPeers([], []);
        for (const answer of open.splice(0)) answer(REFUSED);
        await everythingElse();
        const before = callsAt.length;
        charon.onAsked = (request) => {
          if (request.startsWith('initiate')) callsAt.push(0);
        };
        fleet.setPeers(
          names.map((one) => definition(one)),
          [],
        );
        clock.advanceBy(10_000);
        for (const _ of names) {
          await everythingElse();
          clock.advanceBy(1);
        }
        expect(callsAt.length - before).toBe(OPEN_MAX);
      }),
      { numRuns: 150 },
    );
  });
});
