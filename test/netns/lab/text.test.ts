/**
 * The parts of the lab that need no namespace: waiters and the text of settings.
 */
import { expect, test } from 'vitest';

import { merge, settingsText } from './settings-text.ts';
import { neverFor, WaitFailed, within } from './wait.ts';

test('settings are written so that strongSwan reads them back: quotes where needed, sections, lists, nothing for null', () => {
  const base = { a: { yes: true, list: ['x', 'y'], gone: 1 }, plain: '10.1.0.0/16' };
  expect(settingsText(merge(base, { a: { gone: null, secret: 'a "b" # {c}\\\\' } }))).toBe(
    'a {\n  yes = yes\n  list = x, y\n  secret = "a \\"b\\" # {c}\\\\\\\\"\n}\nplain = 10.1.0.0/16\n',
  );
  expect(() => settingsText({ 'a b': 1 })).toThrow(RangeError);
});

test('within and neverFor say what they waited for and what they saw', async () => {
  await expect(within(30, 'a seven', (saw) => saw([1, 2]).includes(7))).rejects.toThrow(
    'not within 30 ms: a seven; last seen: [ 1, 2 ]',
  );
  await expect(within(30, 'a seven', () => Promise.reject(new Error('no dice')))).rejects.toThrow(
    'last look failed: no dice',
  );
  expect(await within(30, 'a zero', () => 0)).toBe(0);
  await expect(neverFor(30, 'a seven', () => 7)).rejects.toThrow(WaitFailed);
  await expect(neverFor(30, 'a seven', () => Promise.reject(new Error('no dice')))).rejects.toThrow(
    "can't tell",
  );
  await neverFor(30, 'a seven', () => undefined);
});
