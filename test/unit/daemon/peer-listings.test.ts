/** Listings that wait: which question answers whom. What is asked is written down; the answers come when a test lets them. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ListedIkeSa } from '../../../src/daemon/charon.ts';
import { AT_ONCE } from '../../../src/daemon/in-slices.ts';
import { MANY_LISTINGS, PeerListings } from '../../../src/daemon/peer-listings.ts';
import { everythingElse, ikeSa } from '../../helpers/fake-policy-charon.ts';

let asked: string[];
let sas: ListedIkeSa[];
let failure: Error | undefined;
let refusal: Error | undefined;
/** Lets the question go that waits for its turn. */
let go: () => void;
let nowMs: number;
/** How long charon takes for one connection, and for everything. */
let takes: { one: number; all: number };
let listings: PeerListings;

beforeEach(() => {
  asked = [];
  sas = [];
  failure = undefined;
  refusal = undefined;
  go = () => undefined;
  nowMs = 0;
  takes = { one: 0, all: 0 };
  const answer = (question: string, listed: readonly ListedIkeSa[]) => {
    asked.push(question);
    nowMs += question === 'list all' ? takes.all : takes.one;
    return failure === undefined ? Promise.resolve(listed) : Promise.reject(failure);
  };
  listings = new PeerListings({
    run: async (job) => {
      if (refusal !== undefined) throw refusal;
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      await job();
    },
    listOne: (name) =>
      answer(
        `list ${name}`,
        sas.filter(({ connection }) => connection === name),
      ),
    listAll: () => answer('list all', sas),
    nowMs: () => nowMs,
  });
});

function put(connection: string | null, id: string): void {
  sas.push({ connection, remoteHost: '192.0.2.1', facts: ikeSa(id) });
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `gw-${index}`);
}

/** Lets every question go until none waits any more. */
async function answerAll(): Promise<void> {
  for (let before = -1; before !== asked.length; ) {
    before = asked.length;
    go();
    await everythingElse();
  }
}

function idsOf(listed: readonly ListedIkeSa[]): string[] {
  return listed.map(({ facts }) => facts.id);
}

test('a few are asked for one by one, in order', async () => {
  put('gw-0', '10');
  put('gw-1', '11');
  const all = names(MANY_LISTINGS - 1).map((name) => listings.list(name));
  await answerAll();
  expect(asked).toEqual(names(MANY_LISTINGS - 1).map((name) => `list ${name}`));
  const answers = await Promise.all(all);
  expect(answers.slice(0, 3).map(idsOf)).toEqual([['10'], ['11'], []]);
});

test('many are answered by one listing of everything, each with its own', async () => {
  put('gw-0', '10');
  put('gw-1', '11');
  put('gw-1', '12');
  put(null, '13');
  put('somebody else', '14');
  const all = names(3 * AT_ONCE).map((name) => listings.list(name));
  await answerAll();
  expect(asked).toEqual(['list all']);
  await everythingElse();
  const answers = await Promise.all(all);
  expect(answers.slice(0, 3).map(idsOf)).toEqual([['10'], ['11', '12'], []]);
});

test('fewer are asked for together too, once that has been seen to take no longer', async () => {
  takes = { one: 8, all: 30 };
  const ask = async (count: number) => {
    const all = names(count).map((name) => listings.list(name));
    await answerAll();
    await Promise.all(all);
    return asked.splice(0);
  };
  expect(await ask(1)).toEqual(['list gw-0']);
  expect(await ask(4)).toEqual(names(4).map((name) => `list ${name}`));
  expect(await ask(MANY_LISTINGS)).toEqual(['list all']);
  expect(await ask(3)).toEqual(names(3).map((name) => `list ${name}`));
  expect(await ask(4)).toEqual(['list all']);
  takes.all = 100;
  expect(await ask(4)).toEqual(['list all']);
  expect(await ask(4)).toEqual(names(4).map((name) => `list ${name}`));
});

test('onSent is called right before the question that answers, for each that it answers', async () => {
  const all = names(MANY_LISTINGS).map((name) => listings.list(name, () => asked.push(`sent ${name}`)));
  await everythingElse();
  expect(asked).toEqual([]);
  await answerAll();
  expect(asked).toEqual([...names(MANY_LISTINGS).map((name) => `sent ${name}`), 'list all']);
  await Promise.all(all);
});

test('who comes after the question was sent isn’t answered by it', async () => {
  let late = Promise.resolve<readonly ListedIkeSa[]>([]);
  const early = names(MANY_LISTINGS).map((name) => listings.list(name));
  const last = listings.list('last', () => {
    late = listings.list('gw-0');
    late.then(() => asked.push('late is answered')).catch(() => undefined);
  });
  await answerAll();
  await Promise.all([...early, last]);
  expect(asked).toEqual(['list all', 'list gw-0', 'late is answered']);
  await late;
});

test('between the answers of a large listing others come to their turn', async () => {
  const order: string[] = [];
  const all = names(4 * AT_ONCE).map(async (name) => {
    await listings.list(name);
    if (order.length === 0) setImmediate(() => order.push('another'));
    order.push(name);
  });
  await answerAll();
  await Promise.all(all);
  expect(order.indexOf('another')).toBeGreaterThan(0);
  expect(order.indexOf('another')).toBeLessThan(3 * AT_ONCE);
});

describe('what fails', () => {
  test('fails for all whom the question was to answer, and not for the next', async () => {
    failure = new Error('no answer');
    const all = names(MANY_LISTINGS).map((name) => listings.list(name));
    const outcomes = Promise.allSettled(all);
    await answerAll();
    expect(new Set((await outcomes).map(({ status }) => status))).toEqual(new Set(['rejected']));
    failure = undefined;
    const next = listings.list('gw-0');
    await answerAll();
    await expect(next).resolves.toEqual([]);
  });

  test('a question that may not even wait fails for all, and leaves none behind', async () => {
    refusal = new Error('too many requests wait');
    await expect(listings.list('a')).rejects.toThrow('too many requests wait');
    refusal = undefined;
    const next = listings.list('b');
    await answerAll();
    await expect(next).resolves.toEqual([]);
    expect(asked).toEqual(['list b']);
  });

  test('more than may wait are refused', async () => {
    for (const name of names(100_000)) listings.list(name).catch(() => undefined);
    await expect(listings.list('one more')).rejects.toMatchObject({ code: 'VICI_QUEUE_FULL' });
  });
});
