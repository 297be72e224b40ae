/**
 * What lines of the log tell the daemon, as the daemon itself reads them.
 */

import { readLogNews } from '../../../src/daemon/log-news.ts';

/** Where a line of the model comes from: it says what is told, not in which words. */
export const HINT = 'hint';

/** What matters to decisions; `trouble` is for the operator. */
const DECIDING = new Set(['call-seen', 'peer-calls', 'proven', 'look-again', 'given-up']);

const LINE = /^(?:hint|([A-Z0-9]+):(.*?)\[(\d*)\]) (\S+) (.*)$/;

/**
 * Each hint once, in the order of the alphabet: the log comes late and in pieces.
 * @param lines as `Names.logText` writes them
 */
export function hintsOf(lines: readonly string[]): string[] {
  return [...new Set(lines.flatMap(hintsOfLine))].sort();
}

function hintsOfLine(line: string): string[] {
  const [, group, ikesaName = '', ikesaUniqueid = '', name = '-', message = ''] = LINE.exec(line) ?? [];
  const types =
    group === undefined
      ? [message]
      : readLogNews({ group, level: 1, ikesaName, ikesaUniqueid, message }).flatMap((one) =>
          one.type === 'peer' ? [one.news.type] : [],
        );
  // Who the policy is to look for again isn't told.
  return types
    .filter((type) => DECIDING.has(type))
    .map((type) => (type === 'look-again' ? type : `${type} ${name}`));
}
