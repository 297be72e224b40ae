import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  decodeMessage,
  type ReconnectingOptions,
  ReconnectingSession,
  ViciError,
} from '../../../src/vici/index.ts';
import { backoffMs } from '../../../src/vici/reconnecting.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';
import { everythingElse } from '../../helpers/fake-policy-charon.ts';

let charon: FakeCharon;
let happened: string[];
const running: ReconnectingSession[] = [];

beforeEach(async () => {
  charon = await FakeCharon.start();
  happened = [];
});

afterEach(async () => {
  vi.useRealTimers();
  for (const link of running.splice(0)) await link.stop();
  await charon.stop();
});

function start(options: Partial<ReconnectingOptions> = {}): ReconnectingSession {
  const link = new ReconnectingSession({
    address: charon.address,
    events: ['ike-updown', 'log'],
    backoff: { firstMs: 4, maxMs: 20, random: () => 0 },
    onEvent: (name, body) => happened.push(`${name} ${decodeMessage(body).get('n')}`),
    onAttached: () => void happened.push('attached'),
    onDetached: (reason) => happened.push(`detached ${reason.code}`),
    onRetry: (reason, nextTryMs) => happened.push(`retry ${reason.code} ${nextTryMs}`),
    ...options,
  });
  running.push(link);
  link.start();
  return link;
}

async function untilHappened(what: string): Promise<void> {
  await vi.waitFor(() => expect(happened).toContain(what), { timeout: 5000, interval: 2 });
}

test('attaches once all events are registered, and hands them over', async () => {
  const link = start();
  await untilHappened('attached');
  expect(link.session?.isOpen).toBe(true);
  charon.emit('log', { n: 1 });
  charon.emit('ike-updown', { n: 2 });
  await untilHappened('ike-updown 2');
  expect(happened).toEqual(['attached', 'log 1', 'ike-updown 2']);
});

test('survives a restart of charon and subscribes again', async () => {
  const link = start();
  await untilHappened('attached');
  await charon.goAway();
  await untilHappened('detached VICI_CLOSED');
  await untilHappened('retry VICI_CLOSED 4');
  expect(link.session).toBeUndefined();
  happened.length = 0;
  await charon.listen();
  await untilHappened('attached');
  expect(charon.registrations('log')).toBe(1);
  charon.emit('log', { n: 7 });
  await untilHappened('log 7');
});

test('waits longer after each failure, up to the bound', async () => {
  await charon.goAway();
  start();
  await vi.waitFor(() => expect(happened.length).toBeGreaterThanOrEqual(5), { timeout: 5000, interval: 2 });
  expect(happened.slice(0, 5)).toEqual([4, 8, 16, 20, 20].map((pause) => `retry VICI_CLOSED ${pause}`));
});

test('a charon that takes connections but answers nothing is tried again', async () => {
  charon.hang();
  start({ session: { timeoutMs: 200 } });
  await untilHappened('retry VICI_TIMEOUT 4');
  charon.wake();
  await untilHappened('attached');
});

test('an event that charon does not know keeps us out, an optional one does not', async () => {
  start({ events: ['alert'] });
  await untilHappened('retry VICI_UNKNOWN_EVENT 4');
  await running.splice(0)[0]?.stop();
  const missing: string[] = [];
  happened.length = 0;
  start({
    optionalEvents: ['alert', 'child-updown'],
    onAttached: (_, missingEvents) => {
      missing.push(...missingEvents);
      happened.push('attached');
    },
  });
  await untilHappened('attached');
  expect(missing).toEqual(['alert']);
  charon.emit('child-updown', { n: 1 });
  await untilHappened('child-updown 1');
});

test('a failing onAttached ends that connection and the next is made', async () => {
  let attempts = 0;
  start({
    onAttached: async () => {
      await Promise.resolve();
      if (++attempts === 1) throw new Error('not yet');
      happened.push('attached');
    },
  });
  await untilHappened('attached');
  expect(happened).toEqual(['detached VICI_CLOSED', 'attached']);
});

test("an onAttached that fails because the connection broke isn't the reason for that", async () => {
  charon.on('die', (_, client) => {
    client.close();
    return {};
  });
  start({
    onAttached: async (session) => void (await session.request('die')),
    onDetached: (reason) => happened.push(reason.message.replace(charon.address, 'ADDRESS')),
  });
  await untilHappened('charon closed the connection to ADDRESS');
});

