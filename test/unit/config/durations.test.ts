import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber, parseSeconds } from '../../../src/config/durations.ts';

const MODES = { min: 5, max: 250, whole: true };
const GRACE = { min: 1, max: 60, whole: false };

describe('seconds', () => {
  it.each([
    ['10', 10_000],
    ['10s', 10_000],
    ['10 s', 10_000],
    ['5', 5_000],
    ['250', 250_000],
    ['250.0', 250_000],
  ])('%s are whole seconds', (text, ms) => {
    expect(parseSeconds(text, MODES)).toEqual({ ok: true, value: ms });
  });

  it.each([
    ['1', 1_000],
    ['1.5s', 1_500],
    ['1.001', 1_001],
    ['60', 60_000],
  ])('%s are seconds where decimals are allowed', (text, ms) => {
    expect(parseSeconds(text, GRACE)).toEqual({ ok: true, value: ms });
  });

  it.each([
    ['4', 'out-of-range'],
    ['251', 'out-of-range'],
    ['7.5', 'bad-number'],
    ['', 'bad-number'],
    ['-10', 'bad-number'],
    ['+10', 'bad-number'],
    ['1e1', 'bad-number'],
    ['0x10', 'bad-number'],
    ['010', 'bad-number'],
    ['10.', 'bad-number'],
    ['.5', 'bad-number'],
    ['10,5', 'bad-number'],
    ['Infinity', 'bad-number'],
    ['10s ', 'bad-number'],
    ['9999999999', 'bad-number'],
    ['ten', 'bad-number'],
  ])("'%s' is refused", (text, code) => {
    expect(parseSeconds(text, MODES)).toMatchObject({ ok: false, code });
  });

  it.each([
    ['1.0004', 'bad-number'],
    ['0.999', 'out-of-range'],
    ['60.001', 'out-of-range'],
  ])("'%s' is refused where decimals are allowed", (text, code) => {
    expect(parseSeconds(text, GRACE)).toMatchObject({ ok: false, code });
  });

  it.each([
    ['5000ms', '5'],
    ['1m', '60'],
    ['0.5 min', '30'],
    ['10 seconds', '10'],
  ])('says what %s would be in seconds', (text, amount) => {
    const parsed = parseSeconds(text, GRACE);
    expect(parsed.ok ? '' : parsed.remedy).toContain(`'${text}' would be ${amount}.`);
  });

  it.each(['500ms', '2m', '1 hour', '3 days'])(
    'says no such thing of %s, which would be outside or is no unit',
    (text) => {
      const parsed = parseSeconds(text, GRACE);
      expect(parsed.ok ? '' : parsed.remedy).toBe('Write seconds, 1..60, as 10 or 10s.');
    },
  );

  it('reads every number of milliseconds back that it can be written as', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 60_000 }), (ms) => {
        expect(parseSeconds(`${ms / 1000}s`, GRACE)).toEqual({ ok: true, value: ms });
      }),
    );
  });

  it('keeps a long text out of its message', () => {
    const parsed = parseSeconds('x'.repeat(100_000), MODES);
    expect(parsed.ok ? 0 : parsed.message.length).toBeLessThan(100);
  });
});

describe('numbers', () => {
  it('have no unit', () => {
    expect(parseNumber('10', MODES)).toEqual({ ok: true, value: 10 });
    expect(parseNumber('10s', MODES)).toMatchObject({ ok: false, code: 'bad-number' });
  });

  it('stay within their range', () => {
    expect(parseNumber('5', MODES).ok).toBe(true);
    expect(parseNumber('4', MODES)).toMatchObject({ ok: false, code: 'out-of-range' });
    expect(parseNumber('250', MODES).ok).toBe(true);
    expect(parseNumber('251', MODES)).toMatchObject({ ok: false, code: 'out-of-range' });
  });
});
