/** The real charon's place taken by a fake one on a real socket; only its clock is ours. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LISTED_MAX } from '../../../src/daemon/attached-charon.ts';
import { type Charon, type CharonListener, type News, STARTS_AHEAD } from '../../../src/daemon/charon.ts';
import { EVENTS } from '../../../src/daemon/event-news.ts';
import { BURST } from '../../../src/daemon/log-listening.ts';
import { MANY_LISTINGS } from '../../../src/daemon/peer-listings.ts';
import { ViciCharon } from '../../../src/daemon/vici-charon.ts';
import { encodeMessage, encodePacket, type MessageInput } from '../../../src/vici/index.ts';
import { FakeCharon, type FakeClient, NO_ANSWER } from '../../helpers/fake-charon.ts';
import { everythingElse } from '../../helpers/fake-policy-charon.ts';

/** Writes down what it is told; `until` waits for it. */
class Recorder implements CharonListener {
  readonly told: string[] = [];
  charon: Charon | undefined;
  /** Runs while attaching. */
  onAttach: (charon: Charon) => void | Promise<void> = () => undefined;
  readonly #waiters = new Set<() => void>();

  async onAttached(charon: Charon, version: string): Promise<void> {
    this.charon = charon;
    this.#tell(`attaching ${version}`);
    await this.onAttach(charon);
    this.#tell('attached');
  }

  /** Runs at each news before it is written down. */
  onEachNews: () => void = () => undefined;

  onNews(news: News): void {
    this.onEachNews();
    this.#tell(news.type === 'peer' ? `news ${news.connection} ${news.news.type}` : `news ${news.type}`);
  }

  onDetached(reason: string): void {
    this.#tell(`detached: ${reason}`);
  }

  onRetry(reason: string): void {
    this.#tell(`retry: ${reason}`);
  }

  /** Resolves when it was told something that begins so, since the last `forget`. */
  async until(beginning: string, times = 1): Promise<void> {
    while (this.told.filter((one) => one.startsWith(beginning)).length < times) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  #tell(what: string): void {
    this.told.push(what);
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}

const SA: MessageInput = {
  uniqueid: '7',
  state: 'ESTABLISHED',
  'remote-host': '192.0.2.2',
  'initiator-spi': '00000000000000aa',
  'responder-spi': '00000000000000bb',
};

let fake: FakeCharon;
let recorder: Recorder;
let charon: ViciCharon;

beforeEach(async () => {
  fake = await FakeCharon.start();
  fake.onStream('list-sas', 'list-sa', () => [{ a: { ...SA, 'child-sas': {} } }]);
  fake.onStream('list-conns', 'list-conn', () => [
    { a: { remote_addrs: ['192.0.2.2'], children: { net: {} } } },
  ]);
  fake.on('initiate', () => ({ success: 'yes' }));
  fake.on('terminate', () => ({ success: 'yes', matches: '1', terminated: '1' }));
  fake.on('rekey', () => ({ success: 'yes', matches: '1' }));
  recorder = new Recorder();
  charon = new ViciCharon(fake.address, recorder);
});

afterEach(async () => {
  vi.useRealTimers();
  await charon.stop();
  await fake.stop();
});

/** From now on time passes only by `vi.advanceTimersByTime`; sockets work as ever. */
function stopTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
}

async function attach(): Promise<Charon> {
  charon.start();
  await recorder.until('attached');
  if (recorder.charon === undefined) throw new Error('not attached');
  return recorder.charon;
}

const UP = { up: 'yes', a: SA };