describe('the pause after a connection that was of no use', () => {
  /** Ends two connections with `end`; when the second has ended charon is gone. */
  async function endTwo(
    end: (link: ReconnectingSession) => void,
    options: Partial<ReconnectingOptions> = {},
  ): Promise<void> {
    let attached = 0;
    let detached = 0;
    const link = start({
      onAttached: () => {
        attached += 1;
      },
      onDetached: (reason) => {
        happened.push(`detached ${reason.code}`);
        detached += 1;
        if (detached === 2) void charon.goAway();
      },
      ...options,
    });
    for (const times of [1, 2]) {
      await vi.waitFor(() => expect(attached).toBe(times), { timeout: 5000, interval: 1 });
      await everythingElse();
      end(link);
    }
    await vi.waitFor(() => expect(happened.some((one) => one.startsWith('retry'))).toBe(true), {
      timeout: 5000,
      interval: 1,
    });
  }

  test('grows if the owner gives up what has just begun', async () => {
    await endTwo((link) => link.giveUp(new ViciError('VICI_TIMEOUT', 'the other connection hangs')));
    expect(happened.slice(0, 3)).toEqual([
      'detached VICI_TIMEOUT',
      'detached VICI_TIMEOUT',
      'retry VICI_CLOSED 16',
    ]);
  });

  test('grows if the handler of events throws, whatever it throws', async () => {
    const onEvent = () => {
      throw new Error('a bug');
    };
    await endTwo(() => charon.emit('log', { n: 1 }), { onEvent });
    expect(happened.slice(0, 3)).toEqual([
      'detached VICI_CLOSED',
      'detached VICI_CLOSED',
      'retry VICI_CLOSED 16',
    ]);
  });

  test('grows if charon sends what is not VICI', async () => {
    await endTwo(() => {
      for (const client of charon.clients) client.raw(Uint8Array.of(0, 0, 0, 1, 99));
    });
    expect(happened.slice(0, 3)).toEqual([
      'detached VICI_PROTOCOL',
      'detached VICI_PROTOCOL',
      'retry VICI_CLOSED 16',
    ]);
  });

  test('stays the first if charon closed it, on this connection or on one that belongs to it', async () => {
    await endTwo(() => {
      for (const client of charon.clients) client.close();
    });
    expect(happened.at(2)).toBe('retry VICI_CLOSED 4');
    await running.splice(0)[0]?.stop();
    await charon.listen();
    happened.length = 0;
    await endTwo((link) => link.giveUp(new ViciError('VICI_CLOSED', 'charon closed the other one')));
    expect(happened.at(2)).toBe('retry VICI_CLOSED 4');
  });

  test.each([
    [9_999, 8],
    [10_000, 4],
  ])('after one that lasted %d ms is %d ms at the next failure', async (lastedMs, pauseMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const link = start({ onDetached: () => void charon.goAway() });
    while (!happened.includes('attached')) await everythingElse();
    await vi.advanceTimersByTimeAsync(lastedMs);
    link.giveUp(new ViciError('VICI_TIMEOUT', 'the other connection hangs'));
    await charon.until(() => charon.clients.size === 0);
    await everythingElse();
    await vi.advanceTimersByTimeAsync(4);
    while (happened.length < 2) await everythingElse();
    expect(happened).toEqual(['attached', `retry VICI_CLOSED ${pauseMs}`]);
  });

  test('giving up while nothing is connected changes nothing', async () => {
    await charon.goAway();
    const link = start();
    await untilHappened('retry VICI_CLOSED 4');
    link.giveUp(new ViciError('VICI_TIMEOUT', 'too late'));
    await charon.listen();
    await untilHappened('attached');
    expect(link.session?.isOpen).toBe(true);
  });
});

test('stop ends it in every phase, and it can be started again', async () => {
  charon.hang();
  const link = start();
  await charon.until(() => charon.clients.size === 1);
  await link.stop();
  await charon.until(() => charon.clients.size === 0);
  expect(happened).toEqual([]);
  charon.wake();
  link.start();
  link.start();
  await untilHappened('attached');
  await link.stop();
  expect(happened).toEqual(['attached', 'detached VICI_CLOSED']);
  await charon.goAway();
  link.start();
  await untilHappened('retry VICI_CLOSED 4');
  await link.stop();
  expect(link.session).toBeUndefined();
});

test('stop does not wait for a pause to be over', async () => {
  await charon.goAway();
  const link = start({ backoff: { firstMs: 600_000, maxMs: 600_000, random: () => 0 } });
  await untilHappened('retry VICI_CLOSED 600000');
  await link.stop();
  expect(happened).toHaveLength(1);
});

test.each([
  [0, 0, 50],
  [1, 0, 50],
  [2, 0, 100],
  [6, 0, 1600],
  [7, 0, 2000],
  [1000, 0, 2000],
  [1, 1, 25],
  [7, 0.5, 1500],
])('after %d failures and with the random number %d the pause is %d ms', (failures, random, pause) => {
  expect(backoffMs(failures, { firstMs: 50, maxMs: 2000, random: () => random })).toBe(pause);
});
