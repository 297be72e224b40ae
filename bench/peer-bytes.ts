/**
 * How many bytes of heap the policy's state of one peer takes that is up and listed, with as many peers as the argument
 * says; prints the number. What charon said counts as far as the state holds on to it. Needs `--expose-gc`.
 */
import type { PeerState } from '../src/policy/state.ts';
import { bringUp, newPeers, rest } from './step-bench.ts';

/** A few hundred KiB come and go with V8 itself: few peers are measured many times at once. */
const PEERS_LEAST = 20_000;

const size = Number(process.argv[2]);
const tables = Math.ceil(PEERS_LEAST / size);
const held = new Set(Array.from({ length: tables }, () => statesUp(size)));
const withThem = heapUsed();
// What is let go with them is theirs; code and what it learnt meanwhile stay.
held.clear();
console.log(((withThem - heapUsed()) / (tables * size)).toFixed(0));

function heapUsed(): number {
  // The second takes what the first has only let go.
  for (let times = 0; times < 2; times += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function statesUp(count: number): PeerState[] {
  const peers = newPeers(count);
  bringUp(peers, 10_000);
  rest(peers, 30_000);
  return peers.map(({ state }) => state);
}
