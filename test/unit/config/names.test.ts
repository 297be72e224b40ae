import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isConnectionName, isName, matchesGlobs } from '../../../src/config/names.ts';

describe('names of services and lists', () => {
  it.each(['a', 'wsg1', '1', 'constructor', 'A'.repeat(32)])('%s is one', (name) => {
    expect(isName(name)).toBe(true);
  });
  it.each(['', 'a-b', 'a_b', 'a b', 'ä', 'a\n', '__proto__', 'A'.repeat(33)])("'%s' is none", (name) => {
    expect(isName(name)).toBe(false);
  });
});

describe('names of connections', () => {
  it.each(['wsg1-*', 'gw.example.net', 'ä', 'x'.repeat(255), 'ä'.repeat(127)])('%s is one', (name) => {
    expect(isConnectionName(name)).toBe(true);
  });
  it.each(['', 'a b', 'a\tb', 'a\u0000', 'a\u007f', 'x'.repeat(256), 'ä'.repeat(128)])(
    "'%s' is none",
    (name) => {
      expect(isConnectionName(name)).toBe(false);
    },
  );
});

describe('patterns', () => {
  it.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['wsg1-*', 'wsg1-', true],
    ['wsg1-*', 'wsg1-a', true],
    ['wsg1-*', 'wsg10', false],
    ['wsg1-*', 'xwsg1-a', false],
    ['?', 'a', true],
    ['?', '', false],
    ['?', 'ab', false],
    ['a*b*c', 'axbxbxc', true],
    ['a*b*c', 'axbxbx', false],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
  ])('%s and %s: %s', (glob, name, fits) => {
    expect(matchesGlobs([glob], name)).toBe(fits);
  });

  it('fits if one of several does, and never if there is none', () => {
    expect(matchesGlobs(['a', 'b'], 'b')).toBe(true);
    expect(matchesGlobs([], 'b')).toBe(false);
  });

  it('means what the regular expression means that says the same', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    const globs = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(globs, letters, (glob, name) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlobs([glob], name)).toBe(expression.test(name));
      }),
      { numRuns: 2_000 },
    );
  });
});
