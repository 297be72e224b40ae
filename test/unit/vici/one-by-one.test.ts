import { expect, test } from 'vitest';
import { OneByOne } from '../../../src/vici/one-by-one.ts';

let isCleanedUp = false;

async function* batches(failing?: Error): AsyncGenerator<number[], string, undefined> {
  isCleanedUp = false;
  try {
    yield [1, 2, 3];
    yield [4];
    if (failing !== undefined) throw failing;
    yield [5, 6];
    return 'answer';
  } finally {
    isCleanedUp = true;
  }
}

function inOrder(failing?: Error): OneByOne<number, number, string> {
  return new OneByOne(batches(failing), (item) => item);
}

test('all items come, then the answer, and nothing after that', async () => {
  const items = inOrder();
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  expect(found).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await items.next()).toEqual({ value: undefined, done: true });
  expect(isCleanedUp).toBe(true);
});

test('the answer is what the generator returns', async () => {
  const items = inOrder();
  let last = await items.next();
  while (last.done !== true) last = await items.next();
  expect(last.value).toBe('answer');
});

test('items that are asked for all at once come in order', async () => {
  const items = inOrder();
  const asked = Array.from({ length: 8 }, () => items.next());
  const values = (await Promise.all(asked)).map(({ value }) => value);
  expect(values).toEqual([1, 2, 3, 4, 5, 6, 'answer', undefined]);
});

test('what the batches throw comes after the items before it', async () => {
  const items = inOrder(new Error('charon is gone'));
  const asked = Array.from({ length: 6 }, () => items.next());
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, true, false, true]);
});

test('breaking off ends the batches too', async () => {
  const items = inOrder();
  for await (const item of items) if (item === 2) break;
  expect(isCleanedUp).toBe(true);
  expect(await items.next()).toEqual({ value: undefined, done: true });
});

test('an item is read when it is asked for', async () => {
  const read: number[] = [];
  const items = new OneByOne(batches(), (item) => read.push(item));
  await items.next();
  expect(read).toEqual([1]);
  await items.next();
  expect(read).toEqual([1, 2]);
});

test.each([1, 3, 4])('what reading item %i throws comes in its place and ends all', async (bad) => {
  const items = new OneByOne(batches(), (item) => {
    if (item === bad) throw new Error('no number');
    return item;
  });
  const found: number[] = [];
  const reading = (async () => {
    for await (const item of items) found.push(item);
  })();
  await expect(reading).rejects.toThrow('no number');
  expect(found).toEqual([1, 2, 3].slice(0, bad - 1));
  expect(isCleanedUp).toBe(true);
  expect(await items.next()).toEqual({ value: undefined, done: true });
});
