/** The flags do in a Node that runs already what they are meant to. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { lateOptimizationFlag, YOUNG_GENERATION_FLAG } from '../../../src/daemon/v8.ts';

/** Makes objects of which many live for a while, and prints how large the young generation was at most, in MiB. */
const STORM = `
  let kept = [];
  let most = 0;
  for (let round = 0; round < 150; round++) {
    kept.push(Array.from({ length: 3000 }, (_, index) => ({ index, both: [index, index], text: 'a' + index })));
    if (kept.length > 40) kept = kept.slice(20);
    const young = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    most = Math.max(most, young.space_size);
  }
  console.log(most / 2 ** 20);
`;

async function mostMiB(flag: string): Promise<number> {
  return Number(await run([], flag, STORM));
}

test('the young generation stays small in a storm, and would not by itself', async () => {
  expect(await mostMiB(YOUNG_GENERATION_FLAG)).toBeLessThan(6);
  expect(await mostMiB('')).toBeGreaterThan(12);
});

/** Whether a function that has been called so often is optimized, or about to be. */
async function isOptimized(flag: string, calls: number): Promise<boolean> {
  const work = `
    function worked(value) { return value % 7 === 3 ? value - 1 : value + 1; }
    let value = 0;
    for (let call = 0; call < ${calls}; call++) value = worked(value);
  `;
  return (await run(['--trace-opt', '--no-use-osr'], flag, work)).includes('worked');
}

const A_STORM_OF_CALLS = 7_000;

test('what a storm calls is not optimized yet, and would be by itself', async () => {
  expect(await isOptimized(lateOptimizationFlag(), A_STORM_OF_CALLS)).toBe(false);
  expect(await isOptimized('', A_STORM_OF_CALLS)).toBe(true);
});

test('what is called again and again is optimized all the same', async () => {
  expect(await isOptimized(lateOptimizationFlag(), 100 * A_STORM_OF_CALLS)).toBe(true);
});

test('V8 knows both', async () => {
  const { stderr } = await node([], YOUNG_GENERATION_FLAG, '');
  expect(stderr + (await node([], lateOptimizationFlag(), '')).stderr).toBe('');
  expect((await node([], '--no-such-flag', '')).stderr).toContain('no-such-flag');
});

async function run(options: readonly string[], flag: string, script: string): Promise<string> {
  return (await node(options, flag, script)).stdout;
}

/** What a Node prints that runs `script` after it has taken in `flag`. */
function node(options: readonly string[], flag: string, script: string) {
  const begin = `const v8 = require('node:v8'); if (process.argv[1] !== '') v8.setFlagsFromString(process.argv[1]);`;
  const args = [...options, '-e', `${begin}\n${script}`, '--', flag];
  return promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 });
}
