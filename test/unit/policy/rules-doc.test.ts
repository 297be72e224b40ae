/**
 * docs/rules.md against the code: every rule is there, its sources and transcripts exist and are about it, and
 * no transcript is left unmentioned.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RuleName } from '../../../src/policy/effects.ts';
import type { PeerStateName } from '../../../src/policy/state.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const transcripts = `${root}test/scenario/transcripts/`;
const text = readFileSync(`${root}docs/rules.md`, 'utf8');

const RULES = {
  R1: 1,
  R2: 1,
  R3: 1,
  R4: 1,
  R5: 1,
  R6: 1,
  R7: 1,
  R8: 1,
  R9: 1,
  R10: 1,
  R11: 1,
  R12: 1,
  R13: 1,
  R14: 1,
  R15: 1,
} satisfies Record<Exclude<RuleName, 'operator' | 'configuration'>, 1>;
const STATES = {
  'responder-mode': 1,
  'initiator-mode': 1,
  settling: 1,
  up: 1,
  degraded: 1,
  passive: 1,
  paused: 1,
  unconfigured: 1,
} satisfies Record<PeerStateName, 1>;

/** Sections by the rule in their heading. */
const sections = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^R\d+/.exec(section)?.[0] ?? section, section]),
);

function quoted(section: string, pattern: RegExp): string[] {
  return [...section.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}

function names(path: string, rule: string): boolean {
  return new RegExp(`\\b${rule}\\b`).test(readFileSync(path, 'utf8'));
}

describe('docs/rules.md', () => {
  it('has a section for every rule, and no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(RULES));
  });

  it('names no rule that does not exist', () => {
    const named = new Set(quoted(text, /\b(R\d+)\b/g));
    expect([...named].filter((rule) => !Object.hasOwn(RULES, rule))).toEqual([]);
  });

  it.each(Object.keys(RULES))('says where %s is in the code', (rule) => {
    const sources = quoted(sections.get(rule) ?? '', /`(src\/[^`]+)`/g);
    expect(sources).not.toEqual([]);
    for (const source of sources) expect(names(`${root}${source}`, rule), source).toBe(true);
  });

  it.each(Object.keys(RULES))('says which transcripts show %s', (rule) => {
    const shown = quoted(sections.get(rule) ?? '', /`(\d\d-[^`]+)`/g);
    expect(shown).not.toEqual([]);
    for (const name of shown) expect(names(`${transcripts}${name}.txt`, rule), name).toBe(true);
  });

  it('mentions every transcript', () => {
    const mentioned = new Set(quoted(text, /`(\d\d-[^`]+)`/g));
    const existing = readdirSync(transcripts).map((name) => name.replace(/\.txt$/, ''));
    expect(existing.filter((name) => !mentioned.has(name))).toEqual([]);
  });

  it('has a file in src/policy/rules for no rule but these', () => {
    const files = readdirSync(`${root}src/policy/rules`).filter((name) => /^r\d/.test(name));
    for (const file of files) {
      expect(sections.get(`R${/^r(\d+)/.exec(file)?.[1]}`) ?? '', file).toContain(`rules/${file}`);
    }
  });

  it('draws every state', () => {
    const diagram = /```mermaid\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    for (const state of Object.keys(STATES)) expect(diagram).toMatch(new RegExp(`(?:^|\\s)${state}\\b`));
  });

  it('links to folders that exist', () => {
    for (const link of quoted(text, /\]\(\.\.\/([^)]+)\)/g))
      expect(existsSync(`${root}${link}`), link).toBe(true);
  });
});
