/** Alert rules and dashboard: they work, and name only metrics that there are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { CALL_RESULTS, COLLISION_RESOLUTIONS } from '../../../src/metrics/recorder.ts';
import { UP } from '../control/fake-daemon.ts';
import { ROOT, run } from './tools.ts';

const RULES = 'packaging/prometheus/afteryou.rules.yml';
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** All metrics that afteryou gives, in its own families; for a histogram also the names of its parts. */
let known: Set<string>;
let text: string;
/** Labels by name of the series. */
const labels = new Map<string, Set<string>>();

beforeAll(async () => {
  const exposition = new Exposition();
  const { recorder } = exposition;
  for (const result of CALL_RESULTS) recorder.callEnded('wsg1/192.0.2.10', result);
  for (const resolution of COLLISION_RESOLUTIONS) recorder.collisionEnded('wsg1/192.0.2.10', resolution);
  recorder.terminated('collision');
  recorder.establishedAfter(1, 'initiator');
  recorder.requestAnswered('list-sas', 1, 'VICI_TIMEOUT');
  text = await exposition.text(
    {
      schema: 1,
      version: '1',
      mode: 'active',
      charon: { socket: '', attached: true, since: '', version: '1', error: null },
      config: { file: null, loadedAt: '2026-05-01T12:00:00Z', error: null },
      peers: [{ ...UP, deadline: '2026-05-01T12:00:00Z' }],
      health: [],
    },
    false,
  );
  known = new Set();
  for (const [, name, inner = ''] of text.matchAll(/^(afteryou_\w+)(?:\{(.*)\})? /gm)) {
    known.add(name ?? '');
    const own = labels.get(name ?? '') ?? new Set();
    for (const [, label] of inner.matchAll(/(\w+)="/g)) own.add(label ?? '');
    labels.set(name ?? '', own);
  }
});

/** Names of metrics of ours in an expression. */
const namesIn = (expression: string) => [...expression.matchAll(/\bafteryou_\w+/g)].map(([name]) => name);

test('the text is in the format of Prometheus and follows its rules for names', async () => {
  const { out: promtool } = await run('scripts/promtool', []);
  const checked = await run('sh', [
    '-c',
    `printf '%s' "$1" | "$2" check metrics`,
    'sh',
    text,
    promtool.trim(),
  ]);
  expect(checked).toEqual({ code: 0, out: '', err: '' });
});

test('docs/metrics.md has every family with its type and labels, and no other', () => {
  const rows = [...read('docs/metrics.md').matchAll(/^\| `(afteryou_\w+)` \| (\w+) \|(.*?)\| /gm)].map(
    ([, name, type, all]) =>
      `${name} ${type} ${(all ?? '').replaceAll('`', '').replaceAll(',', '').trim()}`.trim(),
  );
  const families = [...text.matchAll(/^# TYPE (afteryou_\w+) (\w+)$/gm)].map(([, name = '', type]) => {
    const series = type === 'histogram' ? `${name}_count` : name;
    return `${name} ${type} ${[...(labels.get(series) ?? [])].join(' ')}`.trim();
  });
  expect(rows.toSorted()).toEqual(families.toSorted());
});

describe('alert rules', () => {
  test('fire when they should and not before (promtool)', async () => {
    const { out: promtool } = await run('scripts/promtool', []);
    const { code, out, err } = await run(promtool.trim(), [
      'test',
      'rules',
      'packaging/prometheus/afteryou.rules.test.yml',
    ]);
    expect(`${out}${err}`).toMatch(/SUCCESS/);
    expect(code).toBe(0);
  });

  test('are all tested', () => {
    const rules = [...read(RULES).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    const tested = read('packaging/prometheus/afteryou.rules.test.yml');
    expect(rules.length).toBeGreaterThanOrEqual(10);
    // Named twice: once when it is quiet, once when it fires.
    const untested = rules.filter((name) => tested.split(`alertname: ${name}`).length < 3);
    expect(untested).toEqual([]);
  });

  test('name only metrics that there are', () => {
    const names = [...read(RULES).matchAll(/expr: (?:\|\n)?((?:.*\n)+?) +(?:for|labels):/g)].flatMap(
      ([, expression]) => namesIn(expression ?? ''),
    );
    expect(names.length).toBeGreaterThanOrEqual(10);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }
  const { panels, templating } = JSON.parse(read('packaging/grafana/afteryou.json')) as {
    readonly panels: readonly Panel[];
    readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
  };

  test('names only metrics that there are, and many of them', () => {
    const named = new Set(
      [
        ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
        JSON.stringify(templating),
      ].flatMap(namesIn),
    );
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
    expect(named.size).toBeGreaterThanOrEqual(15);
  });

  test('names only labels that its metrics have', () => {
    for (const { title, targets } of panels) {
      for (const { expr, legendFormat } of targets) {
        const own = new Set(
          namesIn(expr)
            .flatMap((name) => [...(labels.get(name) ?? [])])
            .concat('instance'),
        );
        const wanted = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
        expect(
          wanted.filter((label) => !own.has(label)),
          title,
        ).toEqual([]);
      }
    }
  });

  test('has no two panels in one place, and none beyond the edge', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test('has the variables that its expressions use', () => {
    const names = templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '');
    expect(used.filter((name) => !name.startsWith('__') && !names.includes(name))).toEqual([]);
  });
});
