import { expect, test } from 'vitest';
import { OneByOne } from '../../../src/vici/one-by-one.ts';

let isCleanedUp = false;

async function* batches(failing?: Error): AsyncGenerator<readonly number[], string, undefined> {
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

test('all items come, then the answer, and nothing after that', async () => {
  const items = new OneByOne(batches());
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  expect(found).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await items.next()).toEqual({ value: undefined, done: true });
  expect(isCleanedUp).toBe(true);
});

test('the answer is what the generator returns', async () => {
  const items = new OneByOne(batches());
  let last = await items.next();
  while (last.done !== true) last = await items.next();
  expect(last.value).toBe('answer');
});

test('items that are asked for all at once come in order', async () => {
  const items = new OneByOne(batches());
  const asked = Array.from({ length: 8 }, () => items.next());
  const values = (await Promise.all(asked)).map(({ value }) => value);
  expect(values).toEqual([1, 2, 3, 4, 5, 6, 'answer', undefined]);
});

test('what the batches throw comes after the items before it', async () => {
  const items = new OneByOne(batches(new Error('charon is gone')));
  const asked = Array.from({ length: 6 }, () => items.next());
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, true, false, true]);
});

test('breaking off ends the batches too', async () => {
  const items = new OneByOne(batches());
  for await (const item of items) if (item === 2) break;
  expect(isCleanedUp).toBe(true);
  expect(await items.next()).toEqual({ value: undefined, done: true });
});
