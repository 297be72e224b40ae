/** How many lines a peer may write: both sides of each limit. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Journal } from '../../../src/daemon/journal.ts';
import { createLog } from '../../../src/daemon/log.ts';
import { LIMITS, LogLimits, type Sort, sortOf } from '../../../src/daemon/log-limits.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { definition } from './helpers.ts';

let clock: VirtualClock;
let limits: LogLimits;

beforeEach(() => {
  clock = new VirtualClock();
  limits = new LogLimits(clock);
});

const SORTS = Object.keys(LIMITS) as Sort[];

/** Writes until no more is admitted. @returns how many were */
function exhaust(peer: string, sort: Sort): number {
  for (let lines = 0; ; lines++) {
    if (limits.admit(peer, sort) === null) return lines;
  }
}

describe.each(SORTS)('%s', (sort) => {
  const { burst, refillMs } = LIMITS[sort];

  test('so many at once and not one more', () => {
    expect(exhaust('a', sort)).toBe(burst);
  });

  test('one more after a while, which tells how many were left out', () => {
    exhaust('a', sort);
    expect(limits.admit('a', sort)).toBeNull();
    clock.advanceBy(refillMs - 1);
    expect(limits.admit('a', sort)).toBeNull();
    clock.advanceBy(1);
    // exhaust() left one out, and so did the two above.
    expect(limits.admit('a', sort)).toBe(3);
    expect(limits.admit('a', sort)).toBeNull();
  });

  test('never more than the burst, however long nothing happened', () => {
    exhaust('a', sort);
    clock.advanceBy(1_000 * refillMs);
    expect(exhaust('a', sort)).toBe(burst);
  });

  test('uses up neither the lines of another peer nor those of another sort', () => {
    exhaust('a', sort);
    expect(limits.admit('b', sort)).toBe(0);
    for (const other of SORTS) if (other !== sort) expect(limits.admit('a', other)).not.toBeNull();
  });
});

test.each([
  ['transition', 'responder-mode', 'initiator-mode', 'routine'],
  ['transition', 'initiator-mode', 'responder-mode', 'routine'],
  ['transition', 'initiator-mode', 'up', 'outcome'],
  ['transition', 'up', 'responder-mode', 'outcome'],
  ['note', null, null, 'routine'],
  ['trouble', null, null, 'trouble'],
] as const)('%s from %s to %s is %s', (kind, from, to, sort) => {
  expect(sortOf({ kind, from, to })).toBe(sort);
});

describe('in the journal', () => {
  function cycle(level: 'info' | 'debug', entries: number) {
    const lines: string[] = [];
    let suppressed = 0;
    const journal = new Journal({
      clock,
      log: createLog({ level, format: 'journal', write: (line) => lines.push(line.trimEnd()) }),
      onSuppressed: () => {
        suppressed += 1;
      },
    });
    const add = () =>
      journal.add(
        definition('a'),
        {
          kind: 'transition',
          from: 'responder-mode',
          to: 'initiator-mode',
          rule: 'R2',
          why: 'our turn',
        },
        clock.nowMs(),
      );
    for (let count = 0; count < entries; count++) add();
    return { lines, journal, add, suppressed: () => suppressed };
  }

  test('a peer that cycles for days writes now and then, and keeps its history', () => {
    const { lines, journal, add, suppressed } = cycle('info', LIMITS.routine.burst + 5);
    expect(lines).toHaveLength(LIMITS.routine.burst);
    expect(suppressed()).toBe(5);
    expect(journal.history.latest(1_000)).toHaveLength(LIMITS.routine.burst + 5);
    clock.advanceBy(LIMITS.routine.refillMs);
    add();
    expect(lines.at(-1)).toBe(
      '<6>service=s peer=a from=responder-mode to=initiator-mode rule=R2 why="our turn" suppressed=5',
    );
  });

  test('an entry has the time at which it was decided, also if it is written later', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { journal, add } = cycle('info', 0);
    const decidedMs = clock.nowMs();
    clock.advanceBy(700);
    const entry = { kind: 'note', from: null, to: null, rule: 'R2', why: 'late' } as const;
    journal.add(definition('a'), entry, decidedMs);
    add();
    const [late, now] = journal.history.latest(2).map(({ at }) => Date.parse(at));
    expect((now ?? 0) - (late ?? 0)).toBe(700);
    vi.useRealTimers();
  });

  test('whoever debugs gets every line', () => {
    expect(cycle('debug', LIMITS.routine.burst + 5).lines).toHaveLength(LIMITS.routine.burst + 5);
  });
});
