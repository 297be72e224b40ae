import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeMessage, Session } from '../../../src/vici/index.ts';
import { FREE_READINGS, MUCH_BYTES, ReadRests } from '../../../src/vici/read-rests.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';
import { everythingElse } from '../../helpers/fake-policy-charon.ts';

const REST_MS = 1_000;
const READ_BYTES_MAX = 8_192;

afterEach(() => {
  vi.useRealTimers();
});

describe('a session that rests after each reading', () => {
  let charon: FakeCharon;
  let session: Session;
  let seen: unknown[];

  beforeEach(async () => {
    charon = await FakeCharon.start();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    session = await Session.connect(charon.address, { restMs: REST_MS, readBytesMax: READ_BYTES_MAX });
    seen = [];
    await session.subscribe(['log'], (_name, body) => seen.push(decodeMessage(body).get('n')));
    // One more was the confirmation.
    await readOneByOne(FREE_READINGS);
  });

  /** One reading for each event. */
  async function readOneByOne(readings: number): Promise<void> {
    for (let reading = 1; reading <= readings; reading += 1) {
      charon.emit('log', { n: 0 });
      while (seen.length < reading) await everythingElse();
    }
    seen.length = 0;
  }

  afterEach(async () => {
    session.close();
    await charon.stop();
  });

  test('what comes during the rest is read after it, all of it and in order', async () => {
    const sent = Array.from({ length: 100 }, (_, index) => `${index}`);
    for (const n of sent) charon.emit('log', { n });
    await everythingElse();
    await vi.advanceTimersByTimeAsync(REST_MS - 1);
    await everythingElse();
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    while (seen.length < sent.length) await everythingElse();
    expect(seen).toEqual(sent);
  });

  test('of much that has gathered a part is read at a time, so that others come in between', async () => {
    const text = 'x'.repeat(1_000);
    for (let n = 0; n < 100; n += 1) charon.emit('log', { n, text });
    await everythingElse();
    await vi.advanceTimersByTimeAsync(REST_MS);
    while (seen.length === 0) await everythingElse();
    expect(seen.length).toBeLessThanOrEqual(READ_BYTES_MAX / 1_000);
    while (seen.length < 100) {
      await vi.advanceTimersByTimeAsync(1);
      await everythingElse();
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
  });

  test('in the next second the first ones are read at once again', async () => {
    await vi.advanceTimersByTimeAsync(REST_MS);
    const fromMs = performance.now();
    await readOneByOne(FREE_READINGS);
    expect(performance.now()).toBe(fromMs);
  });

  test('answers come as much later', async () => {
    charon.on('version', () => ({ daemon: 'charon' }));
    const answer = session.request('version', {}, { timeoutMs: 10 * REST_MS });
    await vi.advanceTimersByTimeAsync(REST_MS);
    expect((await answer).get('daemon')).toBe('charon');
  });

  test('it can be closed while it rests', async () => {
    session.close();
    await vi.advanceTimersByTimeAsync(REST_MS);
    expect(await session.closed).toMatchObject({ code: 'VICI_CLOSED' });
  });

  test('a paused consumer stays paused when the rest is over', async () => {
    await vi.advanceTimersByTimeAsync(REST_MS);
    charon.onStream('list-sas', 'list-sa', () => Array.from({ length: 300 }, (_, n) => ({ n: `${n}` })));
    const read: unknown[] = [];
    const reading = (async () => {
      for await (const n of session.items('list-sas', 'list-sa', {}, (item) =>
        decodeMessage(item).get('n'),
      )) {
        read.push(n);
        await everythingElse();
      }
    })();
    while (read.length < 300) {
      await vi.advanceTimersByTimeAsync(REST_MS);
      await everythingElse();
    }
    await reading;
    expect(read).toHaveLength(300);
    expect(read.at(-1)).toBe('299');
  });
});

describe('how long a rest is', () => {
  /** @returns after how long it was over, in ms; null if there was none */
  async function restAfter(bytes: number, restMs: number): Promise<number | null> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const beginMs = performance.now();
    let overMs: number | null = null;
    const rests = new ReadRests(restMs, 65_536, () => {
      overMs = performance.now() - beginMs;
    });
    for (let reading = 0; reading < FREE_READINGS; reading += 1) rests.begin(100);
    expect(rests.isResting).toBe(false);
    rests.begin(bytes);
    expect(rests.isResting).toBe(restMs > 0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rests.isResting).toBe(false);
    return overMs;
  }

  test.each([
    [100, 0, null],
    [100, 250, 250],
    [65_536, 250, 3],
    [65_536, 2, 2],
  ])('%d bytes read, at most %d ms: %s', async (bytes, restMs, expectedMs) => {
    expect(await restAfter(bytes, restMs)).toBe(expectedMs);
  });

  test('a reading that brought much is never free', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const rests = new ReadRests(250, 65_536, () => undefined);
    rests.begin(MUCH_BYTES);
    expect(rests.isResting).toBe(true);
    rests.stop();
  });

  test('nor is one that brought as much as it may', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const rests = new ReadRests(250, 4_096, () => undefined);
    rests.begin(4_095);
    expect(rests.isResting).toBe(false);
    rests.begin(4_096);
    expect(rests.isResting).toBe(true);
    rests.stop();
  });

  test('stopped, it is over without a word', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let calls = 0;
    const rests = new ReadRests(250, 65_536, () => {
      calls += 1;
    });
    for (let reading = 0; reading <= FREE_READINGS; reading += 1) rests.begin(1);
    expect(rests.isResting).toBe(true);
    rests.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rests.isResting).toBe(false);
    expect(calls).toBe(0);
  });
});
