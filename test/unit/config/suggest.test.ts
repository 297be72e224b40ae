import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../../src/config/suggest.ts';

const KEYS = ['settle-hold', 'settle-grace', 'sweep-grace', 'policy', 'peers', 'peer-list', 'bind'];

describe('the key that was meant', () => {
  it.each([
    ['settle-hodl', 'settle-hold'],
    ['settle_hold', 'settle-hold'],
    ['SettleHold', 'settle-hold'],
    ['setle-grace', 'settle-grace'],
    ['polcy', 'policy'],
    ['peer', 'peers'],
    ['peer-lists', 'peer-list'],
    ['bnid', 'bind'],
  ])('%s is %s', (word, expected) => {
    expect(nearest(word, KEYS)).toBe(expected);
  });

  it.each(['mtu', 'x', 'authentication', ''])("'%s' is none of them", (word) => {
    expect(nearest(word, KEYS)).toBeNull();
  });

  it('is the nearest one, not the first', () => {
    expect(nearest('branch2', ['branch1', 'branch22', 'branch2'])).toBe('branch2');
  });

  it('is not looked for with words of more than 64 letters, nor behind 2,000 candidates', () => {
    expect(nearest('a'.repeat(64), ['a'.repeat(64)])).toBe('a'.repeat(64));
    expect(nearest('a'.repeat(65), ['a'.repeat(65)])).toBeNull();
    const many = Array.from({ length: 1_999 }, () => 'zzzzzzzz');
    expect(nearest('policy', [...many, 'policy'])).toBe('policy');
    expect(nearest('policy', [...many, 'zzzzzzzz', 'policy'])).toBeNull();
  });

  it('makes a sentence, or none', () => {
    expect(didYouMean('polcy', KEYS)).toBe("Did you mean 'policy'? ");
    expect(didYouMean('mtu', KEYS)).toBe('');
  });
});