describe('attaching', () => {
  test('events and the log are registered before the listener hears of it; the log and requests have connections of their own', async () => {
    let registered = -1;
    recorder.onAttach = () => {
      registered = [...EVENTS, 'log'].reduce((sum, name) => sum + fake.registrations(name), 0);
    };
    await attach();
    expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
    expect(registered).toBe(EVENTS.length + 1);
    expect(fake.clients.size).toBe(5);
  });

  test('news is held until the first listing was taken in, then handed over in order', async () => {
    recorder.onAttach = async (attached) => {
      fake.emit('ike-updown', UP);
      fake.emit('ike-updown', { a: { ...SA, state: 'DELETING' } });
      await attached.listIkeSas();
      expect(recorder.told).toEqual(['attaching 5.9.8']);
    };
    await attach();
    await recorder.until('news', 2);
    fake.emit('child-updown', UP);
    await recorder.until('news', 3);
    expect(recorder.told).toEqual([
      'attaching 5.9.8',
      'attached',
      'news a ike-up',
      'news a ike-down',
      'news a child-changed',
    ]);
  });

  test('a listener that can’t take the listing in is asked again at the next attaching', async () => {
    let failures = 1;
    recorder.onAttach = () => {
      if (failures-- > 0) throw new Error('no listing');
    };
    await attach();
    expect(recorder.told).toEqual([
      'attaching 5.9.8',
      expect.stringMatching(/^detached: .*no listing|^detached: .*onAttached/),
      'attaching 5.9.8',
      'attached',
    ]);
  });

  test('news that was held is not handed over if the attaching fails', async () => {
    let failures = 1;
    recorder.onAttach = async (attached) => {
      if (failures-- <= 0) return;
      fake.emit('ike-updown', UP);
      await attached.listIkeSas();
      throw new Error('no listing');
    };
    await attach();
    await everythingElse();
    expect(recorder.told.filter((one) => one.startsWith('news'))).toEqual([]);
  });

  test('nobody there yet: it is tried until there is', async () => {
    await fake.goAway();
    charon.start();
    await recorder.until('retry: ', 2);
    await fake.listen();
    await recorder.until('attached');
    expect(recorder.told.some((one) => one.startsWith('detached'))).toBe(false);
  });

  test('one that takes connections but never answers: retry, and attached when it answers', async () => {
    stopTime();
    fake.hang();
    charon.start();
    await fake.until(() => fake.clients.size > 0);
    await everythingElse();
    await vi.advanceTimersByTimeAsync(5_000);
    await recorder.until('retry: ');
    fake.wake();
    await vi.advanceTimersByTimeAsync(100);
    await recorder.until('attached');
    expect(recorder.told.some((one) => one.startsWith('detached'))).toBe(false);
  });
});

