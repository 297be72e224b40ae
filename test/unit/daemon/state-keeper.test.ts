import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HistoryEntry } from '../../../src/control/api.ts';
import { createLog } from '../../../src/daemon/log.ts';
import type { Peer } from '../../../src/daemon/peer.ts';
import { loadSnapshot } from '../../../src/daemon/snapshot-file.ts';
import { StateKeeper } from '../../../src/daemon/state-keeper.ts';
import { STATE_RECORD } from '../../../src/daemon/state-record.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { everythingElse, ikeSa } from '../../helpers/fake-policy-charon.ts';
import { definition, NO_COUNTS, peerAfter } from './helpers.ts';

const GATHER_MS = 100;
const LATER_MS = 5_000;
const REST_MS = 2_000;
const RETRY_MS = 30_000;
const PATIENCE_MS = 2_000;

let directory: string;
let file: string;
let clock: VirtualClock;
let lines: string[];
let peers: Map<string, Peer>;
let histories: Map<string, readonly HistoryEntry[]>;
/** Called when a writing begins to look at what there is. */
let onRead: () => void;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-keeper-'));
  file = join(directory, 'state.msgpack');
  clock = new VirtualClock();
  lines = [];
  peers = new Map();
  histories = new Map();
  onRead = () => undefined;
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
});

function newKeeper(path = file): StateKeeper {
  const log = createLog({ level: 'debug', format: 'journal', write: (line) => lines.push(line) });
  const history = () => {
    onRead();
    return histories;
  };
  return new StateKeeper({ file: path, clock, log, peers: () => peers, history });
}

/** A peer with a tunnel that the peer started, and that the operator has paused. */
function putPeer(name: string, ikeSaId = '7'): void {
  const story = [
    [0, { type: 'attached', ikeSas: [ikeSa(ikeSaId)] }],
    [1, { type: 'operator', action: 'pause' }],
  ] as const;
  peers.set(`s/${name}`, peerAfter(story, definition(name)));
}

/** The peer is looked after no more. */
function goes(name: string, keeper: StateKeeper): void {
  const peer = peers.get(`s/${name}`);
  peers.delete(`s/${name}`);
  if (peer) keeper.keep(peer);
}

const MEMORY = {
  lineages: [{ initiatorSpi: 'aaaaaaaaaaaaaaa7', responderSpi: 'bbbbbbbbbbbbbbb7', startedBy: 'peer' }],
  counters: NO_COUNTS,
  isPaused: true,
};

/** What the file says of a peer; undefined if there is no file, or nothing in it. */
function stored(key: string) {
  const records = loadSnapshot(file, STATE_RECORD).values;
  return records?.find(({ peer }) => peer === key);
}

/** The writing that the clock has set off comes to its end. */
async function untilWritten(): Promise<void> {
  await vi.waitFor(() => expect(readdirSync(directory)).toContain('state.msgpack'));
  await vi.waitFor(() => expect(readdirSync(directory)).not.toContain('state.msgpack.new'));
}

/** Time enough for a writing to begin, if one is going to. */
async function nothingBegins(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await everythingElse();
  expect(readdirSync(directory)).toEqual([]);
}

