import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, IssueCollector } from '../../../src/config/issues.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { readSource } from '../../../src/config/source.ts';
import { toPlain } from '../../../src/config/tree.ts';
import { parse, problemsOf, service, wrong } from './helpers.ts';

function plain(text: string): unknown {
  const issues = new IssueCollector();
  const node = readSource({ file: 'f', text }, issues);
  expect(issues.sorted([])).toEqual([]);
  return node === null ? null : toPlain(node, issues);
}

describe('values', () => {
  it('are the text that was written', () => {
    expect(plain('{ a: 010, b: 1e3, c: ~, d: off, e: "x", f: null, g: 0x10, h: 1:30 }')).toEqual({
      a: '010',
      b: '1e3',
      c: '~',
      d: 'off',
      e: 'x',
      f: 'null',
      g: '0x10',
      h: '1:30',
    });
  });

  it('may be JSON, since that is YAML', () => {
    const json = JSON.stringify({ version: 1, services: { s: { 'settle-hold': 3, enforce: false } } });
    expect(parse(json).config.services[0]?.settings.settleHoldMs).toBe(3_000);
  });

  it('may be unfolded from an anchor', () => {
    expect(plain('{ a: &x [1, 2], b: *x }')).toEqual({ a: ['1', '2'], b: ['1', '2'] });
    expect(plain('{ a: &x 1, b: *x, c: &x 2, d: *x }')).toEqual({ a: '1', b: '1', c: '2', d: '2' });
  });

  it('make objects without a prototype', () => {
    expect(Object.getPrototypeOf(plain('{ a: 1 }'))).toBeNull();
  });

  it('are none in an empty text', () => {
    expect(plain('')).toBeNull();
    expect(plain('# nothing\n')).toBeNull();
  });
});

describe('syntax', () => {
  const remedy = (text: string) =>
    problemsOf(text).map(({ line, column, code, remedy }) => `${line}:${column} ${code} ${remedy}`);

  it.each([
    ['a: %any', '1:4 yaml-syntax Quote it: "%any".'],
    ['a: [1, %any6, 2]', '1:8 yaml-syntax Quote it: "%any6".'],
    ['a:\n  - %any # all', '2:5 yaml-syntax Quote it: "%any".'],
    ['a:\n\tb: 1', '2:1 yaml-syntax Indent with spaces; YAML allows no tabs there.'],
    ['a: "x', '1:6 yaml-syntax Close the quote that was opened here or above.'],
    ['a: [1', '1:6 yaml-syntax Close the [ or { that was opened above.'],
    ['a: 1\nb\nc: 2', '2:1 yaml-syntax Write `key: value`, with a blank after the colon.'],
    ['a: *', '1:4 yaml-syntax If the text itself begins with a star, quote it: "*".'],
    ['a: *-x', '1:4 yaml-syntax If the text itself begins with a star, quote it: "*-x".'],
    ['a: !foo 1', '1:4 yaml-syntax Remove the tag; every value is read as plain text.'],
    ['a: !!int 1', '1:4 yaml-syntax Remove the tag; every value is read as plain text.'],
    [
      'a: 1\n---\nb: 1',
      '2:1 yaml-syntax Keep one document per file: remove the second `---` or move it to a file of its own in conf.d.',
    ],
    ['{ [a]: 1 }', '1:3 yaml-syntax Write the key as one word before the colon.'],
    ['__proto__: 1', '1:1 yaml-syntax Write the key as one word before the colon.'],
    ['a: 1\nb: 2\na: 3', '3:1 duplicate Keep one of the two.'],
  ])('%j', (text, expected) => {
    expect(remedy(text)).toContain(expected);
  });

  it('hides what a guessed tree would seem to say', () => {
    expect(problemsOf('verzion: 1\na: %any').map(({ code }) => code)).toEqual(['yaml-syntax']);
  });

  it('names both places of a key that is given twice', () => {
    expect(wrong('version: 1\nservices:\n  a:\n  b:\n  a:\n')).toEqual([
      "duplicate: 'a' is given twice; the first is at line 3",
    ]);
  });
});

describe('limits', () => {
  it('refuse a text that unfolds without end', () => {
    const bomb = Array.from({ length: 9 }, (_, level) => {
      const below = level === 0 ? 'a' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array.from({ length: 9 }, () => below).join(', ')}]`;
    }).join('\n');
    expect(problemsOf(bomb).map(({ code }) => code)).toContain('too-large');
  });

  it('refuse an anchor that holds itself', () => {
    expect(problemsOf('a: &a [*a]').map(({ code }) => code)).toContain('too-large');
  });

  it('stand at 250,000 values', () => {
    const collect = (text: string) => {
      const issues = new IssueCollector();
      readSource({ file: 'f', text }, issues);
      return issues.sorted([]).map(({ message }) => message);
    };
    // The map, x with its 998 values, y with 248 times an alias, a list and its 998 values: 249,001. Then z.
    const lists = (rest: number) =>
      `{ x: &x [${'a,'.repeat(998)}], y: [${'*x,'.repeat(248)}], z: [${'a,'.repeat(rest)}] }`;
    expect(collect(lists(998))).toEqual([]);
    expect(collect(lists(999))).toEqual(['more than 250000 values, aliases unfolded']);
  });

  it('stand at 12 levels', () => {
    const nested = (levels: number) => `${'{ a: '.repeat(levels)}1${' }'.repeat(levels)}`;
    expect(problemsOf(nested(12)).map(({ code }) => code)).not.toContain('too-large');
    expect(problemsOf(nested(13)).map(({ code }) => code)).toContain('too-large');
    expect(problemsOf(nested(20_000)).length).toBeGreaterThan(0);
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    'version: 1',
    'services:',
    '  a:',
    '    peers:',
    'peer-lists:',
    '  l: {',
    'family: ipv4',
    'addresses: [',
    ']',
    '}',
    '- ',
    '%any',

    '*x',
    '&x',
    '!!str',
    '"',
    "'",
    ':',
    '\n',
    '\n  ',
    '\n    ',
    ' ',
    ',',
    '192.0.2.1',
    '__proto__',
    'constructor',
    '|',
    '>',
    '\t',
    '#',
    '?',
  );

  it('is a configuration or a ConfigError whose issues lie within the text', () => {
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parseConfig([{ file: 'f', text }]).config.version).toBe(1);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          const lines = text.split('\n').length;
          for (const issue of error.issues) {
            expect(issue.file).toBe('f');
            expect(issue.line).toBeGreaterThanOrEqual(1);
            expect(issue.line).toBeLessThanOrEqual(lines);
            expect(issue.column).toBeGreaterThanOrEqual(1);
            expect(issue.remedy).not.toBe('');
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves the prototype of all objects alone', () => {
    expect(() => parse('version: 1\nservices: { s: { peers: { __proto__: { policy: paused } } } }')).toThrow(
      ConfigError,
    );
    expect({}).not.toHaveProperty('policy');
    expect(service('peers: { constructor: { policy: paused } }').overrides.get('constructor')?.policy).toBe(
      'paused',
    );
  });
});
