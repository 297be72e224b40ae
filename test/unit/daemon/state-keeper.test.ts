import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HistoryEntry } from '../../../src/control/api.ts';
import { createLog } from '../../../src/daemon/log.ts';
import type { Peer } from '../../../src/daemon/peer.ts';
import { StateKeeper } from '../../../src/daemon/state-keeper.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { ikeSa } from '../../helpers/fake-policy-charon.ts';
import { definition, NO_COUNTS, peerAfter } from './helpers.ts';

const GATHER_MS = 100;
const RETRY_MS = 30_000;

let directory: string;
let file: string;
let clock: VirtualClock;
let lines: string[];
let peers: Map<string, Peer>;
let histories: Map<string, readonly HistoryEntry[]>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-keeper-'));
  file = join(directory, 'state.msgpack');
  clock = new VirtualClock();
  lines = [];
  peers = new Map();
  histories = new Map();
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function newKeeper(path = file): StateKeeper {
  const log = createLog({ level: 'debug', format: 'journal', write: (line) => lines.push(line) });
  return new StateKeeper({ file: path, clock, log, peers: () => peers, history: () => histories });
}

/** A peer with a tunnel that the peer started, and that the operator has paused. */
function putPeer(name: string, ikeSaId = '7'): void {
  const story = [
    [0, { type: 'attached', ikeSas: [ikeSa(ikeSaId)] }],
    [1, { type: 'operator', action: 'pause' }],
  ] as const;
  peers.set(`s/${name}`, peerAfter(story, definition(name)));
}

const MEMORY = {
  lineages: [{ initiatorSpi: 'aaaaaaaaaaaaaaa7', responderSpi: 'bbbbbbbbbbbbbbb7', startedBy: 'peer' }],
  counters: NO_COUNTS,
  isPaused: true,
};

