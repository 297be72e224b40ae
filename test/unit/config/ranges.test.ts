import { describe, expect, it } from 'vitest';
import type { DurationName } from '../../../src/config/keys.ts';
import { DURATION_KEYS, defaultSeconds } from '../../../src/config/keys.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { parse, service, serviceText, wrong } from './helpers.ts';

/** As the design has them; written out here so that a change of the table is noticed. */
const RANGES: readonly (readonly [DurationName, number, number, number])[] = [
  ['responder-mode-duration', 5, 250, 10],
  ['initiator-mode-duration', 5, 250, 10],
  ['retry-interval', 1, 60, 2],
  ['auth-patience', 0, 30, 5],
  ['settle-hold', 0, 60, 20],
  ['settle-grace', 1, 60, 2],
  ['sweep-grace', 1, 60, 10],
  ['courtesy', 0, 2, 2],
];

describe('durations of a peer', () => {
  it('are all in the table above', () => {
    expect(RANGES.map(([name]) => name).toSorted()).toEqual(Object.keys(DURATION_KEYS).toSorted());
  });

  describe.each(RANGES)('%s', (name, min, max, byDefault) => {
    const { field } = DURATION_KEYS[name];

    it(`is ${byDefault} s by default`, () => {
      expect(service()?.settings[field]).toBe(byDefault * 1000);
      expect(defaultSeconds(name)).toBe(byDefault);
    });

    it(`may be ${min}..${max} s`, () => {
      expect(service(`${name}: ${min}`).settings[field]).toBe(min * 1000);
      expect(service(`${name}: ${max}s`).settings[field]).toBe(max * 1000);
      expect(wrong(serviceText(`${name}: ${max + 1}`))).toEqual([
        `out-of-range: ${name}: ${max + 1} is outside ${min}..${max}`,
      ]);
      if (min > 0) {
        expect(wrong(serviceText(`${name}: ${min - 1}`))).toEqual([
          `out-of-range: ${name}: ${min - 1} is outside ${min}..${max}`,
        ]);
      }
    });

    it('may be 0.1 s in a laboratory, not less and not longer than otherwise', () => {
      const laboratory = (value: string) => `laboratory: true\n${serviceText(`${name}: ${value}`)}`;
      expect(parse(laboratory('0.1')).config.services[0]?.settings[field]).toBe(100);
      if (min > 0) expect(wrong(laboratory('0.099'))).toHaveLength(1);
      expect(wrong(laboratory(String(max + 1)))).toHaveLength(1);
    });

    it('can be set for one peer alone', () => {
      const { settings, overrides } = service('peer-list: l', `peers: { 192.0.2.2: { ${name}: ${max} } }`);
      expect(overrides.get('192.0.2.2')).toEqual({ ...DEFAULT_SETTINGS, [field]: max * 1000 });
      expect(settings).toEqual(DEFAULT_SETTINGS);
    });
  });

  it('are whole seconds for the two modes', () => {
    expect(wrong(serviceText('responder-mode-duration: 7.5'))).toHaveLength(1);
    expect(wrong(serviceText('initiator-mode-duration: 7.5'))).toHaveLength(1);
    expect(service('courtesy: 0.5').settings.courtesyMs).toBe(500);
  });
});

describe('other numbers', () => {
  it.each([
    ['max-initiations-per-second', 'maxInitiationsPerSecond', 1, 10_000, 100],
    ['max-half-open', 'maxHalfOpen', 1, 100_000, 500],
    ['peers-per-list', 'peersPerList', 1, 100_000, 1_000],
  ] as const)('limits.%s', (key, field, min, max, byDefault) => {
    const limits = (value: number | string) => `version: 1\nlimits: { ${key}: ${value} }\n`;
    expect(parse('version: 1').config.limits[field]).toBe(byDefault);
    expect(parse(limits(min)).config.limits[field]).toBe(min);
    expect(parse(limits(max)).config.limits[field]).toBe(max);
    expect(wrong(limits(min - 1))).toHaveLength(1);
    expect(wrong(limits(max + 1))).toHaveLength(1);
    expect(wrong(limits(1.5))).toHaveLength(1);
    expect(wrong(limits('1s'))).toHaveLength(1);
  });

  it('charon.reconcile-interval', () => {
    const charon = (value: number) => `version: 1\ncharon: { reconcile-interval: ${value} }\n`;
    expect(parse('version: 1').config.charon.reconcileIntervalMs).toBe(30_000);
    expect(parse(charon(5)).config.charon.reconcileIntervalMs).toBe(5_000);
    expect(parse(charon(3600)).config.charon.reconcileIntervalMs).toBe(3_600_000);
    expect(wrong(charon(4))).toHaveLength(1);
    expect(wrong(charon(3601))).toHaveLength(1);
    expect(parse(`laboratory: true\n${charon(0.1)}`).config.charon.reconcileIntervalMs).toBe(100);
  });

  it('back-off', () => {
    expect(service().settings).toMatchObject({ backOffFactor: 1, backOffMaxMs: 250_000 });
    expect(service('back-off:').settings).toMatchObject({ backOffFactor: 1, backOffMaxMs: 250_000 });
    expect(service('back-off: { factor: 1.5, max: 10 }').settings).toMatchObject({
      backOffFactor: 1.5,
      backOffMaxMs: 10_000,
    });
    expect(service('back-off: { factor: 10, max: 250 }').settings).toMatchObject({
      backOffFactor: 10,
      backOffMaxMs: 250_000,
    });
    expect(service('back-off: { max: 5 }').settings.backOffMaxMs).toBe(5_000);
    expect(wrong(serviceText('back-off: { factor: 0.9 }'))).toHaveLength(1);
    expect(wrong(serviceText('back-off: { factor: 10.1 }'))).toHaveLength(1);
    expect(wrong(serviceText('back-off: { max: 4 }'))).toHaveLength(1);
    expect(wrong(serviceText('back-off: { max: 251 }'))).toHaveLength(1);
  });

  it('back-off can only lengthen', () => {
    const lines = (max: number) => [`responder-mode-duration: 60`, `back-off: { factor: 2, max: ${max} }`];
    expect(service(...lines(60)).settings.backOffMaxMs).toBe(60_000);
    expect(wrong(serviceText(...lines(59)))).toEqual([
      'contradiction: back-off ends at 59 s, below responder-mode-duration (60 s)',
    ]);
    expect(
      wrong(
        serviceText(
          'back-off: { factor: 2, max: 20 }',
          'peers: { 192.0.2.9: { responder-mode-duration: 30 } }',
        ),
      ),
    ).toEqual(['contradiction: back-off ends at 20 s, below responder-mode-duration (30 s)']);
  });
});
