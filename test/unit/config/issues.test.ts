import { describe, expect, it } from 'vitest';
import { ConfigError, formatIssues, IssueCollector } from '../../../src/config/issues.ts';

function collect(count: number): IssueCollector {
  const issues = new IssueCollector();
  for (let line = count; line >= 1; line -= 1) {
    issues.add(
      { file: line % 2 === 0 ? 'a' : 'b', line, column: 1 },
      ['x', 'y'],
      'duplicate',
      `m${line}`,
      'Mend it.',
    );
  }
  return issues;
}

describe('issues', () => {
  it('are shown with their place, and the remedy below', () => {
    const issues = collect(1).sorted(['b']);
    expect(formatIssues(issues)).toBe('b:1:1: m1\n    Mend it.\n');
    expect(issues[0]).toMatchObject({ path: 'x.y', code: 'duplicate' });
  });

  it('come in the order of the files, then of the lines', () => {
    const shown = collect(6).sorted(['b', 'a']);
    expect(shown.map(({ message }) => message)).toEqual(['m1', 'm3', 'm5', 'm2', 'm4', 'm6']);
  });

  it('are kept up to 50 and then counted', () => {
    const fifty = collect(50);
    expect([fifty.sorted([]).length, fifty.omitted, fifty.count, fifty.full]).toEqual([50, 0, 50, true]);
    const more = collect(51);
    expect([more.sorted([]).length, more.omitted, more.count]).toEqual([50, 1, 51]);
    expect(collect(49).full).toBe(false);
  });

  it('make an error that counts all and names the first', () => {
    const issues = collect(51);
    const error = new ConfigError(issues.sorted(['a', 'b']), issues.omitted);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.fault).toBe('operator');
    expect(error.message).toBe('51 problems in the configuration, the first at a:2:1: m2');
    expect(error.omitted).toBe(1);
    expect(new ConfigError(collect(1).sorted([])).message).toMatch(/^1 problem in/);
  });
});
