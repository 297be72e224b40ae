/**
 * Benchmarks of single parts, without charon: each contender is one size or way of the same thing. A contender
 * prepares and then, asked again and again, does a lot of it; it says how many things it did.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { DeadlineHeap } from '../src/timers/deadline-heap.ts';
import { translate } from '../src/translate/translate.ts';
import { statusServer } from './control-bench.ts';
import { type BenchPeer, bringUp, live, newPeers, rest } from './step-bench.ts';
import type { Ask } from './vici-contenders.ts';

/** Prepares; then does it once at each call. */
export type Contender = () => Ask | Promise<Ask>;

/** Numbers of peers. */
export const SIZES = [1_000, 10_000, 100_000];
/** Events or timers in one turn, whatever the size. */
const TURN = 1_000_000;

export const INSIDE: Readonly<Record<string, Readonly<Record<string, Contender>>>> = {
  step: bySize('peers', (size) => steps(newPeers(size), live)),
  'step, at rest': bySize('peers', (size) => steps(peersUp(size), rest)),
  'timers, set and served': bySize('timers', timers),
  'control socket, status of 1,000 peers': { 'afteryou status': statusServer },
  'configuration, 1,000 peers': { 'afteryou check': configuration },
  'translation, 1,000 peers': { 'StarOS text to files': translation },
};

function bySize(what: string, contender: (size: number) => Ask): Record<string, Contender> {
  return Object.fromEntries(
    SIZES.map((size) => [`${size.toLocaleString('en-US')} ${what}`, () => contender(size)]),
  );
}

function peersUp(size: number): BenchPeer[] {
  const peers = newPeers(size);
  bringUp(peers, 10_000);
  return peers;
}

function steps(
  peers: readonly BenchPeer[],
  go: (peers: readonly BenchPeer[], fromMs: number) => number,
): Ask {
  let nowMs = 100_000;
  return async () => {
    let events = 0;
    while (events < TURN) {
      events += go(peers, nowMs);
      nowMs += 100_000;
    }
    return events;
  };
}

function timers(size: number): Ask {
  const heap = new DeadlineHeap<string>();
  const keys = Array.from({ length: size }, (_, index) => `peer-${index}`);
  let nowMs = 0;
  let seed = 1;
  const later = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return nowMs + (seed % 20_000);
  };
  for (const key of keys) heap.set(key, later());
  return async () => {
    for (let served = 0; served < TURN; served++) {
      nowMs = heap.peek()?.atMs ?? nowMs;
      const key = heap.popDue(nowMs);
      if (key !== undefined) heap.set(key, later());
    }
    return TURN;
  };
}

function configuration(): Ask {
  const folder = mkdtempSync(join(tmpdir(), `afteryou-bench-config-${process.pid}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const addresses = Array.from({ length: 1_000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
  const list = `{ family: ipv4, addresses: [${addresses.join(', ')}] }`;
  const lines = [
    'version: 1',
    `peer-lists: { branches: ${list} }`,
    'services: { hub: { peer-list: branches } }',
  ];
  const file = join(folder, 'afteryou.yaml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return async () => {
    const turns = 20;
    for (let turn = 0; turn < turns; turn++) loadConfig(file);
    return turns;
  };
}

function translation(): Ask {
  const file = 'config-examples/translate/staros-1000-peers/input.txt';
  const text = readFileSync(file, 'utf8');
  return async () => {
    const turns = 10;
    for (let turn = 0; turn < turns; turn++) translate([{ file, text }]);
    return turns;
  };
}
