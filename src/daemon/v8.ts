/**
 * How V8 works for the daemon, which rests for hours and then has a storm of seconds: little memory, few compilations.
 *
 * The flags are taken in while it runs by the Nodes named, unlike `--max-semi-space-size`. One that V8 doesn't know is a line of
 * complaint on standard error.
 */

import { setFlagsFromString } from 'node:v8';

/**
 * The young generation stays as large as it is at the beginning. By itself it grows to 16 MiB (32 in Node 24), twice, as soon as a
 * storm makes objects quicker than they die, and what is resident hardly shrinks again. The daemon makes little that lives for some
 * milliseconds only, so that many small collections cost it no more than a few large ones. Measured with 1,000 peers coming up:
 * 96 MiB at most instead of 124. Node 18 to 24.
 */
export const YOUNG_GENERATION_FLAG = '--semi-space-growth-factor=1';

/**
 * A function must have done five times as much before it is worth optimizing in full. By itself V8 begins in the midst of a storm, on
 * processors that charon needs, and is ready when the storm is over: that was a third of all processor time while 1,000 peers came up
 * (0.9 s; 0.65 s so).
 *
 * @param nodeVersion such as `20.20.2`; 18 and 20 count bytes of bytecode (by themselves 135,168 and 67,584), 22 and 24 calls (3,000)
 */
export function lateOptimizationFlag(nodeVersion: string = process.versions.node): string {
  const isCountingBytes = Number.parseInt(nodeVersion, 10) < 22;
  return isCountingBytes ? '--interrupt-budget=337920' : '--invocation-count-for-turbofan=15000';
}

/** To be called as early as possible. */
export function settleV8(): void {
  setFlagsFromString(YOUNG_GENERATION_FLAG);
  setFlagsFromString(lateOptimizationFlag());
}
