import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { AfteryouError, ERROR_CODES, type ErrorCode } from '../../src/errors.ts';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** Sections of docs/errors.md by their heading. */
const sections = new Map(
  readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')).trim(), section] as const),
);

describe('docs/errors.md', () => {
  test('has one section per code, in the order of src/errors.ts, and no other', () => {
    expect([...sections.keys()]).toEqual(CODES);
  });

  test.each(CODES)('%s: whose fault, which exit code, what it means and what to do', (code) => {
    const [, facts, ...paragraphs] = (sections.get(code) ?? '').trim().split('\n\n');
    const exitCode = exitCodeOf(new AfteryouError(code, ''));
    expect(facts).toBe(`**Fault:** ${ERROR_CODES[code]}. **Exit code:** ${exitCode}.`);
    expect(paragraphs.length).toBeGreaterThanOrEqual(2);
  });
});

describe('AfteryouError', () => {
  test('carries its code, whose fault it is, the next step and the cause', () => {
    const cause = new Error('ENOSPC');
    const error = new AfteryouError('STATE_UNWRITABLE', "can't write", { nextStep: 'make room', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'AfteryouError',
      code: 'STATE_UNWRITABLE',
      fault: 'operator',
      message: "can't write",
      nextStep: 'make room',
      cause,
    });
  });

  test('without details there is no next step and no cause', () => {
    const error = new AfteryouError('USAGE', 'no such command');
    expect(error.nextStep).toBeUndefined();
    expect('cause' in error).toBe(false);
  });

  test('a class of its own keeps its name', () => {
    class SpecialError extends AfteryouError {}
    expect(new SpecialError('USAGE', '').name).toBe('SpecialError');
  });
});
