/** The history in the state file: how much of it, and that it comes back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HistoryEntry } from '../../../src/control/api.ts';
import { History } from '../../../src/daemon/history.ts';
import { createLog } from '../../../src/daemon/log.ts';
import { saveSnapshot } from '../../../src/daemon/snapshot-file.ts';
import { StateKeeper } from '../../../src/daemon/state-keeper.ts';
import {
  entriesKept,
  restoredHistory,
  STORED_HISTORY,
  storedHistory,
} from '../../../src/daemon/stored-history.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { NO_COUNTS } from './helpers.ts';

function entry(peer: string, second: number, change: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    at: new Date(Date.UTC(2026, 4, 1, 12, 0, second)).toISOString(),
    service: 's',
    peer,
    kind: 'transition',
    from: 'responder-mode',
    to: 'up',
    rule: 'R5',
    why: `at ${second}`,
    ...change,
  };
}

const keyed = (...entries: HistoryEntry[]) => entries.map((one) => [`s/${one.peer}`, one] as const);

describe('what is stored', () => {
  test('the last entries of a peer, as rows', () => {
    const entries = Array.from({ length: 9 }, (_, second) => entry('a', second));
    const stored = storedHistory(entries, 8);
    expect(stored).toHaveLength(8);
    expect(stored[0]).toEqual([
      '2026-05-01T12:00:01.000Z',
      'transition',
      'responder-mode',
      'up',
      'R5',
      'at 1',
    ]);
    expect(STORED_HISTORY.parse(stored)).toEqual(stored);
  });

  test.each([
    [0, 8],
    [5_000, 8],
    [5_001, 7],
    [20_000, 2],
    [39_999, 1],
    [100_000, 1],
  ])('of %i peers %i of each: fewer the more peers there are, but never none', (peers, count) => {
    expect(entriesKept(peers)).toBe(count);
  });

  test('a long reason is cut', () => {
    const why = 'x'.repeat(201);
    expect(storedHistory([entry('a', 0, { why })], 8)[0]?.[5]).toBe('x'.repeat(200));
  });
});

describe('what comes back', () => {
  test('all entries, in the order in which they happened', () => {
    const restored = restoredHistory([
      ['s/a', storedHistory([entry('a', 1), entry('a', 4)], 8)],
      ['s/b/c', storedHistory([entry('b/c', 2), entry('b/c', 3, { kind: 'note', from: null, to: null })], 8)],
    ]);
    expect(restored).toEqual(
      keyed(
        entry('a', 1),
        entry('b/c', 2),
        entry('b/c', 3, { kind: 'note', from: null, to: null }),
        entry('a', 4),
      ),
    );
    const history = new History();
    history.restore(restored);
    expect(history.latest(2).map(({ peer }) => peer)).toEqual(['b/c', 'a']);
    expect(history.of('s/a').map(({ why }) => why)).toEqual(['at 1', 'at 4']);
  });
});

describe('in the state file', () => {
  let directory: string;
  let file: string;
  let lines: string[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stored-history-'));
    file = join(directory, 'state');
    lines = [];
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  function newKeeper(history = new History()): StateKeeper {
    return new StateKeeper({
      file,
      clock: new VirtualClock(),
      log: createLog({ level: 'debug', format: 'journal', write: (line) => lines.push(line) }),
      peers: () => new Map(),
      history: () => history.byPeer,
    });
  }

  test('it outlives a restart, and another one', async () => {
    const first = new History();
    first.restore(keyed(entry('a', 1), entry('a', 2)));
    await newKeeper(first).save();
    const second = new History();
    const keeper = newKeeper(second);
    second.restore(keeper.recallHistory());
    await keeper.save();
    expect(newKeeper().recallHistory()).toEqual(keyed(entry('a', 1), entry('a', 2)));
    expect(lines).toEqual([]);
  });

  const memory = { lineages: [], counters: NO_COUNTS, isPaused: true };

  test('keys that a newer afteryou has added are passed over: going back costs nothing', async () => {
    const newer = { ...memory, mood: 'good', counters: { ...NO_COUNTS, smiles: 3 } };
    await saveSnapshot(file, [{ peer: 's/a', memory: newer, history: [], weather: ['fine'] }]);
    expect(newKeeper().recall('s/a')).toEqual(memory);
    expect(lines).toEqual([]);
  });

  test('a history that is none is damage: it is set aside with the file', async () => {
    await saveSnapshot(file, [{ peer: 's/a', memory, history: [['yesterday']] }]);
    expect(newKeeper().recallHistory()).toEqual([]);
    expect(lines.join('')).toMatch(/^<4>the state file is not used why=.*holds something else/);
  });

  test('a file of a newer format is set aside, and the one before it used', async () => {
    await saveSnapshot(file, [{ peer: 's/a', memory, history: [] }]);
    await saveSnapshot(file, []);
    const bytes = Buffer.from('AYS1\0\0\0\x02\0\0\0\0\0\0\0\0');
    writeFileSync(file, bytes);
    expect(newKeeper().recall('s/a')).toEqual(memory);
    expect(lines.join('')).toMatch(/written by a newer afteryou/);
  });
});
