import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, formatIssues } from '../../../src/config/issues.ts';
import { parseConfig } from '../../../src/config/parse.ts';

/**
 * Each fixtures/wrong/NAME.yaml with what an operator is told about it in NAME.txt beside it. `vitest -u` writes the texts anew;
 * read the difference before it is committed.
 */
const directory = join(import.meta.dirname, 'fixtures', 'wrong');
const names = readdirSync(directory)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

function told(name: string): string {
  try {
    parseConfig([{ file: `${name}.yaml`, text: readFileSync(join(directory, `${name}.yaml`), 'utf8') }]);
  } catch (error) {
    if (error instanceof ConfigError) return formatIssues(error.issues);
    throw error;
  }
  return 'nothing is wrong\n';
}

describe('wrong files', () => {
  it.each(names)('%s', async (name) => {
    const text = told(name);
    const lines = text.trimEnd().split('\n');
    expect(lines.length % 2).toBe(0);
    for (const [index, line] of lines.entries()) {
      expect(line).toMatch(
        index % 2 === 0 ? new RegExp(`^${name}\\.yaml:[1-9]\\d*:[1-9]\\d*: \\S`) : /^ {4}\S.*[.?]$/,
      );
    }
    expect(existsSync(join(directory, `${name}.txt`))).toBe(true);
    await expect(text).toMatchFileSnapshot(join(directory, `${name}.txt`));
  });

  it('are all there, and no text is left over', () => {
    const texts = readdirSync(directory).filter((file) => file.endsWith('.txt'));
    expect(texts.map((file) => file.slice(0, -'.txt'.length)).toSorted()).toEqual(names.toSorted());
    expect(names.length).toBeGreaterThanOrEqual(10);
  });
});
