import { describe, expect, test } from 'vitest';
import { detectDialect } from '../../../src/translate/dialect.ts';
import { readLines } from '../../../src/translate/source-line.ts';
import { inputsOf, PAIRS } from '../../helpers/translated-pairs.ts';
import { lines } from './helpers.ts';

describe('the dialect', () => {
  test.each(PAIRS)('of an example is the one that it is named after: %s', (name) => {
    expect(detectDialect(readLines(inputsOf(name)))).toBe(name.split('-')[0]);
  });

  test.each([
    ['', 'nothing tells whose configuration this is'],
    ['interface x\n description y\n', 'nothing tells whose configuration this is'],
    ['wsg-service x\ntunnel-group y type ipsec-l2l\n', 'this may be staros or asa'],
  ])('of %j is refused', (text, message) => {
    expect(() => detectDialect(lines(text))).toThrow(message);
  });
});
