import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeMessage, type MessageCursor, Session } from '../../../src/vici/index.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';

let charon: FakeCharon;
let session: Session;

beforeEach(async () => {
  charon = await FakeCharon.start();
  session = await Session.connect(charon.address);
});

afterEach(async () => {
  session.close();
  await charon.stop();
});

/** Collects events as `name:n`. */
function collector(): { seen: string[]; handler: (name: string, body: MessageCursor) => void } {
  const seen: string[] = [];
  return { seen, handler: (name, body) => seen.push(`${name}:${decodeMessage(body).get('n')}`) };
}

test('events come to their handlers, others do not', async () => {
  const { seen, handler } = collector();
  const subscription = await session.subscribe(['log', 'ike-updown'], handler);
  expect(subscription.names).toEqual(['log', 'ike-updown']);
  charon.emit('log', { n: 1 });
  charon.emit('child-updown', { n: 2 });
  charon.emit('ike-updown', { n: 3 });
  await session.request('version');
  expect(seen).toEqual(['log:1', 'ike-updown:3']);
});

test('events may come between a request and its answer, and around a stream', async () => {
  const { seen, handler } = collector();
  await session.subscribe(['log'], handler);
  charon.on('list-sas', (_, client) => {
    client.emit('log', { n: 1 });
    client.emit('list-sa', { n: 'item' });
    client.emit('log', { n: 2 });
    return {};
  });
  const items: (string | undefined)[] = [];
  await session.stream('list-sas', 'list-sa', {}, (item) => items.push(decodeMessage(item).get('n')));
  expect([seen, items]).toEqual([['log:1', 'log:2'], ['item']]);
});

test('each handler gets its own events, and no items of a stream', async () => {
  const log = collector();
  const controlLog = collector();
  await session.subscribe(['log'], log.handler);
  await session.subscribe(['control-log'], controlLog.handler);
  charon.on('initiate', (_, client) => {
    client.emit('log', { n: 1 });
    client.emit('control-log', { n: 2 });
    return {};
  });
  let items = 0;
  await session.stream('initiate', 'control-log', {}, () => items++);
  expect([log.seen, controlLog.seen, items]).toEqual([['log:1'], [], 1]);
  await session.request('initiate');
  expect([log.seen, controlLog.seen]).toEqual([['log:1', 'log:1'], ['control-log:2']]);
});

test('an event in the same chunk as its confirmation is not lost', async () => {
  const { seen, handler } = collector();
  const subscribed = session.subscribe(['log'], handler);
  await charon.until(() => charon.registrations('log') === 1);
  charon.emit('log', { n: 1 });
  await subscribed;
  await session.request('version');
  expect(seen).toEqual(['log:1']);
});

test('two who want one event share one registration, and each gets all of it', async () => {
  const one = collector();
  const two = collector();
  const [first, second] = await Promise.all([
    session.subscribe(['log'], one.handler),
    session.subscribe(['log'], two.handler),
  ]);
  expect(charon.registrations('log')).toBe(1);
  charon.emit('log', { n: 1 });
  await session.request('version');
  await first.close();
  expect(charon.registrations('log')).toBe(1);
  charon.emit('log', { n: 2 });
  await session.request('version');
  await second.close();
  await second.close();
  expect(charon.registrations('log')).toBe(0);
  expect([one.seen, two.seen]).toEqual([['log:1'], ['log:1', 'log:2']]);
});

test('an unknown event fails the subscription, undoes the rest, and the session goes on', async () => {
  const { seen, handler } = collector();
  await expect(session.subscribe(['log', 'alert'], handler)).rejects.toEqual(
    expect.objectContaining({ code: 'VICI_UNKNOWN_EVENT', message: expect.stringContaining('"alert"') }),
  );
  expect(charon.registrations('log')).toBe(0);
  charon.knownEvents.add('alert');
  await session.subscribe(['alert'], handler);
  charon.emit('alert', { n: 1 });
  await session.request('version');
  expect(seen).toEqual(['alert:1']);
});

test('a handler that throws ends the session', async () => {
  const failure = new TypeError('oops');
  await session.subscribe(['log'], () => {
    throw failure;
  });
  charon.emit('log', {});
  expect(await session.closed).toMatchObject({ code: 'VICI_CLOSED', cause: failure });
});

test('an event that is no VICI ends the session when it is read', async () => {
  await session.subscribe(['log'], (_, body) => decodeMessage(body));
  charon.emit('log', Buffer.from([9]));
  expect(await session.closed).toMatchObject({ code: 'VICI_PROTOCOL' });
});

test('a full queue does not keep a registration from being undone', async () => {
  const narrow = await Session.connect(charon.address, { maxQueued: 1 });
  const subscription = await narrow.subscribe(['log'], () => undefined);
  charon.hang();
  const requests = [narrow.request('version'), narrow.request('version')];
  const closed = subscription.close();
  charon.wake();
  await Promise.all([...requests, closed]);
  expect(charon.registrations('log')).toBe(0);
  narrow.close();
});

test('closing a subscription of an ended session is no error', async () => {
  const subscription = await session.subscribe(['log'], () => undefined);
  session.close();
  await expect(subscription.close()).resolves.toBeUndefined();
});
