/**
 * The exploration finds what it is there to find: bugs planted in copies of the policy, and a known hazard. That the
 * same plans hold without the bugs is checked by `npm run explore`.
 */

import { describe, expect, it } from 'vitest';
import { BUGS, KNOWN_HAZARD } from './bugs.ts';
import { explore, shortest } from './explore.ts';
import { planted } from './planted.ts';
import { PRODUCT } from './policies.ts';

const STATES_MAX = 400_000;

describe('planted bugs', () => {
  it.each(BUGS)('$name', async ({ name, changes, plan, found }) => {
    const { violation } = explore(plan, await planted(name, changes), STATES_MAX);
    expect(violation?.what).toMatch(found);
  });

  it('a bug that cannot be planted any more is an error', async () => {
    const change = { file: 'rules/r7-settle.ts', text: 'no such text', by: '' };
    await expect(planted('gone', [change])).rejects.toThrow('not exactly once');
  });
});

describe('two ends with unique=no', () => {
  it('lose a tunnel by INITIAL_CONTACT, as measured on real charons', () => {
    expect(explore(KNOWN_HAZARD, PRODUCT, STATES_MAX).violation?.what).toBe('no tunnel any more');
  });

  it('the shortest run to it is told step by step', () => {
    const { path, what } = shortest(KNOWN_HAZARD, PRODUCT, STATES_MAX) ?? { path: [], what: '' };
    expect(what).toBe('no tunnel any more');
    expect(path[0]).toBe('begin');
    expect(path.join('\n')).toContain('auth #2');
  });
});
