import { beforeEach, describe, expect, test } from 'vitest';
import { Alarm } from '../../../src/timers/alarm.ts';
import type { Clock } from '../../../src/timers/clock.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';

/** Counts the real timers behind an alarm. */
class CountingClock implements Clock {
  readonly inner = new VirtualClock();
  readonly armed = new Set<number>();

  nowMs(): number {
    return this.inner.nowMs();
  }

  callAt(atMs: number, fire: () => void): () => void {
    this.armed.add(atMs);
    const cancel = this.inner.callAt(atMs, () => {
      this.armed.delete(atMs);
      fire();
    });
    return () => {
      this.armed.delete(atMs);
      cancel();
    };
  }
}

let clock: CountingClock;
let due: string[];
let onDue: (key: string) => void;
let alarm: Alarm<string>;

beforeEach(() => {
  clock = new CountingClock();
  due = [];
  onDue = () => undefined;
  alarm = new Alarm(clock, {
    onDue: (key, latenessMs) => {
      due.push(latenessMs === 0 ? key : `${key}+${latenessMs}`);
      onDue(key);
    },
  });
});

describe('one real timer', () => {
  test('is armed for the earliest deadline, whatever the order of setting', () => {
    alarm.set('b', 20);
    alarm.set('a', 10);
    alarm.set('c', 30);
    expect([...clock.armed]).toEqual([10]);
  });

  test('moves when an earlier deadline comes, and goes with the last one', () => {
    alarm.set('a', 20);
    alarm.set('b', 10);
    expect([...clock.armed]).toEqual([10]);
    alarm.set('a', null);
    alarm.set('b', null);
    expect([...clock.armed]).toEqual([]);
  });

  test('stays when the earliest deadline moves away, wakes up for nothing once, and is armed for the next', () => {
    alarm.set('a', 10);
    alarm.set('b', 20);
    alarm.set('a', 25);
    expect([...clock.armed]).toEqual([10]);
    clock.inner.advanceTo(10);
    expect(due).toEqual([]);
    expect([...clock.armed]).toEqual([20]);
  });

  test('stays as it is when a later deadline changes', () => {
    alarm.set('a', 10);
    alarm.set('b', 20);
    alarm.set('b', 30);
    alarm.set('b', null);
    expect([...clock.armed]).toEqual([10]);
  });

  test('is armed for the next deadline after it fired', () => {
    alarm.set('a', 10);
    alarm.set('b', 20);
    clock.inner.advanceTo(10);
    expect(due).toEqual(['a']);
    expect([...clock.armed]).toEqual([20]);
    expect(alarm.size).toBe(1);
    expect(alarm.get('a')).toBeUndefined();
    expect(alarm.get('b')).toBe(20);
  });
});

test('nothing is handed out before its time', () => {
  alarm.set('a', 10);
  clock.inner.advanceTo(9.999);
  expect(due).toEqual([]);
  clock.inner.advanceTo(10);
  expect(due).toEqual(['a']);
});

test('dropping a key that has no deadline is harmless', () => {
  alarm.set('nobody', null);
  expect(alarm.size).toBe(0);
  expect([...clock.armed]).toEqual([]);
});

test('a wake-up that comes late hands out everything that is due, in order, and says how late', () => {
  let wake: () => void = () => undefined;
  let nowMs = 0;
  const lateClock: Clock = {
    nowMs: () => nowMs,
    callAt: (_atMs, fire) => {
      wake = fire;
      return () => undefined;
    },
  };
  const late = new Alarm<string>(lateClock, { onDue: (key, latenessMs) => due.push(`${key}+${latenessMs}`) });
  late.set('c', 30);
  late.set('a', 10);
  late.set('d', 41);
  late.set('b', 20);
  nowMs = 40;
  wake();
  expect(due).toEqual(['a+30', 'b+20', 'c+10']);
  expect(late.size).toBe(1);
});

test('a wake-up that comes early hands out nothing and comes back', () => {
  const armed: number[] = [];
  let wake: () => void = () => undefined;
  const earlyClock: Clock = {
    nowMs: () => 9.5,
    callAt: (atMs, fire) => {
      armed.push(atMs);
      wake = fire;
      return () => undefined;
    },
  };
  const early = new Alarm<string>(earlyClock, { onDue: (key) => due.push(key) });
  early.set('a', 10);
  wake();
  expect(due).toEqual([]);
  expect(armed).toEqual([10, 10]);
});

describe('a listener that changes deadlines', () => {
  test('may set its own next one', () => {
    onDue = (key) => alarm.set(key, clock.nowMs() + 10);
    alarm.set('a', 10);
    clock.inner.advanceTo(35);
    expect(due).toEqual(['a', 'a', 'a']);
    expect(alarm.get('a')).toBe(40);
  });

  test("sets one to this very moment: it waits for the next round and doesn't hold the event loop", () => {
    let roundsLeft = 3;
    onDue = (key) => {
      if (key !== 'a' || roundsLeft === 0) return;
      roundsLeft -= 1;
      alarm.set('a', clock.nowMs());
    };
    alarm.set('a', 10);
    alarm.set('b', 10);
    clock.inner.advanceTo(10);
    // b isn't kept waiting by an a that always wants to be next.
    expect(due).toEqual(['a', 'b', 'a', 'a', 'a']);
  });

  test('may drop another that is due in the same round', () => {
    onDue = (key) => {
      if (key === 'a') alarm.set('b', null);
    };
    alarm.set('a', 10);
    alarm.set('b', 10);
    clock.inner.advanceTo(20);
    expect(due).toEqual(['a']);
  });

  test('and throws: the others are not lost', () => {
    onDue = (key) => {
      if (key === 'a') throw new Error('out of order');
    };
    alarm.set('a', 10);
    alarm.set('b', 20);
    expect(() => clock.inner.advanceTo(10)).toThrow('out of order');
    clock.inner.advanceTo(20);
    expect(due).toEqual(['a', 'b']);
  });
});

describe('stop', () => {
  test('drops the real timer; a deadline set later arms it again, with the old ones', () => {
    alarm.set('a', 10);
    alarm.stop();
    expect([...clock.armed]).toEqual([]);
    clock.inner.advanceTo(15);
    expect(due).toEqual([]);
    alarm.set('b', 20);
    clock.inner.advanceTo(20);
    expect(due).toEqual(['a+5', 'b']);
  });

  test('holds when it comes from a listener', () => {
    onDue = () => alarm.stop();
    alarm.set('a', 10);
    alarm.set('b', 10);
    alarm.set('c', 20);
    clock.inner.advanceTo(30);
    expect(due).toEqual(['a']);
    expect([...clock.armed]).toEqual([]);
  });
});

test('of many that are due at once each is as late as it is served', () => {
  let nowMs = 0;
  let fire = (): void => undefined;
  const slowClock: Clock = {
    nowMs: () => nowMs,
    callAt: (_atMs, call) => {
      fire = call;
      return () => undefined;
    },
  };
  const lateness: number[] = [];
  const alarm = new Alarm<string>(slowClock, {
    onDue: (_key, latenessMs) => {
      lateness.push(latenessMs);
      nowMs += 7;
    },
  });
  for (const key of ['a', 'b', 'c']) alarm.set(key, 10);
  nowMs = 12;
  fire();
  expect(lateness).toEqual([2, 9, 16]);
});
