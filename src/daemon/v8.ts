/**
 * How V8 works for the daemon, which rests for hours and then has a storm of seconds: little memory, few compilations.
 *
 * Both are taken in by Node 18 to 24 also while it runs, unlike `--max-semi-space-size`.
 */

import { setFlagsFromString } from 'node:v8';

/**
 * The young generation stays as large as it is at the beginning. By itself it grows to 16 MiB (32 in Node 24), twice, as soon as a
 * storm makes objects quicker than they die, and what is resident hardly shrinks again. The daemon makes little that lives for some
 * milliseconds only, so that many small collections cost it no more than a few large ones. Measured with 1,000 peers coming up:
 * 96 MiB at most instead of 124.
 */
export const YOUNG_GENERATION_FLAG = '--semi-space-growth-factor=1';

/**
 * A function must have done five times as much before it is worth optimizing. By itself V8 begins in the midst of a storm, on
 * processors that charon needs, and is ready when the storm is over: that was a third of all processor time while 1,000 peers came up
 * (0.9 s; 0.65 s so).
 */
export const LATE_OPTIMIZATION_FLAG = '--interrupt-budget=337920';

/** To be called as early as possible. */
export function settleV8(): void {
  setFlagsFromString(YOUNG_GENERATION_FLAG);
  setFlagsFromString(LATE_OPTIMIZATION_FLAG);
}
