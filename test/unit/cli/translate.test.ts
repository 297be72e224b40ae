/** `afteryou translate` on real files: what it reads, writes and refuses. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SOURCE_LENGTH_MAX } from '../../../src/translate/source-line.ts';
import { PAIRS_FOLDER } from '../../helpers/translated-pairs.ts';
import { temporaryDirectory } from '../control/places.ts';
import { run } from './terminal.ts';

const SMALL = join(PAIRS_FOLDER, 'staros-small', 'input.txt');
const PASTED = join(PAIRS_FOLDER, 'staros-pasted-session', 'input.txt');
const NAMES = ['afteryou.yaml', 'report.txt', 'swanctl-connections.conf', 'swanctl-secrets.conf'];

function fileWith(text: string): string {
  const file = join(temporaryDirectory(), 'gateway.txt');
  writeFileSync(file, text);
  return file;
}

describe('writing', () => {
  test('all files, each for its owner alone, in a directory that it makes', async () => {
    const out = join(temporaryDirectory(), 'new', 'out');
    const ran = await run(['translate', SMALL, '--out', out]);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(out).sort()).toEqual(NAMES);
    for (const name of NAMES) {
      expect(statSync(join(out, name)).mode & 0o777, name).toBe(0o600);
      expect(readFileSync(join(out, name), 'utf8')).toBe(
        readFileSync(join(PAIRS_FOLDER, 'staros-small', 'output', name), 'utf8'),
      );
    }
    expect(statSync(out).mode & 0o777).toBe(0o700);
    expect(ran.out).toContain('staros: 52 lines: 33 carried over, 19 dropped on purpose, 0 not understood\n');
    expect(ran.out).toContain(`written: ${join(out, 'swanctl-connections.conf')}, `);
  });

  test('nothing is written over, and then nothing at all is written', async () => {
    const out = temporaryDirectory();
    writeFileSync(join(out, 'report.txt'), 'mine');
    const ran = await run(['translate', SMALL, '--out', out]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toBe(
      `afteryou: ${join(out, 'report.txt')} is there already (FILE_UNUSABLE)\nName another directory, or write over it with --force.\n`,
    );
    expect(readdirSync(out)).toEqual(['report.txt']);
    expect(readFileSync(join(out, 'report.txt'), 'utf8')).toBe('mine');
  });

  test('--force writes over files, and gives them their mode', async () => {
    const out = temporaryDirectory();
    writeFileSync(join(out, 'swanctl-secrets.conf'), 'old');
    chmodSync(join(out, 'swanctl-secrets.conf'), 0o644);
    expect(await run(['translate', SMALL, '--out', out, '--force'])).toMatchObject({ code: 0 });
    expect(statSync(join(out, 'swanctl-secrets.conf')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(out, 'swanctl-secrets.conf'), 'utf8')).toContain('ike-wsg1');
  });

  test('--force replaces a symbolic link, it does not follow it', async () => {
    const out = temporaryDirectory();
    const elsewhere = fileWith('not mine');
    symlinkSync(elsewhere, join(out, 'swanctl-secrets.conf'));
    expect(await run(['translate', SMALL, '--out', out, '--force'])).toMatchObject({ code: 0 });
    expect(readFileSync(elsewhere, 'utf8')).toBe('not mine');
  });

  test('where it fails, nothing is left behind', async () => {
    const out = temporaryDirectory();
    // A directory in the place of a file: only the last step, the renaming, fails.
    mkdirSync(join(out, 'report.txt'));
    const ran = await run(['translate', SMALL, '--out', out, '--force']);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/^afteryou: .*report\.txt is a directory \(FILE_UNUSABLE\)\n/);
    expect(readdirSync(out)).toEqual(['report.txt']);
  });

  test('without --out nothing is written', async () => {
    const ran = await run(['translate', SMALL]);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(
      'nothing was written; with --out DIR it would be swanctl-connections.conf, swanctl-secrets.conf, afteryou.yaml, report.txt\n',
    );
  });
});

describe('telling', () => {
  test('lines that are not understood are shown, and the exit code is 1', async () => {
    const ran = await run(['translate', PASTED]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('input.txt:20: not understood: ikev2-ikesa frobnicate 7\n');
    expect(ran.out).toContain('input.txt:29: not understood: a-command-of-next-year 5\n');
  });

  test('of very many the first 20', async () => {
    const few = Array.from({ length: 20 }, (_, n) => `strange ${n}`).join('\n');
    const shown = (out: string) => out.match(/not understood: strange/g)?.length;
    const twenty = await run(['translate', '--from', 'staros', fileWith(few)]);
    expect([shown(twenty.out), twenty.out.includes('more; the report')]).toEqual([20, false]);
    const more = await run(['translate', '--from', 'staros', fileWith(`${few}\nstrange 20`)]);
    expect([shown(more.out), more.out.includes('... and 1 more; the report')]).toEqual([20, true]);
  });

  test('-o json has every line', async () => {
    const ran = await run(['translate', PASTED, '-o', 'json']);
    const report = JSON.parse(ran.out) as { lines: unknown[] };
    expect(report).toMatchObject({ schema: 1, dialect: 'staros', written: [], unfinished: [] });
    expect(report.lines).toHaveLength(31);
    expect(report.lines[19]).toEqual({
      file: 'input.txt',
      line: 20,
      text: 'ikev2-ikesa frobnicate 7',
      verdict: 'not-understood',
      detail: '',
    });
  });

  test('what is refused comes with file, line and remedy; nothing is written', async () => {
    const out = join(temporaryDirectory(), 'out');
    const file = fileWith('wsg-service w\ninitiator-mode-duration 4\nresponder-mode-duration 251\n');
    const ran = await run(['translate', file, '--out', out]);
    expect(ran.code).toBe(78);
    expect(ran.err).toBe(
      'gateway.txt:2:1: initiator-mode-duration: 4 is outside 5..250\n' +
        '    Write initiator-mode-duration with 5..250 seconds.\n' +
        'gateway.txt:3:1: responder-mode-duration: 251 is outside 5..250\n' +
        '    Write responder-mode-duration with 5..250 seconds.\n' +
        "afteryou: 2 things can't be translated, the first at gateway.txt:2: initiator-mode-duration: 4 is outside 5..250 (TRANSLATE_REFUSED)\n" +
        'Mend the input as said at each line; nothing was written.\n',
    );
    expect(existsSync(out)).toBe(false);
  });
});

describe('reading', () => {
  test('several files are one gateway', async () => {
    const list = fileWith('crypto peer-list ipv4 branches\naddress 192.0.2.9\nexit\n');
    const service = fileWith('wsg-service wsg1\nbind address 192.0.2.1\npeer-list branches\nexit\n');
    const ran = await run(['translate', list, service, '-o', 'json']);
    expect(ran.code).toBe(0);
    expect((JSON.parse(ran.out) as { lines: unknown[] }).lines).toHaveLength(7);
  });

  test('what cannot be read', async () => {
    const nothing = join(temporaryDirectory(), 'nowhere');
    expect((await run(['translate', nothing])).err).toBe(
      `afteryou: can't read ${nothing}: ENOENT (FILE_UNUSABLE)\nCheck the path and its permissions.\n`,
    );
    const directory = await run(['translate', temporaryDirectory()]);
    expect(directory).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not a regular file (FILE_UNUSABLE)'),
    });
  });

  test('what is not UTF-8', async () => {
    const file = fileWith('');
    writeFileSync(file, Buffer.from([0x77, 0xe9, 0x0a]));
    expect(await run(['translate', file])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not UTF-8 text'),
    });
  });

  test('a file beyond the size is not read', async () => {
    const ran = await run(['translate', fileWith('x'.repeat(SOURCE_LENGTH_MAX + 1))]);
    expect(ran.code).toBe(78);
    expect(ran.err).toContain('more than 16 MiB of text');
  });

  test('a text that tells nothing asks for --from', async () => {
    const ran = await run(['translate', fileWith('hello\n')]);
    expect(ran.code).toBe(78);
    expect(ran.err).toContain('Say so with --from staros, --from ios or --from asa.');
  });
});

describe('--to staros', () => {
  const yaml = [
    'version: 1',
    'peer-lists: { branches: { family: ipv4, addresses: [192.0.2.9] } }',
    'services: { wsg1: { peer-list: branches } }',
    '',
  ].join('\n');

  test('prints the text', async () => {
    const ran = await run(['translate', '--to', 'staros', fileWith(yaml)]);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('   crypto peer-list ipv4 branches\n      address 192.0.2.9\n      exit\n');
  });

  test('writes it with --out', async () => {
    const out = temporaryDirectory();
    const ran = await run(['translate', '--to', 'staros', fileWith(yaml), '--out', out]);
    expect(ran).toMatchObject({ code: 0, out: `written: ${join(out, 'staros.txt')}\n` });
    expect(readFileSync(join(out, 'staros.txt'), 'utf8')).toContain('wsg-service wsg1');
  });

  test('says what is left out, as comments, and exits with 1', async () => {
    const file = fileWith(yaml.replace('peer-list: branches', 'peer-list: branches, policy: paused'));
    const ran = await run(['translate', '--to', 'staros', file]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain(
      '# gateway.txt:3: left out: wsg1: policy paused has no counterpart'.replace('gateway.txt', file),
    );
  });

  test.each([
    [['a', 'b'], 'takes one configuration'],
    [['a', '--from', 'ios'], 'exclude each other'],
  ])('with %j: usage', async (args, message) => {
    expect(await run(['translate', '--to', 'staros', ...args])).toMatchObject({
      code: 2,
      err: expect.stringContaining(message),
    });
  });
});
