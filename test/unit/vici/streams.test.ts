import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  encodeMessage,
  encodePacket,
  listSas,
  type MessageCursor,
  Session,
} from '../../../src/vici/index.ts';
import { FakeCharon, NO_ANSWER } from '../../helpers/fake-charon.ts';
import { recordedEvents } from '../../helpers/vici-fixtures.ts';

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

function numbered(count: number): void {
  charon.onStream('list-sas', 'list-sa', () =>
    Array.from({ length: count }, (_, n) => ({ n, pad: 'x'.repeat(800) })),
  );
}

function readNumber(item: MessageCursor): number {
  item.nextField();
  return item.number();
}

const refused = (code: string): unknown => expect.objectContaining({ code });

test('stream hands over each item in order, then the answer', async () => {
  numbered(100);
  const seen: number[] = [];
  await session.stream('list-sas', 'list-sa', {}, (item) => seen.push(readNumber(item)));
  expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => n));
  await charon.until(() => charon.registrations('list-sa') === 0);
});

test('the recorded list of 1,000 SAs comes through a socket', async () => {
  const items = recordedEvents('list-sas-1000-responder', 'list-sa').map((item) => item.bytes);
  charon.onStream('list-sas', 'list-sa', () => items);
  const ids = new Set<string>();
  for await (const sa of listSas(session)) ids.add(sa.uniqueid);
  expect(ids.size).toBe(1000);
});

test('a slow consumer loses nothing, and charon is held back meanwhile', async () => {
  const count = 5000;
  numbered(count);
  const seen: number[] = [];
  for await (const n of session.items('list-sas', 'list-sa', {}, readNumber)) {
    seen.push(n);
    if (n === 10) {
      // 4 MB don't fit into the buffers of a unix socket: they must still be at the other end, however
      // many turns the event loop takes.
      for (let turn = 0; turn < 1000; turn++) await new Promise(setImmediate);
      const [client] = charon.clients;
      expect(client?.socket.writableLength).toBeGreaterThan(1_000_000);
    }
  }
  expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
});

test("a consumer slower than the timeout isn't charon's fault", async () => {
  numbered(1000);
  let count = 0;
  for await (const _ of session.items('list-sas', 'list-sa', {}, readNumber, { timeoutMs: 500 })) {
    if (count++ === 100) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  expect(count).toBe(1000);
});

test('while the consumer of a stream makes the session wait, all else on it waits too', async () => {
  charon.on('list-sas', (_, client) => {
    // In one piece, so that it is all here when the consumer stops.
    const items = Array.from({ length: 300 }, (_item, n) =>
      encodePacket({ type: 'EVENT', name: 'list-sa', body: encodeMessage({ n }) }),
    );
    client.raw(Buffer.concat([...items, encodePacket({ type: 'EVENT', name: 'log' })]));
    return {};
  });
  let isLogged = false;
  await session.subscribe(['log'], () => {
    isLogged = true;
  });
  for await (const n of session.items('list-sas', 'list-sa', {}, readNumber)) {
    if (n > 0) continue;
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(isLogged).toBe(false);
  }
  expect(isLogged).toBe(true);
});

test('breaking off leaves the session in order', async () => {
  numbered(3000);
  for (let round = 0; round < 3; round++) {
    for await (const n of session.items('list-sas', 'list-sa', {}, readNumber)) if (n === 5) break;
    expect((await session.request('version')).get('version')).toBe('5.9.8');
  }
  await charon.until(() => charon.registrations('list-sa') === 0);
});

test('an iteration that was never begun asks for nothing', async () => {
  const items = session.items('list-sas', 'list-sa', {}, readNumber);
  await items.return(undefined as never);
  await session.request('version');
  expect(charon.seen('list-sas')).toEqual([]);
});

test('two streams of one event at once are kept apart', async () => {
  charon.onStream('list-sas', 'list-sa', (request) =>
    Array.from({ length: 200 }, () => ({ n: request.number('ike-id') ?? -1 })),
  );
  const read = async (id: number): Promise<Set<number>> => {
    const seen = new Set<number>();
    await session.stream('list-sas', 'list-sa', { 'ike-id': id }, (item) => seen.add(readNumber(item)));
    return seen;
  };
  expect(await Promise.all([read(1), read(2)])).toEqual([new Set([1]), new Set([2])]);
  await charon.until(() => charon.registrations('list-sa') === 0);
});

test('items of a stream whose time ran out are not taken for those of the next', async () => {
  let round = 0;
  let release: () => void = () => undefined;
  charon.on('list-sas', async (_, client) => {
    const n = ++round;
    client.emit('list-sa', { n });
    if (n === 1) await new Promise<void>((resolve) => (release = resolve));
    client.emit('list-sa', { n });
    return {};
  });
  const seen: string[] = [];
  const reader = (who: string) => (item: MessageCursor) => void seen.push(`${who} ${readNumber(item)}`);
  const first = session.stream('list-sas', 'list-sa', {}, reader('first'), { timeoutMs: 300 });
  // Begun before the first ends, so they share the registration and the second is sent next.
  const second = session.stream('list-sas', 'list-sa', {}, reader('second'));
  await expect(first).rejects.toEqual(refused('VICI_TIMEOUT'));
  await charon.until(() => charon.seen('list-sas').length === 2);
  release();
  await second;
  expect(seen).toEqual(['first 1', 'second 2', 'second 2']);
});

test('each item gives the stream new time', async () => {
  charon.on('list-sas', async (_, client) => {
    for (let n = 0; n < 6; n++) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      client.emit('list-sa', { n });
    }
    return {};
  });
  let count = 0;
  await session.stream('list-sas', 'list-sa', {}, () => count++, { timeoutMs: 2_000 });
  expect(count).toBe(6);
});

