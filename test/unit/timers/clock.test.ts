import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/timers/clock.ts';

describe('the clock of the machine', () => {
  test('goes on and never back, in whole milliseconds', () => {
    let beforeMs = systemClock.nowMs();
    for (let round = 0; round < 1000; round += 1) {
      const nowMs = systemClock.nowMs();
      expect(nowMs).toBeGreaterThanOrEqual(beforeMs);
      expect(nowMs).toBe(Math.trunc(nowMs));
      beforeMs = nowMs;
    }
  });

  test('never fires early, not even by a fraction of a millisecond', async () => {
    const startMs = performance.now();
    const waits = Array.from({ length: 400 }, (_, index) => startMs + 1 + index * 0.07);
    const earlyMs = await Promise.all(
      waits.map(
        (atMs) =>
          new Promise<number>((resolve) => {
            systemClock.callAt(atMs, () => resolve(atMs - systemClock.nowMs()));
          }),
      ),
    );
    expect(Math.max(...earlyMs)).toBeLessThanOrEqual(0);
  });

  test('fires for a moment that has passed', async () => {
    const atMs = systemClock.nowMs() - 1000;
    await new Promise<void>((resolve) => {
      systemClock.callAt(atMs, resolve);
    });
    expect(systemClock.nowMs()).toBeGreaterThan(atMs);
  });

  test('a timer that was called off never fires, also when it is called off twice or too late', async () => {
    const fired: string[] = [];
    const soonMs = systemClock.nowMs() + 1;
    const cancel = systemClock.callAt(soonMs, () => fired.push('called off'));
    cancel();
    cancel();
    await new Promise<void>((resolve) => {
      const late = systemClock.callAt(soonMs + 5, () => {
        fired.push('later');
        resolve();
      });
      systemClock.callAt(soonMs + 10, late);
    });
    expect(fired).toEqual(['later']);
  });
});

test('after a standstill, what has come in meanwhile is read before a deadline is acted on', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'clock-')), 'socket');
  const seen: string[] = [];
  const server = createServer().listen(path);
  await once(server, 'listening');
  const client = connect(path);
  const [reader] = (await once(server, 'connection')) as [Socket];
  reader.on('data', () => seen.push('news'));
  const due = new Promise<void>((resolve) => {
    systemClock.callAt(systemClock.nowMs() + 5, () => {
      seen.push('deadline');
      resolve();
    });
  });
  client.write('news');
  const endMs = performance.now() + 300;
  while (performance.now() < endMs);
  await due;
  expect(seen).toEqual(['news', 'deadline']);
  client.destroy();
  reader.destroy();
  server.close();
  rmSync(dirname(path), { recursive: true });
});

test('a deadline that comes late can be called off until it is acted on', async () => {
  const fire = vi.fn();
  const cancel = systemClock.callAt(systemClock.nowMs() - 1_000, fire);
  await new Promise((resolve) => setTimeout(resolve, 1));
  cancel();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(fire).not.toHaveBeenCalled();
});

describe("where Node's timers fall short", () => {
  let nowMs: number;

  beforeEach(() => {
    nowMs = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  test('a timer of Node that fires a moment early is waited out', () => {
    const fire = vi.fn();
    systemClock.callAt(10, fire);
    nowMs = 9.4;
    vi.advanceTimersByTime(10);
    expect(fire).not.toHaveBeenCalled();
    nowMs = 10.2;
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledOnce();
  });

  test('a wait that is longer than Node can wait does not fire in between', () => {
    const fire = vi.fn();
    const monthMs = 30 * 24 * 3_600_000;
    systemClock.callAt(monthMs, fire);
    nowMs = 2 ** 31 - 1;
    vi.advanceTimersByTime(2 ** 31 - 1);
    expect(fire).not.toHaveBeenCalled();
    const restMs = monthMs - nowMs;
    nowMs = monthMs;
    vi.advanceTimersByTime(restMs);
    expect(fire).toHaveBeenCalledOnce();
  });

  test('it can be called off while it is waited out', () => {
    const fire = vi.fn();
    const cancel = systemClock.callAt(10, fire);
    nowMs = 9.4;
    vi.advanceTimersByTime(10);
    cancel();
    nowMs = 20;
    vi.advanceTimersByTime(20);
    expect(fire).not.toHaveBeenCalled();
  });
});