describe('requests', () => {
  test('the list of IKE_SAs: all, or of one connection', async () => {
    const attached = await attach();
    expect(await attached.listIkeSas()).toEqual([
      {
        connection: 'a',
        remoteHost: '192.0.2.2',
        facts: {
          id: '7',
          state: 'ESTABLISHED',
          isInitiator: false,
          initiatorSpi: '00000000000000aa',
          responderSpi: '00000000000000bb',
          isAnonymous: false,
          remoteHost: '192.0.2.2',
          isBusy: false,
          children: [],
        },
      },
    ]);
    await attached.listIkeSas('a');
    expect(fake.seen('list-sas').map((request) => request.get('ike'))).toEqual([undefined, 'a']);
  });

  test('one that charon has not tied to a connection has none', async () => {
    fake.onStream('list-sas', 'list-sa', () => [{ '(unnamed)': { ...SA, state: 'CONNECTING' } }]);
    const [sa] = await (await attach()).listIkeSas();
    expect(sa).toMatchObject({ connection: null, remoteHost: '192.0.2.2', facts: { isAnonymous: true } });
  });

  test('the list of connections', async () => {
    expect(await (await attach()).listConnections()).toEqual([
      expect.objectContaining({ name: 'a', remoteAddresses: ['192.0.2.2'] }),
    ]);
  });

  test('initiate: never waits in charon, names connection and child', async () => {
    const attached = await attach();
    await attached.initiate('a', 'net');
    await attached.initiate('a', null);
    const asked = fake.seen('initiate').map((one) => [one.get('ike'), one.get('child'), one.get('timeout')]);
    expect(asked).toEqual([
      ['a', 'net', '-1'],
      ['a', undefined, '-1'],
    ]);
  });

  test('terminate: exactly one IKE_SA, never waits in charon, never by force', async () => {
    await (await attach()).terminate('7');
    const [request] = fake.seen('terminate');
    expect([...(request?.entries ?? [])].map(({ name }) => name).toSorted()).toEqual(['ike-id', 'timeout']);
    expect([request?.get('ike-id'), request?.get('timeout')]).toEqual(['7', '-1']);
  });

  test('ending a CHILD_SA: exactly one, its IKE_SA stays', async () => {
    await (await attach()).terminateChild('71');
    const [request] = fake.seen('terminate');
    expect([...(request?.entries ?? [])].map(({ name }) => name).toSorted()).toEqual(['child-id', 'timeout']);
    expect([request?.get('child-id'), request?.get('timeout')]).toEqual(['71', '-1']);
  });

  test.each<[string, (attached: Charon, isWanted: () => boolean) => Promise<boolean>]>([
    ['initiate', (attached, isWanted) => attached.initiate('a', 'net', isWanted)],
    ['rekey', (attached, isWanted) => attached.rekeyChild('71', isWanted)],
    ['terminate', (attached, isWanted) => attached.terminate('7', isWanted)],
    ['terminate', (attached, isWanted) => attached.terminateChild('71', isWanted)],
  ])('%s is asked for only if it is still wanted when its turn comes', async (command, ask) => {
    const attached = await attach();
    // Another of its kind is before it.
    const isFirstDone = ask(attached, () => true);
    let isWanted = true;
    const isSecondDone = ask(attached, () => isWanted);
    isWanted = false;
    expect([await isFirstDone, await isSecondDone]).toEqual([true, false]);
    expect(fake.seen(command)).toHaveLength(1);
  });

  test('a listing says when it is asked for, which is later if something is before it', async () => {
    const attached = await attach();
    const order: string[] = [];
    const terminated = attached.terminate('7').then(() => order.push('terminated'));
    const listed = attached.listIkeSas('a', () => order.push('sent'));
    await Promise.all([terminated, listed]);
    expect(order).toEqual(['terminated', 'sent']);
  });

  test('many listings that wait are one question', async () => {
    const attached = await attach();
    const first = attached.listIkeSas('first');
    const before = fake.seen('list-sas').length + 1;
    const names = Array.from({ length: MANY_LISTINGS }, (_, index) => (index === 3 ? 'a' : `b${index}`));
    const answers = await Promise.all(names.map((name) => attached.listIkeSas(name)));
    await first;
    expect(
      fake
        .seen('list-sas')
        .slice(before)
        .map((request) => request.get('ike')),
    ).toEqual([undefined]);
    expect(answers.map((listed) => listed.map(({ facts }) => facts.id))).toEqual(
      names.map((name) => (name === 'a' ? ['7'] : [])),
    );
  });

  test('calls are sent ahead of their answers, in order, and no more than a few', async () => {
    const attached = await attach();
    fake.hang();
    const names = Array.from({ length: STARTS_AHEAD + 2 }, (_, index) => `a${index}`);
    const calls = Promise.all(names.map((name) => attached.initiate(name, null)));
    await fake.until(() => fake.seen('initiate').length === STARTS_AHEAD);
    await everythingElse();
    const asked = () => fake.seen('initiate').map((request) => request.get('ike'));
    expect(asked()).toEqual(names.slice(0, STARTS_AHEAD));
    fake.wake();
    await calls;
    expect(asked()).toEqual(names);
  });

  test('rekeying a CHILD_SA: exactly one', async () => {
    await (await attach()).rekeyChild('71');
    const [request] = fake.seen('rekey');
    expect([request?.get('child-id'), request?.get('ike')]).toEqual(['71', undefined]);
  });

  test('a refusal is an error with charon’s words, and the connection stays', async () => {
    fake.on('initiate', () => ({ success: 'no', errmsg: "CHILD_SA config 'net' not found" }));
    const attached = await attach();
    await expect(attached.initiate('a', 'net')).rejects.toThrow("CHILD_SA config 'net' not found");
    await attached.terminate('7');
    expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
  });

  test('a terminate that follows from a listing goes before a listing of everything that waits (R8)', async () => {
    const attached = await attach();
    const settled = attached.listIkeSas('a').then(() => attached.terminate('7'));
    await Promise.all([settled, attached.listIkeSas(), attached.listConnections()]);
    expect(fake.requests.map(({ command }) => command).slice(-4)).toEqual([
      'list-sas',
      'terminate',
      'list-sas',
      'list-conns',
    ]);
  });

  test('a listing is one question: its items stay registered', async () => {
    const attached = await attach();
    const registered = () => [fake.registrations('list-sa'), fake.registrations('list-conn')];
    // Of one peer over one connection, of everything over another as well.
    expect(registered()).toEqual([2, 1]);
    let during: number[] = [];
    fake.onStream('list-sas', 'list-sa', () => {
      during = registered();
      return [{ a: SA }, { a: { ...SA, uniqueid: '8' } }];
    });
    for (const connection of ['a', undefined]) {
      expect(await attached.listIkeSas(connection)).toHaveLength(2);
      expect(during).toEqual([2, 1]);
    }
    await attached.listConnections();
    await attached.terminate('7');
    expect(registered()).toEqual([2, 1]);
  });
});

