import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultConfig, loadConfigOrDefault } from '../../../src/config/default.ts';
import { FILE_BYTES_MAX, loadConfig, TOTAL_BYTES_MAX } from '../../../src/config/load.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';

let directory = '';
let main = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'afteryou-config-'));
  main = join(directory, 'afteryou.yaml');
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function dropIn(name: string, text: string | Buffer): string {
  mkdirSync(join(directory, 'conf.d'), { recursive: true });
  const file = join(directory, 'conf.d', name);
  writeFileSync(file, text);
  return file;
}

/** A YAML comment of so many bytes. */
function comment(bytes: number): Buffer {
  return Buffer.alloc(bytes, '#');
}

describe('loading', () => {
  it('reads the main file alone', () => {
    writeFileSync(main, 'version: 1\n');
    expect(loadConfig(main).files).toEqual([main]);
  });

  it('reads *.yaml of conf.d in the order of the bytes of their names', () => {
    writeFileSync(main, 'version: 1\nservices: {}\n');
    const service = (name: string) => `services: { ${name}: { connections: ${name} } }\n`;
    for (const name of ['b', '10-z', '9-y', 'B', 'ä'])
      dropIn(`${name}.yaml`, service(name.replaceAll(/[^A-Za-z]/g, '') || 'umlaut'));
    dropIn('c.yml', 'not: read');
    dropIn('d.yaml.bak', 'not: read');
    dropIn('.hidden.yaml', 'not: read');
    const { config, files } = loadConfig(main);
    expect(files.slice(1)).toEqual(
      ['10-z', '9-y', 'B', 'b', 'ä'].map((name) => join(directory, 'conf.d', `${name}.yaml`)),
    );
    expect(config.services.map(({ name }) => name)).toEqual(['z', 'y', 'B', 'b', 'umlaut']);
  });

  it('names the file of a problem', () => {
    writeFileSync(main, 'version: 1\n');
    const file = dropIn('x.yaml', '\nmode: x\n');
    expect(() => loadConfig(main)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        issues: [expect.objectContaining({ file, line: 2 })],
      }),
    );
  });

  it('takes a byte order mark and CR LF', () => {
    writeFileSync(main, '\uFEFFversion: 1\r\nmode: observe\r\n');
    expect(loadConfig(main).config.mode).toBe('observe');
  });

  it('refuses what is not UTF-8', () => {
    writeFileSync(main, Buffer.from([0x76, 0xff, 0xfe]));
    expect(() => loadConfig(main)).toThrow('the file is not UTF-8 text');
  });

  it('reads a file of 4 MiB and no larger one', () => {
    writeFileSync(main, 'version: 1\n');
    const file = dropIn('x.yaml', comment(FILE_BYTES_MAX));
    expect(loadConfig(main).files).toHaveLength(2);
    writeFileSync(file, comment(FILE_BYTES_MAX + 1));
    expect(() => loadConfig(main)).toThrow(`${file}:1:1: the file is larger than 4 MiB`);
  });

  it('reads 16 MiB in all and no more', () => {
    const text = 'version: 1\n';
    writeFileSync(main, text);
    for (const name of ['a', 'b', 'c']) dropIn(`${name}.yaml`, comment(FILE_BYTES_MAX));
    const last = dropIn('d.yaml', comment(TOTAL_BYTES_MAX - 3 * FILE_BYTES_MAX - text.length));
    expect(loadConfig(main).files).toHaveLength(5);
    writeFileSync(last, comment(TOTAL_BYTES_MAX - 3 * FILE_BYTES_MAX - text.length + 1));
    expect(() => loadConfig(main)).toThrow('larger than 16 MiB together');
  });

  it('reads 1,000 files of conf.d and no more', () => {
    writeFileSync(main, 'version: 1\n');
    for (let index = 0; index < 1_000; index += 1) dropIn(`${index}.yaml`, '');
    expect(loadConfig(main).files).toHaveLength(1_001);
    dropIn('one-more.yaml', '');
    expect(() => loadConfig(main)).toThrow('has 1001 files, at most 1000 are read');
  });
});

describe("a file that can't be read", () => {
  const refusal = (path: string) => {
    try {
      loadConfig(path);
    } catch (error) {
      return error;
    }
    return null;
  };

  it('is told with the next step', () => {
    expect(refusal(main)).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: `can't read ${main}: ENOENT`,
      nextStep: 'Create the file, or name another one with -c FILE.',
    });
    expect(refusal(directory)).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: `can't read ${directory}: EISDIR`,
    });
    expect(refusal(join(main, 'x'))).toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('may be one of conf.d', () => {
    writeFileSync(main, 'version: 1\n');
    mkdirSync(join(directory, 'conf.d', 'x.yaml'), { recursive: true });
    expect(refusal(main)).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      nextStep: 'Name the file, not the directory that it is in.',
    });
    rmSync(join(directory, 'conf.d'), { recursive: true });
    writeFileSync(join(directory, 'conf.d'), 'a file');
    expect(refusal(main)).toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('may be a pipe, which would keep us waiting, or a device without end', () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', main]);
    expect(refusal(main)).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: `${main} is not a regular file`,
    });
    expect(refusal('/dev/zero')).toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('says which permissions it needs', () => {
    writeFileSync(main, 'version: 1\n');
    chmodSync(main, 0o000);
    // Root reads everything, so we are nobody for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const refused = { code: 'CONFIG_UNREADABLE', message: `can't read ${main}: EACCES` };
      expect(refusal(main)).toMatchObject(refused);
      // What can't be seen isn't absent.
      expect(() => loadConfigOrDefault(null, main)).toThrow(
        expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe('without a file', () => {
  it('everything is looked at and nothing is touched', () => {
    const { config, files, origins } = defaultConfig();
    expect(config).toMatchObject({
      mode: 'observe',
      services: [{ name: 'all', peerList: null, connectionGlobs: ['*'], settings: DEFAULT_SETTINGS }],
      warnings: [],
    });
    expect(files).toEqual([]);
    expect(origins.size).toBe(0);
  });

  it('the default holds, unless a file was named', () => {
    expect(loadConfigOrDefault(null, main).config.mode).toBe('observe');
    expect(() => loadConfigOrDefault(main, main)).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
    );
  });

  it('the usual file is taken when it is there, also when it is wrong', () => {
    writeFileSync(main, 'version: 1\n');
    expect(loadConfigOrDefault(null, main).config.mode).toBe('active');
    writeFileSync(main, 'version: 2\n');
    expect(() => loadConfigOrDefault(null, main)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('conf.d alone, or a link that leads nowhere, is a mistake and no absence', () => {
    dropIn('x.yaml', '');
    expect(() => loadConfigOrDefault(null, main)).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
    );
    rmSync(join(directory, 'conf.d'), { recursive: true });
    symlinkSync(join(directory, 'nowhere'), main);
    expect(() => loadConfigOrDefault(null, main)).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
    );
  });
});
