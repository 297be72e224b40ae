import { describe, expect, test } from 'vitest';
import { REQUEST_LIMITS } from '../../../src/control/limits.ts';
import { AfteryouError } from '../../../src/errors.ts';
import { entryWith, HISTORY, UP } from './fake-daemon.ts';
import { eventually, RawClient, startServer } from './places.ts';

function refusal(id: string, code: string, message: RegExp) {
  return { id, error: expect.objectContaining({ code, message: expect.stringMatching(message) }) };
}

const RELOAD = { id: 'r', command: 'reload', arguments: {} };
const STATUS = { id: 's', command: 'status', arguments: { peer: null } };

describe('requests', () => {
  test('are answered in order, with their own ids', async () => {
    const { path } = await startServer();
    const client = new RawClient(path).request(RELOAD).request(STATUS);
    expect(await client.answer()).toMatchObject({ id: 'r', ok: { unchanged: 2 } });
    expect(await client.answer()).toMatchObject({ id: 's', ok: { schema: 1, version: '0.1.0' } });
  });

  test('wait until the one before is answered', async () => {
    const { path, api } = await startServer();
    const reload = await api.reloading();
    let finish = (): void => {};
    api.reloading = () => new Promise((resolve) => (finish = () => resolve(reload)));
    const client = new RawClient(path).request(RELOAD).request(STATUS);
    await eventually(() => api.calls.includes('reload'));
    expect(api.calls).toEqual(['reload']);
    finish();
    expect(await client.answer()).toMatchObject({ id: 'r' });
    expect(await client.answer()).toMatchObject({ id: 's' });
    expect(api.calls).toEqual(['reload', 'status']);
  });

  test.each([
    ['a key too many', { ...STATUS, more: 1 }, /Unrecognized key/],
    ['an argument too many', { ...STATUS, arguments: { peer: null, more: 1 } }, /at arguments/],
    ['no argument', { ...STATUS, arguments: {} }, /at arguments\.peer/],
    ['an argument of another type', { ...STATUS, arguments: { peer: 7 } }, /at arguments\.peer/],
    ['a name too long', { ...STATUS, arguments: { peer: 'x'.repeat(257) } }, /at arguments\.peer/],
    ['no name', { ...STATUS, arguments: { peer: '' } }, /at arguments\.peer/],
    [
      'a limit too high',
      { id: 's', command: 'events', arguments: { limit: 10_001, follow: false } },
      /limit/,
    ],
    [
      'two selectors',
      { id: 's', command: 'operate', arguments: { action: 'pause', selector: { peer: 'a', all: true } } },
      /at arguments\.selector/,
    ],
    ['another command', { ...STATUS, command: 'shutdown' }, /knows no command 'shutdown'/],
    ['a command of the prototype', { ...STATUS, command: 'toString' }, /knows no command 'toString'/],
  ])('%s is refused, and the connection goes on', async (_, request, message) => {
    const { path, api } = await startServer();
    const client = new RawClient(path).request(request);
    expect(await client.answer()).toEqual(refusal('s', 'CONTROL_PROTOCOL', message));
    expect(api.calls).toEqual([]);
    expect(await client.request(STATUS).answer()).toMatchObject({ id: 's', ok: {} });
  });

  test('that are no objects, or have no id, are refused with an empty one', async () => {
    const { path } = await startServer();
    const client = new RawClient(path).request(null).request({ command: 'reload', arguments: {} });
    expect(await client.answer()).toEqual(refusal('', 'CONTROL_PROTOCOL', /a request is wrong/));
    expect(await client.answer()).toEqual(refusal('', 'CONTROL_PROTOCOL', /a request is wrong at id/));
    expect(await client.request({ ...STATUS, id: 'x'.repeat(32) }).answer()).toMatchObject({ ok: {} });
    expect(await client.request({ ...STATUS, id: 'x'.repeat(33) }).answer()).toMatchObject({ id: '' });
  });

  test('that the daemon refuses come back with code, fault and next step', async () => {
    const { path, api } = await startServer();
    api.onCall = () => {
      throw new AfteryouError('CONTROL_REFUSED', 'not now', { nextStep: 'Later.' });
    };
    const client = new RawClient(path).request(STATUS);
    expect(await client.answer()).toEqual({
      id: 's',
      error: { code: 'CONTROL_REFUSED', fault: 'operator', message: 'not now', nextStep: 'Later.' },
    });
  });

  test('that meet a bug say so, to the client and to the log', async () => {
    const troubles: unknown[] = [];
    const { path, api } = await startServer({ onTrouble: (error) => troubles.push(error) });
    const bug = new TypeError('x is undefined');
    api.reloading = () => Promise.reject(bug);
    const client = new RawClient(path).request(RELOAD);
    expect(await client.answer()).toEqual(
      refusal('r', 'INVARIANT_BROKEN', /a bug of its own: x is undefined/),
    );
    expect(troubles).toEqual([bug]);
  });

  test('with an answer too large for a frame are refused in words', async () => {
    const { path, api } = await startServer();
    api.peers = Array(16_385).fill(UP);
    const client = new RawClient(path).request(STATUS);
    expect(await client.answer()).toEqual(refusal('s', 'CONTROL_REFUSED', /too large/));
  });
});