describe('an initiation that takes long, for instance to resolve a name', () => {
  /** Has `command` answered only by the function given back. */
  function slow(command: string): () => void {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    fake.on(command, async () => {
      await answered;
      return { success: 'yes', matches: '1' };
    });
    return () => answer();
  }

  test('keeps nothing waiting but the next initiations and rekeyings', async () => {
    const answer = slow('initiate');
    const attached = await attach();
    const names = Array.from({ length: STARTS_AHEAD + 1 }, (_, index) => `a${index}`);
    const calls = names.map((name) => attached.initiate(name, 'net'));
    await fake.until(() => fake.seen('initiate').length === STARTS_AHEAD);
    const rekeyed = attached.rekeyChild('71');
    await attached.terminate('7');
    await attached.listIkeSas('a');
    await attached.listConnections();
    expect(fake.seen('initiate')).toHaveLength(STARTS_AHEAD);
    expect(fake.seen('rekey')).toHaveLength(0);
    answer();
    await Promise.all([...calls, rekeyed]);
    expect(fake.seen('initiate').map((one) => one.get('ike'))).toEqual(names);
  });

  test.each(['initiate', 'rekey'] as const)(
    '%s: failed after 60 s, and charon is still there',
    async (command) => {
      const answer = slow(command);
      const attached = await attach();
      stopTime();
      const ask = () => (command === 'rekey' ? attached.rekeyChild('71') : attached.initiate('a', 'net'));
      let outcome = 'waiting';
      const call = ask().catch((error: unknown) => {
        outcome = String(error);
      });
      await fake.until(() => fake.seen(command).length === 1);
      await vi.advanceTimersByTimeAsync(59_999);
      expect(outcome).toBe('waiting');
      await vi.advanceTimersByTimeAsync(1);
      await call;
      expect(outcome).toContain(`no answer to command "${command}" within 60000 ms`);
      answer();
      await ask();
      expect(fake.seen(command)).toHaveLength(2);
      expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
    },
  );

  test('many without an answer: charon is still there', async () => {
    const answer = slow('initiate');
    const attached = await attach();
    stopTime();
    for (let times = 1; times <= 20; times += 1) {
      const outcome = expect(attached.initiate('a', 'net')).rejects.toMatchObject({ code: 'VICI_TIMEOUT' });
      await everythingElse();
      await vi.advanceTimersByTimeAsync(60_000);
      await outcome;
    }
    answer();
    await attached.initiate('a', 'net');
    expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
  });

  test('it never overtakes a termination that was asked for before, whatever comes of that', async () => {
    const attached = await attach();
    const order: string[] = [];
    for (const id of ['7', '8']) void attached.terminate(id).catch(() => order.push(`not terminated ${id}`));
    fake.on('terminate', async (request) => {
      await everythingElse();
      order.push(`terminate ${request.get('ike-id')}`);
      return { success: 'no', errmsg: 'no matching SAs to terminate found' };
    });
    fake.on('initiate', () => {
      order.push('initiate');
      return { success: 'yes' };
    });
    await attached.initiate('a', 'net');
    expect(order).toEqual(['terminate 7', 'not terminated 7', 'terminate 8', 'not terminated 8', 'initiate']);
  });
});

test('a burst of calls: charon is spared its log, and asked afterwards what was missed', async () => {
  const attached = await attach();
  expect(fake.registrations('log')).toBe(1);
  for (let call = 0; call < BURST.calls; call += 1) await attached.initiate('a', 'net');
  await fake.until(() => fake.registrations('log') === 0);
  await recorder.until('news missed');
  expect(fake.registrations('log')).toBe(1);
});

test('a charon that is too busy in a burst to confirm at once stays attached', async () => {
  const attached = await attach();
  for (let call = 1; call < BURST.calls; call += 1) await attached.initiate('a', 'net');
  stopTime();
  fake.hang();
  const last = attached.initiate('a', 'net');
  await fake.until(() => fake.seen('initiate').length === BURST.calls);
  await vi.advanceTimersByTimeAsync(10_000);
  fake.wake();
  await last;
  await fake.until(() => fake.registrations('log') === 0);
  expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
});

