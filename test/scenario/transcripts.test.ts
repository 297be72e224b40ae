/**
 * Every transcript in test/scenario/transcripts, compared with what the policy does today.
 * `UPDATE_TRANSCRIPTS=1` rewrites them: read the diff before believing it.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runTranscript } from './transcript.ts';

const folder = fileURLToPath(new URL('transcripts/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));

describe('transcripts', () => {
  it.each(names)('%s', (name) => {
    const path = `${folder}${name}`;
    const written = readFileSync(path, 'utf8');
    const actual = runTranscript(written);
    if (process.env['UPDATE_TRANSCRIPTS'] === '1') writeFileSync(path, actual);
    else expect(actual).toBe(written);
    expect(actual).not.toMatch(/> (?:BROKEN|NOT ASKED)/);
  });

  it('are there', () => {
    expect(names.length).toBeGreaterThan(20);
  });
});

describe('the runner', () => {
  const silent = 'setup children=net\n0.0 attached\n';

  it('writes down what the policy does', () => {
    expect(runTranscript(silent)).toBe(`${silent}      > responder-mode (R1: no tunnel)\n`);
  });

  it('replaces effects that are not so', () => {
    expect(runTranscript(`${silent}      > initiate net\n`)).not.toContain('initiate');
  });

  it('tells a wake-up that the policy did not ask for', () => {
    expect(runTranscript(`${silent}9.9 wake\n`)).toContain('NOT ASKED');
    expect(runTranscript(`${silent}10.0 wake\n`)).not.toContain('NOT ASKED');
  });

  it.each(['0.0 attach', 'nonsense', '0.0 attached 7 nobody ESTABLISHED', '0.0 operator dance'])(
    'refuses %j',
    (line) => {
      expect(() => runTranscript(`setup children=net\n${line}\n`)).toThrow();
    },
  );
});
