/**
 * How many bytes of heap the policy's state of one peer takes that is up, with as many peers as the argument says; prints
 * the number. Needs `--expose-gc`.
 */
import { bringUp, newPeers } from './step-bench.ts';

const size = Number(process.argv[2]);
bringUp(newPeers(100), 0);
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const peers = newPeers(size);
bringUp(peers, 0);
globalThis.gc?.();
console.log(((process.memoryUsage().heapUsed - before) / peers.length).toFixed(0));