describe('charon goes', () => {
  test('it hangs up: detached once, then attached again on the same path', async () => {
    await attach();
    for (const client of fake.clients) client.close();
    await recorder.until('attached', 2);
    expect(recorder.told.map((one) => one.split(':')[0])).toEqual([
      'attaching 5.9.8',
      'attached',
      'detached',
      'attaching 5.9.8',
      'attached',
    ]);
    fake.emit('ike-updown', UP);
    await recorder.until('news a ike-up');
  });

  test('it goes away and comes back', async () => {
    await attach();
    await fake.goAway();
    await recorder.until('retry: ');
    await fake.listen();
    await recorder.until('attached', 2);
    expect(fake.clients.size).toBe(5);
  });

  test.each([0, 1, 2, 3, 4])(
    'only one of the five connections breaks: all are made anew (%d)',
    async (which) => {
      await attach();
      [...fake.clients][which]?.close();
      await recorder.until('attached', 2);
      await fake.until(() => fake.clients.size === 5);
    },
  );

  test('requests that were under way are refused', async () => {
    fake.on('initiate', () => NO_ANSWER);
    const attached = await attach();
    const calls = [attached.initiate('a', 'net'), attached.initiate('a', 'other')];
    await fake.until(() => fake.seen('initiate').length === 2);
    for (const client of fake.clients) client.close();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'VICI_CLOSED' });
  });

  /** Asks something that isn't answered. The time for the answer is over when this resolves. */
  async function leftUnanswered(
    attached: Charon,
    what: 'list' | 'terminate',
  ): Promise<{ settled: Promise<void> }> {
    const call = what === 'list' ? attached.listIkeSas('a') : attached.terminate('7');
    const settled = expect(call).rejects.toMatchObject({ code: 'VICI_TIMEOUT' });
    const command = what === 'list' ? 'list-sas' : 'terminate';
    const before = fake.seen(command).length;
    await fake.until(() => fake.seen(command).length === before + 1);
    await vi.advanceTimersByTimeAsync(5_000);
    return { settled };
  }

  test.each(['list', 'terminate'] as const)(
    'it hangs: when neither a %s nor the simplest question is answered it counts as away, until it answers',
    async (what) => {
      const attached = await attach();
      stopTime();
      fake.hang();
      const { settled } = await leftUnanswered(attached, what);
      await fake.until(() => fake.seen('version').length === 2);
      await vi.advanceTimersByTimeAsync(4_999);
      await everythingElse();
      expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
      await vi.advanceTimersByTimeAsync(1);
      await settled;
      await recorder.until('detached: no answer to command');
      fake.wake();
      await vi.advanceTimersByTimeAsync(100);
      await recorder.until('attached', 2);
    },
  );

  test.each(['list', 'terminate'] as const)(
    'only a %s isn’t answered: that one has failed, and charon is still there',
    async (what) => {
      let answer: () => void = () => undefined;
      const blocked = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const attached = await attach();
      fake.on(what === 'list' ? 'list-sas' : 'terminate', async () => {
        await blocked;
        return { success: 'yes' };
      });
      stopTime();
      for (const times of [1, 2, 3, 4, 5, 6]) {
        const call = what === 'list' ? attached.listIkeSas('a') : attached.terminate('7');
        const settled = expect(call).rejects.toMatchObject({ code: 'VICI_TIMEOUT' });
        await everythingElse();
        await vi.advanceTimersByTimeAsync(5_000);
        await settled;
        expect(fake.seen('version')).toHaveLength(1 + times);
      }
      expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
      answer();
      // Behind the late answers, which are dropped.
      expect(await attached.listConnections()).toHaveLength(1);
      expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
    },
  );

  test('stopping while it hangs waits for no answer', async () => {
    recorder.onAttach = async (attached) => {
      fake.hang();
      await attached.listIkeSas();
    };
    charon.start();
    await fake.until(() => fake.seen('list-sas').length === 1);
    stopTime();
    await charon.stop();
    await fake.until(() => fake.clients.size === 0);
    expect(recorder.told.map((one) => one.split(':')[0])).toEqual(['attaching 5.9.8', 'detached']);
  });

  test('nothing is handed over after it was stopped', async () => {
    await attach();
    await charon.stop();
    const before = recorder.told.length;
    fake.emit('ike-updown', UP);
    await everythingElse();
    expect(recorder.told).toHaveLength(before);
    expect(recorder.told.at(-1)).toMatch(/^detached/);
    await fake.until(() => fake.clients.size === 0);
  });
});

