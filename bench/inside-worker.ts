/** One contender of one benchmark without charon, alone in its process; see worker.ts. */
import { INSIDE } from './inside-benchmarks.ts';
import { measure } from './measure.ts';

const [benchmark = '', contender = ''] = process.argv.slice(2);
const prepare = INSIDE[benchmark]?.[contender];
if (prepare === undefined) throw new Error(`no contender "${contender}" in "${benchmark}"`);
await measure(await prepare(), 1, 1);
