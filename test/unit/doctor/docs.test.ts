import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FINDING_CODES } from '../../../src/doctor/codes.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
const sections = new Map(
  DOCUMENT.split(/^### /m)
    .slice(1)
    .map(
      (section) =>
        [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n')).trim()] as const,
    ),
);

describe('docs/doctor.md', () => {
  test('has a section for each finding, in the order of the code, and no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(FINDING_CODES));
  });

  test.each(Object.keys(FINDING_CODES))('%s: what is meant, and the cure', (code) => {
    const section = sections.get(code) ?? '';
    expect(section).toMatch(/^Cure: /m);
    expect(section.length).toBeGreaterThan(80);
  });

  test('why each matters is a sentence', () => {
    for (const why of Object.values(FINDING_CODES)) expect(why).toMatch(/^[A-Za-z].{30,}\.$/);
  });
});