describe('a restart', () => {
  test('brings back who started what, counters and pauses', () => {
    putPeer('a');
    newKeeper().save();
    const after = newKeeper();
    expect(after.recall('s/a')).toEqual(MEMORY);
    expect(after.recall('s/b')).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test('of a first run brings back nothing, without a complaint', () => {
    expect(newKeeper().recall('s/a')).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test('keeps what is remembered of peers that charon has not shown yet', () => {
    putPeer('a');
    putPeer('b');
    newKeeper().save();
    // Started while charon is away, and ended before it came.
    peers.clear();
    newKeeper().save();
    const third = newKeeper();
    expect(third.recall('s/a')).toEqual(MEMORY);
    putPeer('b', '8');
    third.save();
    const fourth = newKeeper();
    expect(fourth.recall('s/a')).toEqual(MEMORY);
    expect(fourth.recall('s/b')?.lineages).toEqual([
      { initiatorSpi: 'aaaaaaaaaaaaaaa8', responderSpi: 'bbbbbbbbbbbbbbb8', startedBy: 'peer' },
    ]);
  });

  test('a peer that went and comes back in one run is as it was when it went', () => {
    const keeper = newKeeper();
    putPeer('a');
    keeper.note();
    peers.clear();
    expect(keeper.recall('s/a')).toEqual(MEMORY);
    keeper.save();
    expect(keeper.recall('s/a')).toEqual(MEMORY);
  });

  test('of peers that went, the ten thousand latest are kept, and all that are there', () => {
    const one = peerAfter([]);
    for (let index = 0; index <= 10_000; index += 1) peers.set(`s/${index}`, one);
    const keeper = newKeeper();
    keeper.save();
    expect(keeper.recall('s/0')).toBeDefined();
    peers = new Map([['s/new', one]]);
    keeper.save();
    expect(keeper.recall('s/0')).toBeUndefined();
    expect(keeper.recall('s/1')).toBeDefined();
    expect(newKeeper().recall('s/0')).toBeUndefined();
    expect(newKeeper().recall('s/1')).toBeDefined();
    expect(newKeeper().recall('s/new')).toBeDefined();
  });
});

describe('a standby', () => {
  test('pauses each peer once: one that comes back is as it was', () => {
    const keeper = newKeeper();
    expect(keeper.recall('s/a', true)?.isPaused).toBe(true);
    putPeer('a');
    keeper.note();
    expect(keeper.recall('s/a', true)).toEqual(MEMORY);
    expect(keeper.recall('s/b', true)?.isPaused).toBe(true);
  });
});

describe('writing', () => {
  test('changes are written together, a moment after the first', () => {
    putPeer('a');
    const keeper = newKeeper();
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS / 2);
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS / 2 - 1);
    expect(readdirSync(directory)).toEqual([]);
    clock.advanceBy(1);
    expect(readdirSync(directory)).toEqual(['state.msgpack']);
  });

  test('what can wait is written later, and at once with what cannot', () => {
    const keeper = newKeeper();
    keeper.touch('later');
    clock.advanceBy(2_000 - 1);
    expect(readdirSync(directory)).toEqual([]);
    clock.advanceBy(1);
    expect(readdirSync(directory)).toEqual(['state.msgpack']);
    rmSync(file);
    keeper.touch('later');
    keeper.touch('soon');
    keeper.touch('later');
    clock.advanceBy(GATHER_MS);
    expect(readdirSync(directory)).toEqual(['state.msgpack']);
  });

  test('a change after that is written again', () => {
    const keeper = newKeeper();
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS);
    putPeer('a');
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS);
    expect(newKeeper().recall('s/a')).toEqual(MEMORY);
  });

  test('writing now calls off what was waiting', () => {
    const keeper = newKeeper();
    keeper.touch('soon');
    keeper.save();
    rmSync(file);
    clock.advanceBy(10 * GATHER_MS);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a place that cannot be written', () => {
  test('is told of once, and again after it has worked meanwhile', () => {
    const keeper = newKeeper(join(directory, 'sub', 'state.msgpack'));
    // A file where a directory is needed: not even root can write there.
    const blocker = join(directory, 'sub');
    writeFileSync(blocker, '');
    keeper.save();
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^<3>the state file cannot be written file=/);
    rmSync(blocker);
    keeper.save();
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^<5>the state file is written again file=/);
    rmSync(blocker, { recursive: true });
    writeFileSync(blocker, '');
    keeper.save();
    expect(lines).toHaveLength(3);
  });

  test('is tried again later, without another change, and the status says so until then', () => {
    const keeper = newKeeper(join(directory, 'sub', 'state.msgpack'));
    const blocker = join(directory, 'sub');
    writeFileSync(blocker, '');
    expect(keeper.warnings).toEqual([]);
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS);
    expect(keeper.warnings).toEqual([expect.stringMatching(/^The state file cannot be written: .*EEXIST/)]);
    clock.advanceBy(RETRY_MS);
    rmSync(blocker);
    clock.advanceBy(RETRY_MS - 1);
    expect(keeper.warnings).toHaveLength(1);
    clock.advanceBy(1);
    expect(keeper.warnings).toEqual([]);
    expect(readdirSync(blocker)).toEqual(['state.msgpack']);
    expect(lines).toHaveLength(2);
  });

  test('at the end leaves nothing waiting', () => {
    const keeper = newKeeper(join(directory, 'sub', 'state.msgpack'));
    const blocker = join(directory, 'sub');
    writeFileSync(blocker, '');
    keeper.touch('soon');
    keeper.save();
    rmSync(blocker);
    clock.advanceBy(10 * RETRY_MS);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a file that cannot be used', () => {
  test.each([
    ['damaged', Buffer.from('AYS1 and then nonsense')],
    ['empty', Buffer.alloc(0)],
    ['of something else', Buffer.from('version: 1\n')],
  ])('%s: it costs the history, one warning, and nothing else', (_what, bytes) => {
    writeFileSync(file, bytes);
    const keeper = newKeeper();
    expect(keeper.recall('s/a')).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(/^<4>the state file is not used why=/)]);
    putPeer('a');
    keeper.save();
    lines = [];
    expect(newKeeper().recall('s/a')).toEqual(MEMORY);
    expect(lines).toEqual([]);
  });

  test('one that is damaged later leaves the one before it', () => {
    putPeer('a');
    const keeper = newKeeper();
    keeper.save();
    keeper.save();
    writeFileSync(file, 'cut');
    expect(newKeeper().recall('s/a')).toEqual(MEMORY);
    expect(lines).toHaveLength(1);
  });
});
