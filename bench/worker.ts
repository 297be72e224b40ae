/**
 * One contender of one benchmark, alone in its process, so that nobody's garbage is another one's. Prints one line of JSON
 * (`Sample`). Arguments: the benchmark, the contender, the server's socket, how often to ask before measuring and then.
 */

import { measure } from './measure.ts';
import { VICI_CONTENDERS } from './vici-contenders.ts';

const [benchmark = '', contender = '', path = '', warmUps = '1', times = '1'] = process.argv.slice(2);
const prepare = VICI_CONTENDERS[benchmark]?.[contender];
if (prepare === undefined) throw new Error(`no contender "${contender}" in "${benchmark}"`);
await measure(await prepare(path), Number(warmUps), Number(times));
