/**
 * Whatever is pasted: a translation or a refusal with a place, never another error and never without end, and every line of
 * the input in the report exactly once. Texts are noise, and lines of real configurations cut, mixed and misspelt.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../../../src/translate/dialect.ts';
import { TranslateError } from '../../../src/translate/refusals.ts';
import { readLines } from '../../../src/translate/source-line.ts';
import { translate } from '../../../src/translate/translate.ts';
import { inputsOf, PAIRS } from '../../helpers/translated-pairs.ts';

/** Lines of the examples; of the list of 1,000 peers only the first, lest all lines are addresses. */
const REAL_LINES = PAIRS.flatMap((name) =>
  inputsOf(name).flatMap(({ text }) => text.split('\n').slice(0, 150)),
);

const word = fc.oneof(
  fc.constantFrom(
    'no',
    'exit',
    'address',
    '255.255.255.0',
    '0.0.0.0',
    '::',
    '1',
    '0',
    'any',
    'host',
    'ipv4',
    'crypto',
    'match',
    '"',
    '*',
  ),
  fc.string({ maxLength: 12 }),
  fc.ipV4(),
  fc.ipV6(),
);

const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...REAL_LINES) },
  // A line with one word exchanged, left out or put in.
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...REAL_LINES), fc.nat(8), word, fc.boolean())
      .map(([text, at, other, replaces]) => {
        const words = text.split(' ');
        words.splice(Math.min(at, words.length), replaces ? 1 : 0, other);
        return words.join(' ');
      }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '!', 'exit', '#exit', 'end', '\t exit', 'banner motd ^C', '^C'),
  },
);

const text = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.array(line, { maxLength: 60 }), fc.constantFrom('\n', '\r\n'))
      .map(([lines, end]) => lines.join(end)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 400 }) },
);

/** A whole example with a few of its lines moved, left out or doubled: most of it still hangs together. */
const disturbed = fc
  .tuple(
    fc.constantFrom(...PAIRS.filter((name) => !name.includes('1000'))),
    fc.array(fc.tuple(fc.nat(200), fc.constantFrom('drop', 'double', 'swap'), line), { maxLength: 6 }),
  )
  .map(([name, changes]) => {
    const lines = inputsOf(name).flatMap((input) => input.text.split('\n'));
    for (const [at, how, other] of changes) {
      const place = at % Math.max(1, lines.length);
      if (how === 'drop') lines.splice(place, 1);
      else lines.splice(place, how === 'swap' ? 1 : 0, how === 'double' ? (lines[place] ?? '') : other);
    }
    return lines.join('\n');
  });

function check(input: string, dialect: (typeof DIALECTS)[number]): void {
  const files = [{ file: 'a.txt', text: input }];
  try {
    const { lines } = translate(files, dialect);
    const expected = readLines(files).map(({ number }) => `a.txt:${number}`);
    expect(lines.map(({ file, line: number }) => `${file}:${number}`)).toEqual(expected);
  } catch (error) {
    if (!(error instanceof TranslateError)) throw error;
    expect(error.issues.length).toBeGreaterThan(0);
    for (const { file, line: number, message, remedy } of error.issues) {
      expect(file).toBe('a.txt');
      expect(number).toBeGreaterThanOrEqual(1);
      expect(message).not.toBe('');
      expect(remedy).not.toBe('');
    }
  }
}

describe.each(DIALECTS)('any text as %s', (dialect) => {
  test('mixed lines and noise', () => {
    fc.assert(
      fc.property(text, (input) => check(input, dialect)),
      { numRuns: 400 },
    );
  });

  test('disturbed examples', () => {
    fc.assert(
      fc.property(disturbed, (input) => check(input, dialect)),
      { numRuns: 200 },
    );
  });

  test('the same text gives the same files', () => {
    fc.assert(
      fc.property(disturbed, (input) => {
        const run = (): unknown => {
          try {
            return [...translate([{ file: 'a.txt', text: input }], dialect).files];
          } catch (error) {
            return String(error);
          }
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 50 },
    );
  });
});

test('no secret of an example shows in a report, in afteryou.yaml or among the connections', () => {
  for (const name of PAIRS) {
    const { gateway, files } = translate(inputsOf(name));
    const secrets = gateway.secrets.flatMap(({ value }) => (value === null ? [] : [value]));
    for (const [file, written] of files) {
      if (file === 'swanctl-secrets.conf') continue;
      for (const secret of secrets)
        expect(written.includes(secret), `${name} ${file}: ${secret}`).toBe(false);
    }
  }
});