test('what the reader of an item throws is the outcome, the session goes on', async () => {
  numbered(10);
  let calls = 0;
  const broken = session.stream('list-sas', 'list-sa', {}, () => {
    calls++;
    throw new TypeError('no such thing');
  });
  await expect(broken).rejects.toThrow(TypeError);
  expect(calls).toBe(1);
  await expect(session.request('version')).resolves.toBeDefined();
});

test('an item that is no VICI fails the stream, after the good ones', async () => {
  charon.onStream('list-sas', 'list-sa', () => [{ n: 1 }, Buffer.from([9]), { n: 3 }]);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of session.items('list-sas', 'list-sa', {}, readNumber)) seen.push(n);
  })();
  await expect(reading).rejects.toEqual(refused('VICI_PROTOCOL'));
  expect(seen).toEqual([1]);
  await expect(session.request('version')).resolves.toBeDefined();
});

test('the end of charon in the middle comes after the items that came', async () => {
  charon.on('list-sas', (_, client) => {
    client.emit('list-sa', { n: 1 });
    client.socket.end();
    return NO_ANSWER;
  });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of session.items('list-sas', 'list-sa', {}, readNumber)) seen.push(n);
  })();
  await expect(reading).rejects.toEqual(refused('VICI_CLOSED'));
  expect(seen).toEqual([1]);
});

test('items that wait for a slow consumer come before the end of charon does', async () => {
  let goOn: () => void = () => undefined;
  charon.on('list-sas', async (_, client) => {
    client.emit('list-sa', { n: 1 });
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    client.emit('list-sa', { n: 2 });
    client.emit('list-sa', { n: 3 });
    client.socket.end();
    return NO_ANSWER;
  });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of session.items('list-sas', 'list-sa', {}, readNumber)) {
      goOn();
      await session.closed;
      seen.push(n);
    }
  })();
  await expect(reading).rejects.toEqual(refused('VICI_CLOSED'));
  expect(seen).toEqual([1, 2, 3]);
});

test('a charon that stops in the middle is noticed, also after a pause of the consumer', async () => {
  charon.on('list-sas', (_, client) => {
    for (let n = 0; n < 200; n++) client.emit('list-sa', { n });
    return NO_ANSWER;
  });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of session.items('list-sas', 'list-sa', {}, readNumber, { timeoutMs: 400 })) {
      if (seen.push(n) === 1) await new Promise((resolve) => setTimeout(resolve, 600));
    }
  })();
  await expect(reading).rejects.toEqual(refused('VICI_TIMEOUT'));
  expect(seen).toHaveLength(200);
});

test('a stream whose event charon does not know sends no command', async () => {
  charon.knownEvents.delete('list-sa');
  numbered(1);
  await expect(session.stream('list-sas', 'list-sa', {}, () => undefined)).rejects.toEqual(
    refused('VICI_UNKNOWN_EVENT'),
  );
  expect(charon.seen('list-sas')).toEqual([]);
});

test('success = no at the end of a stream is a failure', async () => {
  charon.on('initiate', (_, client) => {
    client.emit('control-log', { n: 1 });
    return { success: false, errmsg: 'establishing CHILD_SA failed' };
  });
  const reading = (async () => {
    for await (const _ of session.items('initiate', 'control-log', {}, readNumber));
  })();
  await expect(reading).rejects.toEqual(refused('VICI_COMMAND_FAILED'));
});
