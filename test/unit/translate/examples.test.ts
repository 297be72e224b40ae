/** config-examples/translate: each input gives its output, byte for byte, and a configuration that can be read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.ts';
import { PAIRS, PAIRS_FOLDER, translatePair } from '../../helpers/translated-pairs.ts';

test('there are at least twelve', () => {
  expect(PAIRS.length).toBeGreaterThanOrEqual(12);
});

describe.each(PAIRS)('%s', (name) => {
  const output = join(PAIRS_FOLDER, name, 'output');

  test('regenerates byte for byte (npm run generate)', () => {
    const { files } = translatePair(name);
    expect(readdirSync(output).sort()).toEqual([...files.keys()].sort());
    for (const [file, text] of files) expect(readFileSync(join(output, file), 'utf8'), file).toBe(text);
  });

  test('afteryou.yaml is a configuration once what is unfinished is done', () => {
    const { files, gateway, unfinished } = translatePair(name);
    const text = files.get('afteryou.yaml') ?? '';
    const parsed = () => parseConfig([{ file: 'afteryou.yaml', text }]);
    if (unfinished.length > 0) expect(parsed).toThrow(/unfinished: still to be done/);
    const { config } = parseConfig([
      { file: 'afteryou.yaml', text: text.replace(/^unfinished:\n(?: {2}- .*\n)+/m, '') },
    ]);
    expect(config.services.map((service) => service.name)).toEqual(
      gateway.services.map((service) => service.name),
    );
  });

  test('all lines are told of', () => {
    const { lines, gateway } = translatePair(name);
    expect(new Set(lines.map(({ file, line }) => `${file}:${line}`)).size).toBe(lines.length);
    expect(gateway.connections.length).toBeGreaterThan(0);
  });
});

test('only the pasted sessions have lines that are not understood', () => {
  const { lines } = translatePair('staros-pasted-session');
  expect(
    lines.filter(({ verdict }) => verdict === 'not-understood').map(({ line, text }) => [line, text]),
  ).toEqual([
    [20, 'ikev2-ikesa frobnicate 7'],
    [29, 'a-command-of-next-year 5'],
  ]);
});
