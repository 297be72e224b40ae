import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../control/fake-daemon.ts';
import { temporaryDirectory } from '../control/places.ts';
import { run, withDaemon } from './terminal.ts';

test('on standard output, with the families about the process', async () => {
  const { ask } = await withDaemon();
  expect(await ask(['metrics'])).toEqual({ code: 0, out: `${METRICS}process_open_fds 20\n`, err: '' });
});

test('as JSON', async () => {
  const { ask } = await withDaemon();
  const { out } = await ask(['metrics', '-o', 'json']);
  expect(JSON.parse(out)).toEqual({ schema: 1, text: `${METRICS}process_open_fds 20\n` });
});

test('into a file that everybody may read, whole at any time, without those about the process', async () => {
  const { ask } = await withDaemon();
  const directory = temporaryDirectory();
  const file = join(directory, 'afteryou.prom');
  writeFileSync(file, 'old\n');
  chmodSync(file, 0o600);
  expect(await ask(['metrics', '--textfile', file])).toEqual({ code: 0, out: '', err: '' });
  expect(readFileSync(file, 'utf8')).toBe(METRICS);
  expect((statSync(file).mode & 0o777).toString(8)).toBe('644');
  expect(readdirSync(directory)).toEqual(['afteryou.prom']);
});

test('a file that cannot be written is an error, and nothing is left of it', async () => {
  const { ask } = await withDaemon();
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'afteryou.prom'));
  const { code, err } = await ask(['metrics', '--textfile', join(directory, 'afteryou.prom')]);
  expect(code).toBe(2);
  expect(err).toMatch(/^afteryou: can't write .*\(FILE_UNUSABLE\)\n/);
  expect(readdirSync(directory)).toEqual(['afteryou.prom']);
});

test('without a daemon the file stays as it was', async () => {
  const file = join(temporaryDirectory(), 'afteryou.prom');
  const configFile = join(temporaryDirectory(), 'afteryou.yaml');
  writeFileSync(configFile, 'version: 1\ncontrol: { socket: /nowhere/control.sock }\n');
  expect((await run(['metrics', '--textfile', file, '-c', configFile])).code).toBe(69);
  expect(existsSync(file)).toBe(false);
});
