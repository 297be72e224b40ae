import { beforeEach, describe, expect, test } from 'vitest';
import { Fleet } from '../../../src/daemon/fleet.ts';
import { operate } from '../../../src/daemon/operate.ts';
import type { PeerSetup } from '../../../src/policy/events.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { FakePolicyCharon, ikeSa } from '../../helpers/fake-policy-charon.ts';
import { definition, settings, setup } from './helpers.ts';

let charon: FakePolicyCharon;
let fleet: Fleet;

beforeEach(() => {
  charon = new FakePolicyCharon();
  fleet = new Fleet({
    clock: new VirtualClock(),
    random: () => 0,
    limits: { initiationsPerSecondMax: 1000, halfOpenMax: 1000 },
    recall: () => undefined,
    onEntry: () => undefined,
  });
});

function begin(...peers: readonly (readonly [name: string, setup?: Partial<PeerSetup>])[]): void {
  fleet.setPeers(
    peers.map(([name, change]) => definition(name, { setup: setup(change) })),
    [],
  );
  fleet.attach(charon, charon.ikeSas);
}

const stateOf = (name: string) => fleet.peers.get(`s/${name}`)?.state.name;

test('pause and resume of one peer, of a service, of all', () => {
  begin(['a'], ['b']);
  expect(operate(fleet, 'pause', { peer: 'a' }, true)).toEqual({
    schema: 1,
    results: [{ service: 's', peer: 'a', done: true, detail: 'its state is paused' }],
  });
  expect([stateOf('a'), stateOf('b')]).toEqual(['paused', 'responder-mode']);
  operate(fleet, 'pause', { service: 's' }, true);
  expect([stateOf('a'), stateOf('b')]).toEqual(['paused', 'paused']);
  expect(operate(fleet, 'resume', { all: true }, true).results).toHaveLength(2);
  expect([stateOf('a'), stateOf('b')]).toEqual(['responder-mode', 'responder-mode']);
});

test('a peer can be paused while charon is away', () => {
  begin(['a']);
  fleet.detach();
  expect(operate(fleet, 'pause', { peer: 'a' }, false).results[0]?.done).toBe(true);
  fleet.attach(charon, []);
  expect(stateOf('a')).toBe('paused');
});

test('initiate calls without waiting for the end of responder mode', () => {
  begin(['a'], ['b']);
  expect(operate(fleet, 'initiate', { peer: 'a' }, true).results).toEqual([
    { service: 's', peer: 'a', done: true, detail: 'asked for its turn to be called' },
  ]);
  expect([stateOf('a'), stateOf('b')]).toEqual(['initiator-mode', 'responder-mode']);
  expect(charon.askedFor('initiate')).toEqual(['initiate a/net']);
});

describe('initiate is refused', () => {
  function refusal(isAttached = true): string | undefined {
    const [result] = operate(fleet, 'initiate', { peer: 'a' }, isAttached).results;
    expect(result?.done).toBe(false);
    return result?.detail;
  }

  test('while charon is away', () => {
    begin(['a']);
    expect(refusal(false)).toBe('charon is away');
  });

  test('when the peer is up', () => {
    charon.put('a', ikeSa('7'));
    begin(['a']);
    expect(refusal()).toBe('it is up: nothing is initiated');
  });

  test('when it is called already', () => {
    begin(['a']);
    operate(fleet, 'initiate', { peer: 'a' }, true);
    expect(stateOf('a')).toBe('initiator-mode');
    expect(refusal()).toBe('it is being called already');
    expect(charon.askedFor('initiate')).toEqual(['initiate a/net']);
  });

  test('when it waits for its turn already', () => {
    fleet.setLimits({ initiationsPerSecondMax: 1000, halfOpenMax: 1 });
    begin(['a'], ['b']);
    operate(fleet, 'initiate', { peer: 'b' }, true);
    operate(fleet, 'initiate', { peer: 'a' }, true);
    expect(stateOf('a')).toBe('responder-mode');
    expect(refusal()).toBe('it waits for its turn to be called already');
  });

  test.each([
    ['passive', { isCallable: false }],
    ['unconfigured', { isConfigured: false }],
    ['responder-only', { settings: settings({ policy: 'responder-only' }) }],
    ['paused', { settings: settings({ policy: 'paused' }) }],
  ] as const)('for a peer that is %s', (word, change) => {
    begin(['a', change]);
    expect(refusal()).toContain(word);
    expect(charon.asked).toEqual([]);
  });

  test('for one of several, and the others are called', () => {
    begin(['a', { isCallable: false }], ['b']);
    const { results } = operate(fleet, 'initiate', { all: true }, true);
    expect(results.map(({ peer, done }) => [peer, done])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });
});

test('a peer that does not exist', () => {
  begin(['a']);
  expect(() => operate(fleet, 'pause', { peer: 'x' }, true)).toThrow(
    expect.objectContaining({ code: 'PEER_UNKNOWN' }),
  );
});