describe('what charon sends can’t be read', () => {
  test('an event: all connections are made anew', async () => {
    await attach();
    fake.emit('ike-updown', { up: 'yes' });
    await recorder.until('attached', 2);
    expect(recorder.told.filter((one) => one.startsWith('detached'))).toHaveLength(1);
    expect(charon.unreadableLogs).toBe(0);
  });

  test('a log event, which is only a hint: it is passed over and counted', async () => {
    await attach();
    fake.emit('log', { level: 'high', msg: '192.0.2.2 is initiating an IKE_SA' });
    fake.emit('log', { level: '1', msg: 'well formed' });
    fake.emit('log', { level: 'low', msg: 'again' });
    fake.emit('log', { group: 'CFG', level: '1', msg: 'added vici connection: b' });
    await recorder.until('news connections');
    expect(charon.unreadableLogs).toBe(2);
    expect(recorder.told).toEqual(['attaching 5.9.8', 'attached', 'news connections']);
  });

  test('an item of a listing: that listing has failed, and charon is still there', async () => {
    const attached = await attach();
    fake.onStream('list-sas', 'list-sa', () => [{ up: 'yes' }]);
    await expect(attached.listIkeSas('a')).rejects.toMatchObject({ code: 'VICI_PROTOCOL' });
    await attached.terminate('7');
    expect(recorder.told).toEqual(['attaching 5.9.8', 'attached']);
  });
});

test('a listener that throws ends the connections, and why is told once each time', async () => {
  await attach();
  recorder.onEachNews = () => {
    throw new Error('a bug');
  };
  for (const times of [1, 2]) {
    fake.emit('ike-updown', UP);
    await recorder.until('attached', times + 1);
  }
  const told = recorder.told.filter((one) => one.startsWith('detached') || one.startsWith('retry'));
  expect(told).toEqual([
    expect.stringMatching(/^detached: .*a bug/),
    expect.stringMatching(/^detached: .*a bug/),
  ]);
});

test('a listener that throws even for log events is no unreadable event', async () => {
  await attach();
  recorder.onEachNews = () => {
    throw new Error('a bug');
  };
  const message = { group: 'IKE', level: '0', 'ikesa-name': '(unnamed)', 'ikesa-uniqueid': '9' };
  fake.emit('log', { ...message, msg: '192.0.2.2 is initiating an IKE_SA' });
  await recorder.until('detached: ');
  expect(charon.unreadableLogs).toBe(0);
});

test('a listener that throws at each line of the log is given more and more time', async () => {
  stopTime();
  await attach();
  recorder.onEachNews = () => {
    throw new Error('a bug');
  };
  let pauseMs = 0;
  for (let times = 1; times <= 4; times += 1) {
    fake.emit('log', { group: 'CFG', level: '0', msg: 'added vici connection: a' });
    while (recorder.told.filter((one) => one.startsWith('detached')).length < times) {
      await vi.advanceTimersByTimeAsync(1);
      await everythingElse();
    }
    await fake.until(() => fake.clients.size === 0);
    const beginMs = performance.now();
    while (fake.clients.size === 0) {
      await vi.advanceTimersByTimeAsync(10);
      await everythingElse();
    }
    pauseMs = performance.now() - beginMs;
    await recorder.until('attached', times + 1);
  }
  // Doubled three times; chance takes up to half of it.
  expect(pauseMs).toBeGreaterThanOrEqual((50 * 2 ** 3) / 2);
});

describe('a listing that does not end', () => {
  const item = encodePacket({
    type: 'EVENT',
    name: 'list-sa',
    body: encodeMessage({ a: { ...SA, 'child-sas': {} } }),
  });
  const CHUNK = 1_000;
  const chunk = Buffer.concat(Array.from({ length: CHUNK }, () => item));

  /** Sends `count` items, or as many as are taken. */
  async function send(client: FakeClient, count: number): Promise<void> {
    for (let sent = 0; sent < count && !client.socket.destroyed; sent += CHUNK) {
      client.raw(chunk);
      while (client.socket.writableLength > 1_000_000 && !client.socket.destroyed)
        await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('is taken in up to its limit, and beyond it all connections are made anew', {
    timeout: 90_000,
  }, async () => {
    charon.start();
    await recorder.until('attached');
    fake.on('list-sas', async (_, client) => {
      await send(client, LISTED_MAX);
      return {};
    });
    expect(await recorder.charon?.listIkeSas('a')).toHaveLength(LISTED_MAX);
    fake.on('list-sas', async (_, client) => {
      await send(client, Number.POSITIVE_INFINITY);
      return NO_ANSWER;
    });
    await expect(recorder.charon?.listIkeSas('a')).rejects.toThrow(/closed/);
    await recorder.until('detached: list-sas has more than 250000 items');
  });
});