describe('bytes that are no requests', () => {
  test('a frame is as long as allowed; a longer one ends the connection', async () => {
    const { path } = await startServer();
    const length = REQUEST_LIMITS.bytesMax;
    const client = new RawClient(path);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);
    // A text of the full length: well formed, and no request.
    const text = Buffer.alloc(length, 0x61);
    text.set([0xda, (length - 3) >> 8, (length - 3) & 0xff]);
    client.socket.write(Buffer.concat([prefix, text]));
    expect(await client.answer()).toEqual(refusal('', 'CONTROL_PROTOCOL', /a request is wrong/));
    prefix.writeUInt32BE(length + 1);
    client.socket.write(prefix);
    expect(await client.answer()).toEqual(refusal('', 'CONTROL_PROTOCOL', /a frame of 16385 bytes/));
    expect(await client.answer()).toBeUndefined();
  });

  test('a message that the guard refuses ends the connection', async () => {
    const { path, api } = await startServer();
    const client = new RawClient(path);
    client.socket.write(Buffer.from([0, 0, 0, 5, 0xdd, 0xff, 0xff, 0xff, 0xff]));
    expect(await client.answer()).toEqual(refusal('', 'CONTROL_PROTOCOL', /claims more values/));
    client.request(STATUS);
    expect(await client.answer()).toBeUndefined();
    expect(api.calls).toEqual([]);
  });
});

describe('time', () => {
  test('a frame that comes in drops has one time limit for all of them', async () => {
    const { path, api } = await startServer({ frameMs: 60, idleMs: 60_000 });
    const client = new RawClient(path);
    const drops = setInterval(() => client.socket.write(Buffer.from([0])), 10);
    client.socket.write(Buffer.from([0, 0, 16]));
    expect(await client.answer()).toEqual(refusal('', 'CONTROL_PROTOCOL', /complete within 60 ms/));
    clearInterval(drops);
    expect(api.calls).toEqual([]);
  });

  test('a connection without a request is ended, and one that follows events is not', async () => {
    const { path, api } = await startServer({ idleMs: 1_500 });
    const follower = new RawClient(path);
    follower.request({ id: 'f', command: 'events', arguments: { limit: 0, follow: true } });
    expect(await follower.answer()).toEqual({ id: 'f', ok: [] });
    const idler = new RawClient(path);
    expect(await idler.answer()).toEqual(refusal('', 'CONTROL_REFUSED', /no request came within 1500 ms/));
    expect(await idler.answer()).toBeUndefined();
    api.emit(entryWith('still there'));
    expect(await follower.answer()).toMatchObject({ event: { why: 'still there' } });
  });

  test('whoever leaves answers unread is cut off', async () => {
    const { path, api } = await startServer({ stallMs: 50 });
    api.peers = Array(2_000).fill(UP);
    const client = new RawClient(path);
    const closed = new Promise((resolve) => client.socket.once('close', resolve));
    client.socket.pause();
    for (let count = 0; count < 20; count++) client.request(STATUS);
    await eventually(() => api.calls.length > 0);
    // Writing shows the end of a connection that isn't read.
    const writing = setInterval(() => client.request(STATUS), 5);
    await closed;
    clearInterval(writing);
    // One answer fills the kernel's buffer; what was asked for after it was never looked at.
    expect(api.calls).toHaveLength(1);
  });
});

