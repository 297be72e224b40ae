import { beforeEach, describe, expect, test } from 'vitest';
import { BURST, DEAF, LogListening, QUIET_MS } from '../../../src/daemon/log-listening.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { everythingElse } from '../../helpers/fake-policy-charon.ts';

let clock: VirtualClock;
let told: string[];
let isRefused: boolean;
let listening: LogListening;

beforeEach(async () => {
  clock = new VirtualClock();
  told = [];
  isRefused = false;
  listening = new LogListening({
    clock,
    subscribe: async () => {
      if (isRefused) throw new Error('the connection has ended');
      told.push(`listens at ${clock.nowMs()}`);
      return {
        names: ['log'],
        close: async () => {
          told.push(`turns away at ${clock.nowMs()}`);
        },
      };
    },
    onMissed: () => told.push(`missed something until ${clock.nowMs()}`),
  });
  await listening.begin();
  told = [];
});

/** Calls, the next one every `everyMs`, from now on. */
function call(times: number, everyMs: number): void {
  for (let made = 0; made < times; made += 1) {
    listening.called();
    clock.advanceTo(clock.nowMs() + everyMs);
  }
}

async function passTo(nowMs: number): Promise<void> {
  clock.advanceTo(nowMs);
  await everythingElse();
}

test('calls in no hurry change nothing', () => {
  call(2_000, Math.ceil(BURST.withinMs / (BURST.calls - 1)));
  expect(told).toEqual([]);
});

test('few at once change nothing', () => {
  call(BURST.calls - 1, 0);
  expect(told).toEqual([]);
});

describe('a burst', () => {
  test('charon is spared its log until no more calls are made', async () => {
    call(BURST.calls, 1);
    const overMs = BURST.calls - 1 + QUIET_MS;
    await passTo(overMs);
    await passTo(10_000);
    expect(told).toEqual([
      `turns away at ${BURST.calls - 1}`,
      `listens at ${overMs}`,
      `missed something until ${overMs}`,
    ]);
  });

  test('that never ends is heard out for most of the time', async () => {
    for (let second = 0; second < 130; second += 1) {
      call(100, 10);
      await everythingElse();
    }
    const turnedAway = told
      .filter((one) => one.startsWith('turns'))
      .map((one) => Number(one.split(' ').at(-1)));
    const heard = told.filter((one) => one.startsWith('listens')).map((one) => Number(one.split(' ').at(-1)));
    expect(turnedAway).toHaveLength(2);
    expect(heard.map((atMs, time) => atMs - (turnedAway[time] ?? 0))).toEqual([DEAF.msMax, DEAF.msMax]);
    expect((turnedAway[1] ?? 0) - (heard[0] ?? 0)).toBeGreaterThanOrEqual(DEAF.restMs);
  });

  test('a connection that ends meanwhile is nobody’s business here', async () => {
    isRefused = true;
    call(BURST.calls, 1);
    await passTo(10_000);
    expect(told).toEqual([`turns away at ${BURST.calls - 1}`]);
  });

  test('of calls that only fail, since the connection has ended, is none', async () => {
    listening.stop();
    call(BURST.calls, 1);
    await passTo(10_000);
    expect(told).toEqual([]);
  });

  test('stopped: nothing is listened to any more', async () => {
    call(BURST.calls, 1);
    listening.stop();
    await passTo(10_000);
    expect(told).toEqual([`turns away at ${BURST.calls - 1}`]);
  });
});
