/** What the steps of a peer are counted as, played on the fleet with a charon in memory. */

import { beforeEach, describe, expect, test } from 'vitest';
import { Fleet } from '../../../src/daemon/fleet.ts';
import { Outcomes } from '../../../src/daemon/outcomes.ts';
import type { PeerDefinition } from '../../../src/daemon/peer-table.ts';
import type { Recorder } from '../../../src/metrics/recorder.ts';
import type { PeerNews } from '../../../src/policy/events.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { everythingElse, FakePolicyCharon, ikeSa, ownCall } from '../../helpers/fake-policy-charon.ts';
import { definition, settings, setup } from './helpers.ts';

let clock: VirtualClock;
let charon: FakePolicyCharon;
let fleet: Fleet;
/** Calls of the recorder, as text. */
let counted: string[];

beforeEach(() => {
  clock = new VirtualClock();
  charon = new FakePolicyCharon();
  counted = [];
  const recorder: Pick<Recorder, 'callEnded' | 'collisionEnded' | 'terminated' | 'establishedAfter'> = {
    callEnded: (peer, result) => counted.push(`${peer} call ${result}`),
    collisionEnded: (peer, resolution) => counted.push(`${peer} collision ${resolution}`),
    terminated: (reason) => counted.push(`terminated ${reason}`),
    establishedAfter: (ms, role) => counted.push(`established as ${role} after ${ms}`),
  };
  const outcomes = new Outcomes(recorder as Recorder);
  fleet = new Fleet({
    clock,
    random: () => 0,
    limits: { initiationsPerSecondMax: 1000, halfOpenMax: 1000 },
    recall: () => undefined,
    onEntry: () => undefined,
    onStep: (step) => outcomes.see(step),
  });
});

async function pass(ms: number): Promise<void> {
  const untilMs = clock.nowMs() + ms;
  while (clock.nowMs() < untilMs) {
    clock.advanceTo(Math.min(clock.nowMs() + 500, untilMs));
    await everythingElse();
  }
}

function begin(one: PeerDefinition = definition('a')): void {
  fleet.setPeers([one], charon.ikeSas);
  fleet.attach(charon, charon.ikeSas);
}

const news = (one: PeerNews) => fleet.news({ type: 'peer', connection: 'a', address: null, news: one });

/** Until our call is out and charon has shown it. */
async function call(): Promise<void> {
  begin();
  await pass(10_000);
  charon.put('a', ownCall('1'));
  news({ type: 'call-seen', id: '1' });
}

const mine = (id: string) => ikeSa(id, { isInitiator: true });

test('a call that is answered', async () => {
  await call();
  await pass(1_000);
  charon.put('a', mine('1'));
  news({ type: 'ike-up', ikeSa: { ...mine('1'), children: [] } });
  news({ type: 'child-changed', ikeSa: mine('1') });
  expect(counted).toEqual(['s/a call established', 'established as initiator after 11000']);
});

test('a call that nobody answers until the mode ends', async () => {
  await call();
  await pass(10_500);
  expect(counted).toEqual(['s/a call timeout', 'terminated window-over']);
});

test('a call that the peer refuses', async () => {
  await call();
  news({ type: 'trouble', text: 'received NO_PROPOSAL_CHOSEN notify error' });
  charon.remove('1');
  news({ type: 'ike-down', id: '1', state: 'CONNECTING' });
  expect(counted).toEqual(['s/a call refused']);
});

test('a call that charon gives up in silence', async () => {
  await call();
  news({ type: 'trouble', text: 'giving up after 5 retransmits' });
  charon.remove('1');
  for (let seconds = 0; seconds < 9; seconds += 3) {
    await pass(3_000);
    fleet.reconcile(clock.nowMs(), charon.ikeSas);
  }
  expect(counted[0]).toBe('s/a call timeout');
});

test('a call that charon does not take on', async () => {
  charon.refusals.set('initiate', new Error('no'));
  begin();
  await pass(10_000);
  await everythingElse();
  expect(counted).toEqual(['s/a call error']);
});

test('a call that is overtaken by charon going away', async () => {
  await call();
  fleet.detach();
  expect(counted).toEqual(['s/a call aborted']);
});

test('a peer that calls: we are the responder, and nothing of ours has ended', async () => {
  begin();
  await pass(3_000);
  charon.put('a', ikeSa('9'));
  news({ type: 'ike-up', ikeSa: { ...ikeSa('9'), children: [] } });
  news({ type: 'child-changed', ikeSa: ikeSa('9') });
  expect(counted).toEqual(['established as responder after 3000']);
});

test('a tunnel that was there at the beginning took no time', () => {
  charon.put('a', ikeSa('9'));
  begin();
  expect(counted).toEqual([]);
});

test('time while charon is away is not time without a tunnel', async () => {
  begin();
  await pass(5_000);
  fleet.detach();
  await pass(50_000);
  fleet.attach(charon, []);
  await pass(2_000);
  charon.put('a', ikeSa('9'));
  news({ type: 'ike-up', ikeSa: ikeSa('9') });
  news({ type: 'child-changed', ikeSa: ikeSa('9') });
  expect(counted).toEqual(['established as responder after 2000']);
});

describe('a collision', () => {
  async function collide(): Promise<void> {
    const peer = definition('a', { setup: setup({ settings: settings({ settleHoldMs: 0 }) }) });
    begin(peer);
    await pass(10_000);
    charon.put('a', mine('1'));
    charon.put('a', ikeSa('2'));
    for (const sa of [mine('1'), ikeSa('2')]) {
      news({ type: 'ike-up', ikeSa: sa });
      news({ type: 'child-changed', ikeSa: sa });
    }
  }

  test('that ends with the peer’s', async () => {
    await collide();
    news({ type: 'proven', id: '2' });
    await pass(30_000);
    expect(counted).toContain('terminated collision');
    expect(counted).toContain('s/a collision kept_peer');
  });

  test('that ends with ours, because the peer gave way', async () => {
    await collide();
    charon.remove('2');
    news({ type: 'ike-down', id: '2', state: 'DELETING' });
    expect(counted).toContain('s/a collision kept_own');
    expect(counted).not.toContain('terminated collision');
  });

  test('that leaves nothing', async () => {
    await collide();
    for (const id of ['2', '1']) {
      charon.remove(id);
      news({ type: 'ike-down', id, state: 'DELETING' });
    }
    expect(counted.filter((one) => one.includes('collision'))).toHaveLength(1);
  });
});

test('observing, nothing is terminated and so nothing is counted', async () => {
  begin(definition('a', { setup: setup({ isObserved: true }) }));
  await pass(60_000);
  expect(counted).toEqual([]);
});
