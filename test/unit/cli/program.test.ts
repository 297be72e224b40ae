import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { DEFAULT_CONFIG_FILE } from '../../../src/cli/program.ts';
import { ConfigError } from '../../../src/config/issues.ts';
import { DEFAULT_CONFIG_FILE as CONFIGS_DEFAULT } from '../../../src/config/load.ts';
import type { RunOptions } from '../../../src/daemon/main.ts';
import { AfteryouError, type ErrorCode } from '../../../src/errors.ts';
import { VERSION } from '../../../src/version.ts';
import { MISSPELT } from '../control/fake-daemon.ts';
import { temporaryDirectory } from '../control/places.ts';
import { run, withDaemon } from './terminal.ts';

describe('exit codes', () => {
  test.each<[ErrorCode, number]>([
    ['CONTROL_REFUSED', 1],
    ['USAGE', 2],
    ['PEER_UNKNOWN', 2],
    ['CONTROL_UNREACHABLE', 69],
    ['CONTROL_IN_USE', 69],
    ['VICI_CLOSED', 69],
    ['VICI_TIMEOUT', 69],
    ['INVARIANT_BROKEN', 70],
    ['CONFIG_INVALID', 78],
    ['CONFIG_UNREADABLE', 78],
  ])('%s from the daemon becomes %i', async (code, expected) => {
    const { ask, api } = await withDaemon();
    api.onCall = () => {
      throw new AfteryouError(code, 'because');
    };
    const { err, code: got } = await ask(['status']);
    expect(err).toMatch(new RegExp(`^afteryou: because \\(${code}\\)\n`));
    expect(got).toBe(expected);
  });

  test('an exception that is none of ours is a bug', async () => {
    expect(exitCodeOf(new TypeError('x'))).toBe(70);
    const { code, err } = await run(['run']);
    expect(code).toBe(70);
    expect(err).toMatch(/^afteryou: a bug of afteryou: .*no daemon in this test.*\(INVARIANT_BROKEN\)\n/);
  });

  test('no daemon is 69, with what to do', async () => {
    const { ask, server } = await withDaemon();
    await server.close();
    const { code, err } = await ask(['status']);
    expect(code).toBe(69);
    expect(err).toMatch(
      /^afteryou: no daemon answers on .*control\.sock \(CONTROL_UNREACHABLE\)\nIs it running/,
    );
  });

  test('with -o json errors are JSON on standard error', async () => {
    const { ask, server } = await withDaemon();
    await server.close();
    const { err, out } = await ask(['status', '-o', 'json']);
    expect(JSON.parse(err)).toEqual({
      schema: 1,
      error: {
        code: 'CONTROL_UNREACHABLE',
        fault: 'operator',
        message: expect.stringContaining('no daemon answers on'),
        nextStep: expect.stringContaining('Is it running'),
      },
    });
    expect(out).toBe('');
  });

  test("issues of the daemon's configuration are printed, and are 78", async () => {
    const { ask, api } = await withDaemon();
    api.reloading = () => Promise.reject(new ConfigError([MISSPELT]));
    const { code, err } = await ask(['reload']);
    await expect(err).toMatchFileSnapshot('golden/reload-wrong.txt');
    expect(code).toBe(78);
    const json = JSON.parse((await ask(['reload', '-o', 'json'])).err);
    expect(json.error).toMatchObject({ code: 'CONFIG_INVALID', issues: [MISSPELT] });
  });
});

describe('wrong command lines', () => {
  test.each([
    [
      'an unknown command',
      ['statsu'],
      /^afteryou: unknown command 'statsu' \(USAGE\)\nDid you mean status\?\n$/,
    ],
    ['an unknown option', ['status', '--al'], /^afteryou: unknown option '--al' \(USAGE\)\n/],
    ['a missing argument', ['explain'], /^afteryou: missing required argument 'peer' \(USAGE\)\n/],
    ['an argument too many', ['status', 'a', 'b'], /^afteryou: too many arguments for 'status'/],
    ['an unknown format', ['status', '-o', 'xml'], /Allowed choices are text, json/],
    ['no whole number', ['events', '-n', '1e3'], /It must be a whole number from 0 to 4096/],
    ['a number too high', ['events', '-n', '4097'], /It must be a whole number from 0 to 4096/],
  ])('%s is told of, and is 2', async (_, args, message) => {
    const { code, out, err } = await run(args);
    expect(err).toMatch(message);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  test('no command is help on standard error, and 2', async () => {
    const { code, out, err } = await run([]);
    expect(err).toMatch(/^Usage: afteryou /);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  test('as JSON, if that was asked for before the mistake', async () => {
    const { err } = await run(['-o', 'json', 'statsu']);
    expect(JSON.parse(err).error).toMatchObject({ code: 'USAGE', nextStep: 'Did you mean status?' });
  });
});

describe('help and version', () => {
  test('go to standard output, and are 0', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(/^Usage: afteryou /);
    expect(await run(['--version'])).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
  });
});

describe('run', () => {
  test('gets the configuration, and whether it was named; its exit code is the exit code', async () => {
    const asked: RunOptions[] = [];
    const runDaemon = async (options: RunOptions) => {
      asked.push(options);
      return 7;
    };
    expect((await run(['run'], { runDaemon })).code).toBe(7);
    expect((await run(['run', '-c', '/a.yaml'], { runDaemon })).code).toBe(7);
    expect((await run(['-c', '/a.yaml', 'run'], { runDaemon })).code).toBe(7);
    expect(asked).toEqual([
      { configFile: DEFAULT_CONFIG_FILE, configGiven: false },
      { configFile: '/a.yaml', configGiven: true },
      { configFile: '/a.yaml', configGiven: true },
    ]);
    expect(DEFAULT_CONFIG_FILE).toBe(CONFIGS_DEFAULT);
  });
});

describe('check', () => {
  function file(text: string): string {
    const path = join(temporaryDirectory(), 'afteryou.yaml');
    writeFileSync(path, text);
    return path;
  }

  test('a good configuration is 0', async () => {
    const path = file('version: 1\nservices: { all: { connections: "*" } }\n');
    for (const args of [
      ['check', path],
      ['check', '-c', path],
    ]) {
      expect(await run(args)).toEqual({
        code: 0,
        out: `${path}: no problems; 1 service in 1 file\n`,
        err: '',
      });
    }
  });

  test('a wrong one is 78, with place and remedy', async () => {
    const path = file('version: 1\nservices: { all: { conections: "*" } }\n');
    const { code, out, err } = await run(['check', path]);
    expect(out.split('\n')).toEqual([
      `${path}:2:20: unknown key 'conections'`,
      expect.stringMatching(/^ {4}Did you mean 'connections'\?/),
      '1 problem; the daemon would refuse it',
      '',
    ]);
    expect(err).toBe('');
    expect(code).toBe(78);
  });

  test('problems are JSON with -o json, on standard output', async () => {
    const path = file('version: 1\nservices: { all: { conections: "*" } }\n');
    const { code, out } = await run(['check', path, '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      schema: 1,
      ok: false,
      files: [path],
      issues: [{ file: path, line: 2, column: 20, code: 'unknown-key' }],
      omitted: 0,
    });
    expect(code).toBe(78);
  });

  test('a file that is not there is 78', async () => {
    const { code, err } = await run(['check', '/nonexistent/afteryou.yaml']);
    expect(err).toMatch(
      /^afteryou: can't read \/nonexistent\/afteryou\.yaml: ENOENT \(CONFIG_UNREADABLE\)\n/,
    );
    expect(code).toBe(78);
  });
});
