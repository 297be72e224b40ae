/**
 * What the project promises about its own shape, and that the tools which hold it do refuse what they must:
 * each forbidden thing is planted into a copy of src, and the compiler and the linter are run on that.
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../src/version.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a tool of ours. @returns all that it says, whether it is content or not */
async function outputOf(tool: string, args: readonly string[], directory: string): Promise<string> {
  return await new Promise((resolve) => {
    execFile(join(ROOT, 'node_modules/.bin', tool), args, { cwd: directory }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

/** All files below a folder of the project, as paths from its root. */
function filesBelow(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('node_modules'));
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** A file to plant below src, and its text. */
type Plant = readonly [path: string, text: string];

const importing = (what: string): string => `import * as planted from '${what}';\nexport default planted;\n`;

/** The policy is pure: the compiler knows no such name there. */
const REFUSED_BY_COMPILER: readonly Plant[] = [
  ['policy/plant-file.ts', importing('node:fs')],
  ['policy/plant-process.ts', 'export const pid: unknown = process.pid;\n'],
  ['policy/plant-timer.ts', 'setTimeout(() => undefined, 1);\n'],
  ['policy/plant-console.ts', "console.log('x');\n"],
  ['policy/plant-performance.ts', 'export const now: unknown = performance.now();\n'],
  ['policy/plant-errors.ts', importing('../errors.ts')],
  ['policy/rules/plant-timers.ts', importing('../../timers/clock.ts')],
];

/** What the language library has all the same, and the arrows between folders. */
const REFUSED_BY_LINTER: readonly Plant[] = [
  ['policy/plant-date.ts', 'export const now: number = Date.now();\n'],
  ['policy/plant-new-date.ts', 'export const now: unknown = new Date();\n'],
  ['policy/plant-dice.ts', 'export const dice: number = Math.random();\n'],
  ['policy/plant-global.ts', "export const anything: unknown = Reflect.get(globalThis, 'Date');\n"],
  ['policy/plant-arrow.ts', importing('../errors.ts')],
  ['policy/plant-package.ts', importing('zod')],
  ['policy/plant-node.ts', importing('node:fs')],
  ['policy/rules/plant-date.ts', 'export const now: number = Date.now();\n'],
  ['policy/rules/plant-dice.ts', 'export const dice: number = Math.random();\n'],
  ['policy/rules/plant-arrow.ts', importing('../../timers/clock.ts')],
  ['policy/rules/plant-package.ts', importing('zod')],
  ['timers/plant-arrow.ts', importing('../errors.ts')],
  ['timers/plant-package.ts', importing('pino')],
  ['vici/plant-policy.ts', importing('../policy/facts.ts')],
  ['vici/plant-daemon.ts', importing('../daemon/log.ts')],
  ['vici/plant-cli.ts', importing('../cli/exit-codes.ts')],
  ['vici/plant-package.ts', importing('zod')],
  ['vici/plant-dynamic.ts', "export const planted: unknown = await import('../policy/facts.ts');\n"],
  ['vici/plant-passing-on.ts', "export * from '../policy/facts.ts';\n"],
  ['vici/commands/plant-policy.ts', importing('../../policy/facts.ts')],
  ['config/plant-vici.ts', importing('../vici/index.ts')],
  ['config/plant-daemon.ts', importing('../daemon/log.ts')],
  ['config/plant-cli.ts', importing('../cli/exit-codes.ts')],
  ['control/plant-policy.ts', importing('../policy/facts.ts')],
  ['control/plant-vici.ts', importing('../vici/index.ts')],
  ['control/plant-daemon.ts', importing('../daemon/log.ts')],
  ['translate/plant-daemon.ts', importing('../daemon/log.ts')],
  ['translate/plant-vici.ts', importing('../vici/index.ts')],
  ['metrics/plant-daemon.ts', importing('../daemon/log.ts')],
  ['metrics/plant-config.ts', importing('../config/model.ts')],
  ['metrics/plant-cli.ts', importing('../cli/exit-codes.ts')],
  ['vici/plant-metrics.ts', importing('../metrics/plant-fine.ts')],
  ['control/plant-metrics.ts', importing('../metrics/plant-fine.ts')],
  ['config/plant-metrics.ts', importing('../metrics/plant-fine.ts')],
  ['daemon/plant-cli.ts', importing('../cli/exit-codes.ts')],
  ['daemon/plant-doctor.ts', importing('../doctor/codes.ts')],
  ['doctor/plant-cli.ts', importing('../cli/exit-codes.ts')],
  ['doctor/plant-control.ts', importing('../control/api.ts')],
  ['doctor/checks/plant-cli.ts', importing('../../cli/exit-codes.ts')],
  ['config/plant-doctor.ts', importing('../doctor/codes.ts')],
  ['daemon/plant-translate.ts', importing('../translate/plant-fine.ts')],
];

/** The same in a place where it is allowed: the refusals are about the place, not about the words. */
const ALLOWED: readonly Plant[] = [
  ['policy/rules/plant-fine.ts', importing('../facts.ts')],
  ['policy/plant-fine.ts', `export const dice: number = Math.floor(1.5);\n`],
  ['timers/plant-fine.ts', importing('node:perf_hooks')],
  ['vici/plant-fine.ts', importing('../errors.ts')],
  ['vici/commands/plant-fine.ts', importing('../../errors.ts')],
  ['config/plant-fine.ts', importing('../policy/settings.ts')],
  ['control/plant-fine.ts', importing('zod')],
  ['translate/plant-fine.ts', importing('../config/model.ts')],
  ['metrics/plant-fine.ts', importing('../control/api.ts')],
  ['daemon/plant-metrics.ts', importing('../metrics/plant-fine.ts')],
  ['daemon/plant-fine.ts', importing('../vici/index.ts')],
  ['daemon/plant-fine-date.ts', 'export const dice: number = Date.now() * Math.random();\n'],
  ['doctor/plant-fine.ts', importing('../daemon/peer-table.ts')],
  ['cli/plant-fine.ts', importing('../daemon/log.ts')],
];

describe('what does not belong is refused', () => {
  let copy: string;
  let saidByCompiler: string;
  let saidByLinter: string;

  beforeAll(async () => {
    copy = mkdtempSync(join(tmpdir(), 'architecture-'));
    for (const name of ['src', 'tsconfig.json', 'tsconfig.policy.json', '.oxlintrc.json', 'package.json']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const [path, text] of [...REFUSED_BY_COMPILER, ...REFUSED_BY_LINTER, ...ALLOWED]) {
      mkdirSync(dirname(join(copy, 'src', path)), { recursive: true });
      writeFileSync(join(copy, 'src', path), text);
    }
    saidByCompiler = await outputOf('tsc', ['-p', 'tsconfig.policy.json', '--pretty', 'false'], copy);
    saidByLinter = await outputOf('oxlint', ['--format', 'unix', 'src'], copy);
  });

  afterAll(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  /** The lines that are about one planted file. */
  const about = (said: string, path: string): string[] =>
    said
      .split('\n')
      .filter(
        (line) =>
          line.includes(`src/${path}(`) ||
          line.includes(`src/${path}:`) ||
          line.includes(`'${copy}/src/${path}'`),
      );

  test.each(REFUSED_BY_COMPILER)('by the compiler: %s', (path) => {
    expect(about(saidByCompiler, path)).not.toEqual([]);
  });

  test.each(REFUSED_BY_LINTER)('by the linter: %s', (path) => {
    const lines = about(saidByLinter, path);
    expect(lines.filter((line) => /no-restricted-(?:imports|globals|properties)/.test(line))).not.toEqual([]);
  });

  test.each(ALLOWED)('but not %s', (path) => {
    expect(about(saidByLinter, path)).toEqual([]);
    if (path.startsWith('policy/')) expect(about(saidByCompiler, path)).toEqual([]);
  });
});

describe('sources', () => {
  const sources = filesBelow('src', /\.ts$/);

  test('no file is longer than 300 lines', () => {
    expect(sources.length).toBeGreaterThan(100);
    const tooLong = sources.filter((path) => read(path).trimEnd().split('\n').length > 300);
    expect(tooLong).toEqual([]);
  });

  test('the version is that of package.json', () => {
    expect(VERSION).toBe(JSON.parse(read('package.json')).version);
  });
});

describe('docs/architecture.md', () => {
  const text = read('docs/architecture.md');

  test('has a row for each folder of src', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const rows = [...text.matchAll(/^\| `src\/([a-z]+)` \|/gm)].map((match) => match[1] ?? '');
    expect(rows.toSorted()).toEqual(folders.toSorted());
  });

  test('knows where each rule lives, and each rule has a place', () => {
    const table = text.slice(text.indexOf('## Where each rule lives'), text.indexOf('## Tests'));
    const named = [...table.matchAll(/`([\w/-]+\.ts)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((path) => !existsSync(join(ROOT, 'src/policy', path)))).toEqual([]);
    const rules = filesBelow('src/policy/rules', /\.ts$/).map((path) => `rules/${basename(path)}`);
    expect(rules.filter((path) => !named.includes(path))).toEqual([]);
    const numbers = [...table.matchAll(/\bR(\d+)\b (?!-)/g)].map((match) => Number(match[1]));
    expect([...new Set(numbers)].toSorted((a, b) => a - b)).toEqual(
      expect.arrayContaining(Array.from({ length: 15 }, (_, index) => index + 1)),
    );
  });
});

/** Texts that are in no folder of their own kind. */
const ALONE = [
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'package.json',
  'biome.json',
  'tsconfig.json',
  'tsconfig.policy.json',
  'vitest.config.ts',
  '.ci/run',
];

describe('the project stands alone', () => {
  const texts = [
    ...filesBelow('src', /./),
    ...filesBelow('docs', /./),
    ...filesBelow('scripts', /./),
    ...filesBelow('packaging', /./),
    ...filesBelow('test', /\.(?:ts|md|py|txt|yaml|conf|json)$/),
    ...ALONE.filter((path) => existsSync(join(ROOT, path))),
  ];

  /** `FILE: TEXT` of every place that a pattern finds. */
  const found = (pattern: RegExp): string[] =>
    texts.flatMap((path) => [...read(path).matchAll(pattern)].map((match) => `${path}: ${match[0]}`));

  test('no text names a place of the machine that it was written on', () => {
    // Where people and machines keep what is theirs; a system's own directories (/etc, /run, /usr ...) are everybody's.
    const own = ['home', 'root', 'work', 'workspace', 'mnt', 'media', 'srv', 'Users', 'builds', 'private'];
    expect(found(new RegExp(`(?<![\\w.*~}/-])/(?:${own.join('|')})/[\\w.-]+`, 'g'))).toEqual([]);
  });

  test('every document that a text points to is there', () => {
    // The names before `.md` are taken as seen from the file itself, from docs and from the root.
    const missing = texts.flatMap((path) =>
      [...read(path).matchAll(/(?<![\w/:.*-])(?:\.{0,2}\/)*[\w-]+(?:\/[\w-]+)*\.md\b/g)]
        .map(([name]) => name)
        .filter((name) => ![dirname(path), 'docs', '.'].some((from) => existsSync(join(ROOT, from, name))))
        .map((name) => `${path}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
