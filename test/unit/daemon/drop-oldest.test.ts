import { expect, test } from 'vitest';
import { dropOldest } from '../../../src/daemon/drop-oldest.ts';

test.each([
  [3, ['a', 'b', 'c']],
  [2, ['b', 'c']],
  [0, []],
])('at most %d stay, those that were set last', (most, left) => {
  const map = new Map(['a', 'b', 'c'].map((key) => [key, key]));
  dropOldest(map, most);
  expect([...map.keys()]).toEqual(left);
});

test('an entry that is set anew at the end counts as new', () => {
  const map = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  map.delete('a');
  map.set('a', 1);
  dropOldest(map, 1);
  expect([...map.keys()]).toEqual(['a']);
});
