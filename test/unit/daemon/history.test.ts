import { beforeEach, expect, test } from 'vitest';
import type { HistoryEntry } from '../../../src/control/api.ts';
import { History } from '../../../src/daemon/history.ts';

const PER_PEER = 32;
const OF_ALL = 4_096;

let history: History;

beforeEach(() => {
  history = new History();
});

function entry(why: string): HistoryEntry {
  return {
    at: '2026-01-01T00:00:00.000Z',
    service: 's',
    peer: 'a',
    kind: 'note',
    from: null,
    to: null,
    rule: 'R1',
    why,
  };
}

function fill(count: number, key: (index: number) => string = () => 's/a'): void {
  for (let index = 1; index <= count; index += 1) history.add(key(index), entry(String(index)));
}

const reasons = (entries: readonly HistoryEntry[]): string[] => entries.map(({ why }) => why);

test('keeps what happened, oldest first', () => {
  fill(3);
  expect(reasons(history.of('s/a'))).toEqual(['1', '2', '3']);
  expect(reasons(history.latest(10))).toEqual(['1', '2', '3']);
});

test('each peer has its own; who is unknown has none', () => {
  fill(4, (index) => (index % 2 === 0 ? 's/even' : 's/odd'));
  expect(reasons(history.of('s/even'))).toEqual(['2', '4']);
  expect(history.of('s/nobody')).toEqual([]);
});

test(`a peer keeps its last ${PER_PEER}`, () => {
  fill(PER_PEER);
  expect(reasons(history.of('s/a')).at(0)).toBe('1');
  history.add('s/a', entry('one more'));
  expect(history.of('s/a')).toHaveLength(PER_PEER);
  expect(reasons(history.of('s/a')).at(0)).toBe('2');
  expect(reasons(history.of('s/a')).at(-1)).toBe('one more');
});

test(`all together keep at least the last ${OF_ALL}, and give no more than that`, () => {
  const many = 5 * OF_ALL + 3;
  fill(many, (index) => `s/${index % 7}`);
  const latest = history.latest(Number.MAX_SAFE_INTEGER);
  expect(latest).toHaveLength(OF_ALL);
  expect(latest[0]?.why).toBe(String(many - OF_ALL + 1));
  expect(latest.at(-1)?.why).toBe(String(many));
});

test.each([
  [-1, []],
  [0, []],
  [1, ['3']],
  [2, ['2', '3']],
  [4, ['1', '2', '3']],
])('latest(%d) of three', (limit, expected) => {
  fill(3);
  expect(reasons(history.latest(limit))).toEqual(expected);
});

test.each([
  [20_000, 1],
  [20_001, 0],
])(
  '%d peers: the one to which nothing has happened for the longest time still has %d entries',
  (peers, left) => {
    for (let index = 0; index < peers; index += 1) history.add(`s/${index}`, entry('x'));
    expect(history.of('s/0')).toHaveLength(left);
  },
);

test('who follows is told of each new entry, until they have enough', () => {
  const first: string[] = [];
  const second: string[] = [];
  fill(1);
  const stop = history.follow(({ why }) => first.push(why));
  history.follow(({ why }) => second.push(why));
  history.add('s/a', entry('x'));
  stop();
  stop();
  history.add('s/a', entry('y'));
  expect([first, second]).toEqual([['x'], ['x', 'y']]);
});
