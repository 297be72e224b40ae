import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodePacket, Session, type SessionOptions, ViciError } from '../../../src/vici/index.ts';
import { FakeCharon, NO_ANSWER } from '../../helpers/fake-charon.ts';

let charon: FakeCharon;
const sessions: Session[] = [];

beforeEach(async () => {
  charon = await FakeCharon.start();
});

afterEach(async () => {
  for (const session of sessions.splice(0)) session.close();
  await charon.stop();
});

async function connect(options: SessionOptions = {}): Promise<Session> {
  const session = await Session.connect(charon.address, options);
  sessions.push(session);
  return session;
}

function failure(code: string, more: object = {}): unknown {
  return expect.objectContaining({ code, ...more });
}

test('a command gets its answer', async () => {
  const session = await connect();
  const answer = await session.request('version');
  expect(answer.get('version')).toBe('5.9.8');
});

test('many requests at once are sent one by one and each gets its own answer', async () => {
  let underWay = 0;
  charon.on('echo', async (request) => {
    expect(++underWay).toBe(1);
    await new Promise(setImmediate);
    underWay--;
    return { n: request.get('n') };
  });
  const session = await connect();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => session.request('echo', { n }).then((answer) => answer.number('n'))),
  );
  expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => n));
});

test('an unknown command fails, the session goes on', async () => {
  const session = await connect();
  await expect(session.request('frobnicate')).rejects.toEqual(
    failure('VICI_UNKNOWN_COMMAND', { command: 'frobnicate' }),
  );
  await expect(session.request('version')).resolves.toBeDefined();
});

test('success = no is VICI_COMMAND_FAILED with what charon said', async () => {
  charon.on('terminate', () => ({
    success: 'no',
    matches: 2,
    terminated: 1,
    errmsg: 'terminating SA failed',
  }));
  const session = await connect();
  await expect(session.request('terminate')).rejects.toEqual(
    failure('VICI_COMMAND_FAILED', {
      command: 'terminate',
      errmsg: 'terminating SA failed',
      matches: 2,
      terminated: 1,
    }),
  );
});

test('a message that cannot be sent is refused and nothing is sent', async () => {
  const session = await connect();
  await expect(session.request('x', { ä: '1' })).rejects.toEqual(failure('VICI_ENCODE'));
  await expect(session.request('')).rejects.toEqual(failure('VICI_ENCODE'));
  const values = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`k${n}`, Buffer.alloc(65_500)]));
  // Fits as a message, not with its type and name around it.
  const rest = Buffer.alloc(524_288 - 8 * (65_500 + 6) - 6);
  await expect(session.request('load-cert', { ...values, kr: rest })).rejects.toEqual(failure('VICI_ENCODE'));
  await session.request('version');
  expect(charon.requests).toHaveLength(1);
});

test.each([0, -1, 2 ** 31, Number.NaN])('a timeout of %d is no timeout', async (timeoutMs) => {
  const session = await connect();
  await expect(session.request('version', {}, { timeoutMs })).rejects.toThrow(RangeError);
  await expect(Session.connect(charon.address, { timeoutMs })).rejects.toThrow(RangeError);
});

test('settings that are out of range are refused before a connection is made', async () => {
  for (const settings of [
    { timeoutMs: 0 },
    { connectTimeoutMs: 0 },
    { restMs: -1 },
    { restMs: 2 ** 31 },
    { restMs: Number.NaN },
    { readBytesMax: 0 },
    { readBytesMax: 1.5 },
    { readBytesMax: 2 ** 20 + 1 },
  ]) {
    await expect(Session.connect(charon.address, settings)).rejects.toThrow(RangeError);
  }
  // The first that charon sees is this one.
  await connect();
  expect(charon.clients.size).toBe(1);
});

test('an answer that cannot be read fails its request only', async () => {
  charon.on('stats', () => Buffer.from([2]));
  const session = await connect();
  await expect(session.request('stats')).rejects.toEqual(failure('VICI_PROTOCOL'));
  await expect(session.request('version')).resolves.toBeDefined();
});