describe('connections', () => {
  test('are 32 at most; the 33rd is told, and has its turn when one goes', async () => {
    const { path } = await startServer();
    const clients = Array.from({ length: 32 }, () => new RawClient(path));
    for (const client of clients) {
      expect(await client.request(STATUS).answer()).toMatchObject({ id: 's', ok: {} });
    }
    const late = new RawClient(path).request(STATUS);
    expect(await late.answer()).toEqual(refusal('', 'CONTROL_REFUSED', /32 connections are open/));
    expect(await late.answer()).toBeUndefined();
    clients[0]?.socket.destroy();
    let answer: unknown;
    while (!Object.hasOwn(Object(answer), 'ok')) answer = await new RawClient(path).request(STATUS).answer();
    expect(answer).toMatchObject({ id: 's' });
  });

  test('beyond twice as many are closed without a word, and the log gets one', async () => {
    const troubles: unknown[] = [];
    const { path } = await startServer({ connectionsMax: 1, onTrouble: (error) => troubles.push(error) });
    const served = new RawClient(path).request(STATUS);
    expect(await served.answer()).toMatchObject({ id: 's', ok: {} });
    // Told, and there until it has gone itself.
    const refused = new RawClient(path);
    expect(await refused.answer()).toEqual(refusal('', 'CONTROL_REFUSED', /1 connections are open/));
    expect(troubles).toEqual([
      expect.objectContaining({ message: '1 connections are open, no more are possible' }),
    ]);
    expect(await new RawClient(path).answer()).toBeUndefined();
    expect(troubles[1]).toMatchObject({
      code: 'CONTROL_REFUSED',
      message: expect.stringMatching(/was closed/),
    });
  });

  test('close with the server', async () => {
    const { path, server } = await startServer();
    const client = new RawClient(path);
    expect(await client.request(STATUS).answer()).toMatchObject({ id: 's' });
    await server.close();
    expect(await client.answer()).toBeUndefined();
  });
});

describe('events', () => {
  test('come after the history, without a gap, to every follower', async () => {
    const { path, api } = await startServer();
    const clients = [new RawClient(path), new RawClient(path)];
    for (const client of clients) {
      client.request({ id: 'f', command: 'events', arguments: { limit: 1, follow: true } });
      expect(await client.answer()).toEqual({ id: 'f', ok: [HISTORY[1]] });
    }
    api.emit(entryWith('new'));
    for (const client of clients) {
      expect(await client.answer()).toEqual({ id: 'f', event: entryWith('new') });
    }
  });

  test('stop when the follower goes', async () => {
    const { path, api } = await startServer();
    const client = new RawClient(path);
    client.request({ id: 'f', command: 'events', arguments: { limit: 0, follow: true } });
    await client.answer();
    expect(api.listeners.size).toBe(1);
    client.socket.destroy();
    await eventually(() => api.listeners.size === 0);
  });

  test('are followed once per connection', async () => {
    const { path, api } = await startServer();
    const follow = { id: 'f', command: 'events', arguments: { limit: 0, follow: true } };
    const client = new RawClient(path).request(follow).request({ ...follow, id: 'g' });
    expect(await client.answer()).toEqual({ id: 'f', ok: [] });
    expect(await client.answer()).toEqual(refusal('g', 'CONTROL_REFUSED', /follows events already/));
    expect(api.listeners.size).toBe(1);
  });

  test('a follower that is too slow is dropped with a message, and what waits for it is bounded', async () => {
    const { path, api } = await startServer({ followerBytesMax: 64 * 1024 });
    const client = new RawClient(path);
    client.request({ id: 'f', command: 'events', arguments: { limit: 0, follow: true } });
    await client.answer();
    client.socket.pause();
    let sent = 0;
    while (api.listeners.size > 0) {
      api.emit(entryWith('x'.repeat(10_000)));
      sent += 1;
      await new Promise((resolve) => setImmediate(resolve));
      // The kernel holds some 200 KiB, we hold 64 more: 10 kB each, that is soon full.
      expect(sent).toBeLessThan(500);
    }
    client.socket.resume();
    const answers: unknown[] = [];
    for (let last = await client.answer(); last !== undefined; last = await client.answer())
      answers.push(last);
    expect(answers).toHaveLength(sent);
    expect(answers.at(-1)).toEqual(refusal('f', 'CONTROL_REFUSED', /read too slowly/));
  });
});
