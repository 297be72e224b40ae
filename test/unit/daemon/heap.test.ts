/** The flag does in a Node that runs already what it is meant to. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { YOUNG_GENERATION_FLAG } from '../../../src/daemon/heap.ts';

/** Makes objects of which many live for a while, and prints how large the young generation was at most, in MiB. */
const STORM = `
  const v8 = require('node:v8');
  if (process.argv[1] !== '') v8.setFlagsFromString(process.argv[1]);
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
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', STORM, '--', flag]);
  return Number(stdout);
}

test('the young generation stays small in a storm, and would not by itself', async () => {
  expect(await mostMiB(YOUNG_GENERATION_FLAG)).toBeLessThan(6);
  expect(await mostMiB('')).toBeGreaterThan(12);
});