test('a late answer is dropped, the next request gets its own', async () => {
  charon.on('echo', (request) => ({ n: request.get('n') }));
  const session = await connect();
  charon.hang();
  await expect(session.request('echo', { n: 1 }, { timeoutMs: 20 })).rejects.toEqual(
    failure('VICI_TIMEOUT', { command: 'echo', fault: 'charon' }),
  );
  const second = session.request('echo', { n: 2 });
  await charon.until(() => charon.seen('echo').length === 1);
  charon.wake();
  expect((await second).get('n')).toBe('2');
  expect((await session.request('echo', { n: 3 })).get('n')).toBe('3');
});

test('with three late answers the session lives, with a fourth it has ended', async () => {
  const session = await connect();
  charon.hang();
  for (let late = 1; late <= 4; late++) {
    expect(session.isOpen).toBe(true);
    await expect(session.request('version', {}, { timeoutMs: 10 })).rejects.toEqual(failure('VICI_TIMEOUT'));
  }
  expect(session.isOpen).toBe(false);
  expect(await session.closed).toMatchObject({ code: 'VICI_TIMEOUT' });
  await expect(session.request('version')).rejects.toEqual(failure('VICI_CLOSED'));
});

test('a request whose time runs out in the queue is never sent', async () => {
  charon.on('never', () => ({}));
  const session = await connect();
  charon.hang();
  const slow = session.request('version');
  await expect(session.request('never', {}, { timeoutMs: 10 })).rejects.toThrow(
    /couldn't be sent within 10 ms/,
  );
  charon.wake();
  await slow;
  await session.request('version');
  expect(charon.requests.map((request) => request.command)).toEqual(['version', 'version']);
});

test('whoever waits behind a request whose time ran out is sent at once', async () => {
  charon.on('echo', (request) => ({ n: request.get('n') }));
  const session = await connect();
  charon.hang();
  const first = session.request('echo', { n: 1 }, { timeoutMs: 20 });
  const second = session.request('echo', { n: 2 });
  await expect(first).rejects.toEqual(failure('VICI_TIMEOUT'));
  await charon.until(() => charon.seen('echo').length === 2);
  charon.wake();
  expect((await second).get('n')).toBe('2');
});

test('a registration without an answer ends the session: nobody knows what charon sends now', async () => {
  const session = await connect({ timeoutMs: 20 });
  charon.hang();
  await expect(session.subscribe(['log'], () => undefined)).rejects.toEqual(failure('VICI_TIMEOUT'));
  expect((await session.closed).code).toBe('VICI_TIMEOUT');
});

test('the queue takes as many as it may and refuses one more', async () => {
  const session = await connect({ maxQueued: 2 });
  charon.hang();
  const taken = [1, 2, 3].map(() => session.request('version'));
  await expect(session.request('version')).rejects.toEqual(failure('VICI_QUEUE_FULL', { fault: 'afteryou' }));
  charon.wake();
  await expect(Promise.all(taken)).resolves.toHaveLength(3);
  await expect(session.request('version')).resolves.toBeDefined();
});

test('more than one request under way: so many are sent ahead of their answers, and each gets its own', async () => {
  charon.on('echo', (request) => ({ n: request.get('n') }));
  const session = await connect({ maxUnderWay: 2 });
  charon.hang();
  const all = [1, 2, 3].map((n) => session.request('echo', { n }));
  await charon.until(() => charon.seen('echo').length === 2);
  await new Promise(setImmediate);
  expect(charon.seen('echo')).toHaveLength(2);
  charon.wake();
  expect((await Promise.all(all)).map((answer) => answer.get('n'))).toEqual(['1', '2', '3']);
});