describe('a restart', () => {
  test('brings back who started what, counters and pauses', async () => {
    putPeer('a');
    await newKeeper().save();
    const after = newKeeper();
    expect(after.recall('s/a')).toEqual(MEMORY);
    expect(after.recall('s/b')).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test('of a first run brings back nothing, without a complaint', () => {
    expect(newKeeper().recall('s/a')).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test('keeps what is remembered of peers that charon has not shown yet', async () => {
    putPeer('a');
    putPeer('b');
    await newKeeper().save();
    // Started while charon is away, and ended before it came.
    peers.clear();
    await newKeeper().save();
    const third = newKeeper();
    putPeer('b', '8');
    await third.save();
    const fourth = newKeeper();
    expect(fourth.recall('s/a')).toEqual(MEMORY);
    expect(fourth.recall('s/b')?.lineages).toEqual([
      { initiatorSpi: 'aaaaaaaaaaaaaaa8', responderSpi: 'bbbbbbbbbbbbbbb8', startedBy: 'peer' },
    ]);
  });

  test('a peer that went and comes back in one run is as it was when it went', async () => {
    const keeper = newKeeper();
    putPeer('a');
    goes('a', keeper);
    await keeper.save();
    expect(stored('s/a')?.memory).toEqual(MEMORY);
    expect(keeper.recall('s/a')).toEqual(MEMORY);
  });

  test('of peers that went, ten thousand are kept beside any number of others, the latest', async () => {
    const one = peerAfter([]);
    for (let index = 0; index < 100_000; index += 1) peers.set(`s/${index}`, one);
    const keeper = newKeeper();
    for (let index = 0; index <= 10_000; index += 1) keeper.keep(peerAfter([], definition(`gone-${index}`)));
    expect(keeper.recall('s/gone-0')).toBeUndefined();
    expect(keeper.recall('s/gone-1')).toBeDefined();
    expect(keeper.recall('s/gone-10000')).toBeDefined();
  });

  test('of 100,000 that all went because charon restarts, all are kept', () => {
    const keeper = newKeeper();
    for (let index = 0; index <= 100_000; index += 1) keeper.keep(peerAfter([], definition(String(index))));
    expect(keeper.recall('s/0')).toBeUndefined();
    expect(keeper.recall('s/1')).toBeDefined();
    expect(keeper.recall('s/100000')).toBeDefined();
  });

  test('a peer is in the file once, whether it is there or gone, and one with nothing but a history too', async () => {
    putPeer('a');
    putPeer('b');
    histories.set('s/c', [
      {
        at: '2026-05-01T12:00:00.000Z',
        service: 's',
        peer: 'c',
        kind: 'note',
        from: null,
        to: null,
        rule: 'R5',
        why: 'x',
      },
    ]);
    await newKeeper().save();
    const keeper = newKeeper();
    keeper.recallHistory();
    goes('b', keeper);
    await keeper.save();
    const records = loadSnapshot(file, STATE_RECORD).values;
    expect(records?.map(({ peer, memory }) => [peer, memory !== null])).toEqual([
      ['s/b', true],
      ['s/a', true],
      ['s/c', false],
    ]);
  });
});

describe('a standby', () => {
  test('pauses each peer once: one that comes back is as it was', () => {
    const keeper = newKeeper();
    expect(keeper.recall('s/a', true)?.isPaused).toBe(true);
    putPeer('a');
    goes('a', keeper);
    expect(keeper.recall('s/a', true)).toEqual(MEMORY);
    expect(keeper.recall('s/b', true)?.isPaused).toBe(true);
  });
});

describe('writing', () => {
  test('changes are written together, a moment after the first', async () => {
    putPeer('a');
    const keeper = newKeeper();
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS / 2);
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS / 2 - 1);
    await nothingBegins();
    clock.advanceBy(1);
    await untilWritten();
    expect(stored('s/a')?.memory).toEqual(MEMORY);
  });

  test('what can wait is written later, and sooner with what cannot', async () => {
    const keeper = newKeeper();
    keeper.touch('later');
    clock.advanceBy(LATER_MS - 1);
    await nothingBegins();
    keeper.touch('soon');
    keeper.touch('later');
    clock.advanceBy(1);
    await untilWritten();
  });

  test('what changes right after that is written again, but not before a rest', async () => {
    const keeper = newKeeper();
    await keeper.save();
    putPeer('a');
    keeper.touch('soon');
    clock.advanceBy(REST_MS - 1);
    for (let turn = 0; turn < 20; turn += 1) await everythingElse();
    expect(stored('s/a')).toBeUndefined();
    clock.advanceBy(1);
    await vi.waitFor(() => expect(stored('s/a')?.memory).toEqual(MEMORY));
  });

  test('a writing that takes long is followed by a rest ten times as long, a minute at most', async () => {
    const keeper = newKeeper();
    const slow = async (ms: number) => {
      const written = keeper.save();
      clock.advanceBy(ms);
      await written;
      rmSync(file);
      keeper.touch('soon');
    };
    await slow(1_000);
    clock.advanceBy(10_000 - 1);
    for (let turn = 0; turn < 20; turn += 1) await everythingElse();
    expect(readdirSync(directory)).not.toContain('state.msgpack');
    clock.advanceBy(1);
    await untilWritten();
    await keeper.save();
    await slow(20_000);
    clock.advanceBy(60_000);
    await untilWritten();
  });

  test('what changes while it is being written is written afterwards', async () => {
    const keeper = newKeeper();
    onRead = () => {
      onRead = () => undefined;
      queueMicrotask(() => {
        putPeer('a');
        keeper.touch('soon');
      });
    };
    await keeper.save();
    expect(stored('s/a')).toBeUndefined();
    clock.advanceBy(REST_MS - 1);
    for (let turn = 0; turn < 20; turn += 1) await everythingElse();
    expect(stored('s/a')).toBeUndefined();
    clock.advanceBy(1);
    await vi.waitFor(() => expect(stored('s/a')?.memory).toEqual(MEMORY));
  });

  test('whoever asks has what is so now on the disk, also if something is being written already', async () => {
    const keeper = newKeeper();
    const first = keeper.save();
    putPeer('a');
    const second = keeper.save();
    expect(keeper.save()).toBe(second);
    await second;
    expect(stored('s/a')?.memory).toEqual(MEMORY);
    await first;
    expect(lines).toEqual([]);
  });

  test('writing now calls off what was waiting', async () => {
    const keeper = newKeeper();
    keeper.touch('soon');
    await keeper.save();
    rmSync(file);
    clock.advanceBy(10 * LATER_MS);
    await nothingBegins();
  });

  test('after the end nothing is written any more', async () => {
    const keeper = newKeeper();
    keeper.touch('soon');
    await keeper.close();
    rmSync(file);
    keeper.touch('soon');
    clock.advanceBy(10 * LATER_MS);
    await nothingBegins();
  });

  test('a disk that hangs keeps nobody waiting for long', async () => {
    const keeper = newKeeper();
    let isAnswered = false;
    keeper.save = () => new Promise(() => undefined);
    void keeper.saveInTime().then(() => {
      isAnswered = true;
    });
    clock.advanceBy(PATIENCE_MS - 1);
    await everythingElse();
    expect(isAnswered).toBe(false);
    clock.advanceBy(1);
    await everythingElse();
    expect(isAnswered).toBe(true);
  });
});

describe('a place that cannot be written', () => {
  /** A file where a directory is needed: not even root can write there. */
  const block = (): string => {
    const blocker = join(directory, 'sub');
    writeFileSync(blocker, '');
    return blocker;
  };

  test('is told of once, and again after it has worked meanwhile', async () => {
    const keeper = newKeeper(join(directory, 'sub', 'state.msgpack'));
    const blocker = block();
    await keeper.save();
    await keeper.save();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^<3>the state file cannot be written file=/);
    rmSync(blocker);
    await keeper.save();
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^<5>the state file is written again file=/);
    rmSync(blocker, { recursive: true });
    block();
    await keeper.save();
    expect(lines).toHaveLength(3);
  });

  test('is tried again later, without another change, and the status says so until then', async () => {
    const keeper = newKeeper(join(directory, 'sub', 'state.msgpack'));
    const blocker = block();
    expect(keeper.warnings).toEqual([]);
    keeper.touch('soon');
    clock.advanceBy(GATHER_MS);
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    expect(keeper.warnings).toEqual([expect.stringMatching(/^The state file cannot be written: .*EEXIST/)]);
    rmSync(blocker);
    mkdirSync(blocker);
    clock.advanceBy(RETRY_MS - 1);
    for (let turn = 0; turn < 20; turn += 1) await everythingElse();
    expect(readdirSync(blocker)).toEqual([]);
    clock.advanceBy(1);
    await vi.waitFor(() => expect(keeper.warnings).toEqual([]));
    expect(readdirSync(blocker)).toEqual(['state.msgpack']);
    expect(lines).toHaveLength(2);
  });

  test('at the end leaves nothing waiting', async () => {
    const keeper = newKeeper(join(directory, 'sub', 'state.msgpack'));
    const blocker = block();
    keeper.touch('soon');
    await keeper.close();
    rmSync(blocker);
    clock.advanceBy(10 * RETRY_MS);
    await nothingBegins();
  });
});

describe('a file that cannot be used', () => {
  test.each([
    ['damaged', Buffer.from('AYS1 and then nonsense')],
    ['empty', Buffer.alloc(0)],
    ['of something else', Buffer.from('version: 1\n')],
  ])('%s: it costs the history, one warning, and nothing else', async (_what, bytes) => {
    writeFileSync(file, bytes);
    const keeper = newKeeper();
    expect(keeper.recall('s/a')).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(/^<4>the state file is not used why=/)]);
    putPeer('a');
    await keeper.save();
    lines = [];
    expect(newKeeper().recall('s/a')).toEqual(MEMORY);
    expect(lines).toEqual([]);
  });

  test('one that is damaged later leaves the one before it', async () => {
    putPeer('a');
    const keeper = newKeeper();
    await keeper.save();
    await keeper.save();
    writeFileSync(file, 'cut');
    expect(newKeeper().recall('s/a')).toEqual(MEMORY);
    expect(lines).toHaveLength(1);
  });
});
