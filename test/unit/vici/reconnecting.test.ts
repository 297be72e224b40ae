import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decodeMessage, type ReconnectingOptions, ReconnectingSession } from '../../../src/vici/index.ts';
import { backoffMs } from '../../../src/vici/reconnecting.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';

let charon: FakeCharon;
let happened: string[];
const running: ReconnectingSession[] = [];

beforeEach(async () => {
  charon = await FakeCharon.start();
  happened = [];
});

afterEach(async () => {
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