test('requests under way whose callers still wait are not late', async () => {
  const session = await connect({ maxUnderWay: 3, maxLateAnswers: 1, timeoutMs: 60_000 });
  charon.hang();
  const late = session.request('version', {}, { timeoutMs: 20 });
  const others = [session.request('version'), session.request('version')];
  await expect(late).rejects.toEqual(failure('VICI_TIMEOUT'));
  charon.wake();
  await expect(Promise.all(others)).resolves.toHaveLength(2);
  expect(session.isOpen).toBe(true);
});

test('when charon hangs up, whoever waits is told, and so is whoever asks later', async () => {
  charon.on('die', (_, client) => {
    client.close();
    return NO_ANSWER;
  });
  const session = await connect();
  const outcomes = await Promise.allSettled([session.request('die'), session.request('version')]);
  for (const outcome of outcomes) {
    expect(outcome).toEqual({ status: 'rejected', reason: failure('VICI_CLOSED') });
  }
  expect(session.isOpen).toBe(false);
  await expect(session.request('version')).rejects.toEqual(failure('VICI_CLOSED', { command: 'version' }));
  await expect(session.subscribe(['log'], () => undefined)).rejects.toEqual(failure('VICI_CLOSED'));
});

test('close ends it at once, twice is as good as once', async () => {
  const session = await connect();
  charon.hang();
  const pending = session.request('version');
  session.close();
  session.close();
  await expect(pending).rejects.toEqual(failure('VICI_CLOSED'));
  expect((await session.closed).message).toContain('closed by its owner');
});

test('a half packet before the end is said to be one', async () => {
  charon.on('die', (_, client) => {
    client.socket.end(Buffer.from([0, 0, 0, 9, 1, 2]));
    return NO_ANSWER;
  });
  const session = await connect();
  await expect(session.request('die')).rejects.toThrow(/in the middle of a packet/);
});

const RUBBISH: Record<string, Uint8Array> = {
  'a length over 512 KiB': Buffer.from([0, 8, 0, 1]),
  'a length of 0': Buffer.alloc(4),
  'a packet of unknown type': Buffer.from([0, 0, 0, 1, 8]),
  'an answer to a registration': encodePacket({ type: 'EVENT_CONFIRM' }),
  'a packet that only clients send': encodePacket({ type: 'CMD_REQUEST', name: 'version' }),
};

test.each(Object.entries(RUBBISH))('%s instead of an answer ends the session', async (_, bytes) => {
  charon.on('rubbish', (_request, client) => {
    client.raw(bytes);
    return NO_ANSWER;
  });
  const session = await connect();
  await expect(session.request('rubbish')).rejects.toEqual(failure('VICI_CLOSED'));
  expect((await session.closed).code).toBe('VICI_PROTOCOL');
});

test('an answer that nobody asked for ends the session', async () => {
  const session = await connect();
  await charon.until(() => charon.clients.size === 1);
  for (const client of charon.clients) client.send({ type: 'CMD_RESPONSE' });
  expect(await session.closed).toMatchObject({ code: 'VICI_PROTOCOL' });
});

test('no error text quotes what a request carried', async () => {
  charon.on('load-shared', () => ({ success: 'no', errmsg: 'missing owners' }));
  const session = await connect({ maxQueued: 0 });
  const secret = { type: 'IKE', data: 'swordfish' };
  const refused = await session.request('load-shared', secret).catch((error: unknown) => error);
  charon.hang();
  const late = session.request('load-shared', secret, { timeoutMs: 20 }).catch((error: unknown) => error);
  const full = await session.request('load-shared', secret).catch((error: unknown) => error);
  const oversize = await session
    .request('load-shared', { data: `swordfish${'x'.repeat(70_000)}` })
    .catch((error: unknown) => error);
  const errors = [refused, await late, full, oversize];
  expect(errors.map((error) => error instanceof ViciError && error.code)).toEqual([
    'VICI_COMMAND_FAILED',
    'VICI_TIMEOUT',
    'VICI_QUEUE_FULL',
    'VICI_ENCODE',
  ]);
  for (const error of errors) {
    const shown = error instanceof Error ? `${error.stack} ${JSON.stringify(error)}` : '';
    expect(shown).not.toContain('swordfish');
  }
});
