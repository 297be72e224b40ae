/**
 * Whether the tunnels of one pair came to be as the policies of scripts/deploy/tunnels.sh say, by what both ends have noted.
 *
 *     node scripts/deployed-by-the-rules.mjs DIRECTORY      with moon-t1.json and so on: answers of `afteryou -o json explain`
 */
import { deepStrictEqual, ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const RESPONDER_MODE_MS = 5_000;
/** How much later than a mode began it may have been noted, on a busy machine. */
const NOTED_LATE_MS = 250;
const directory = process.argv[2] ?? '.';

/** Who may call, tunnel by tunnel. */
const CALLERS = { t1: ['moon'], t2: ['moon'], t3: ['sun'], t4: ['moon', 'sun'] };

for (const [tunnel, callers] of Object.entries(CALLERS)) {
  const ends = ['moon', 'sun'].map((end) => [end, read(end, tunnel)]);
  for (const [end, { status, history }] of ends) {
    const about = `${end}, ${tunnel}`;
    ok(['up', 'settling'].includes(status.state), `${about}: is ${status.state}`);
    if (!callers.includes(end)) deepStrictEqual(status.counters.initiations, 0, `${about}: called`);
    callsOnlyAfterWaiting(about, history);
  }
  const roles = new Set(ends.map(([, { status }]) => status.role));
  deepStrictEqual(roles, new Set(['initiator', 'responder']), `${tunnel}: one end began it`);
}
process.stdout.write('each by its rule\n');

function read(end, tunnel) {
  return JSON.parse(readFileSync(join(directory, `${end}-${tunnel}.json`), 'utf8'));
}

/** R1: before each initiator mode there was a responder mode of the whole length. */
function callsOnlyAfterWaiting(about, history) {
  const changes = history.filter(({ kind }) => kind === 'transition');
  changes.forEach(({ to, at }, index) => {
    if (to !== 'initiator-mode') return;
    const before = changes[index - 1];
    deepStrictEqual(before?.to, 'responder-mode', `${about}: what came before initiator mode`);
    const waitedMs = Date.parse(at) - Date.parse(before.at);
    ok(waitedMs >= RESPONDER_MODE_MS - NOTED_LATE_MS, `${about}: waited ${waitedMs} ms only`);
  });
}
