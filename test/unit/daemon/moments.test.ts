import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isoOf, isoTime } from '../../../src/daemon/moments.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';

describe('isoTime', () => {
  it('is what toISOString gives', () => {
    const day = fc.date({
      min: new Date('0000-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(day, (date) => {
        expect(isoTime(date.getTime())).toBe(date.toISOString());
      }),
    );
  });

  it('leaves out fractions of a millisecond', () => {
    expect(isoTime(1_767_225_600_004.9)).toBe('2026-01-01T00:00:00.004Z');
  });
});

describe('isoOf', () => {
  it('is as far from now as the moment is on the clock', () => {
    const clock = new VirtualClock();
    const before = Date.now();
    const told = Date.parse(isoOf(clock, clock.nowMs() + 60_000)) - 60_000;
    expect(told).toBeGreaterThanOrEqual(before);
    expect(told).toBeLessThanOrEqual(Date.now());
  });
});

describe('a moment on a clock', () => {
  it('shows the same time whenever it is asked for, though both clocks tell whole milliseconds', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
    let nowMs = 5_000;
    const clock = { nowMs: () => nowMs, callAt: () => () => undefined };
    expect(isoOf(clock, 5_000)).toBe(isoTime(1_000_000));
    nowMs = 5_001;
    expect(isoOf(clock, 5_000)).toBe(isoTime(1_000_000));
    vi.setSystemTime(1_000_002);
    expect(isoOf(clock, 5_000)).toBe(isoTime(1_000_000));
    vi.setSystemTime(500_000);
    expect(isoOf(clock, 5_001)).toBe(isoTime(500_000));
    vi.useRealTimers();
  });
});
