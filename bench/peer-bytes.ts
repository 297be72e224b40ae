/**
 * How many bytes of heap the policy's state of one peer takes that is up and listed, with as many peers as the argument
 * says; prints the number. What charon said counts as far as the state holds on to it. Needs `--expose-gc`.
 */
import type { PeerState } from '../src/policy/state.ts';
import { bringUp, newPeers, rest } from './step-bench.ts';

const size = Number(process.argv[2]);
statesUp(100);
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const states = statesUp(size);
globalThis.gc?.();
console.log(((process.memoryUsage().heapUsed - before) / states.length).toFixed(0));

function statesUp(count: number): PeerState[] {
  const peers = newPeers(count);
  bringUp(peers, 10_000);
  rest(peers, 30_000);
  return peers.map(({ state }) => state);
}
