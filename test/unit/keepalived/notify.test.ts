/** The script that keepalived calls, with a stand-in for the command line. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'packaging', 'keepalived', 'afteryou-notify');
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'afteryou-notify-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** A command that notes what it is asked, after `seconds`, and ends with `code`. */
function standIn(code = 0, seconds = 0): void {
  writeFileSync(
    join(dir, 'afteryou'),
    `#!/bin/sh\nsleep ${seconds}\necho "$*" >>"${dir}/asked"\nexit ${code}\n`,
  );
  chmodSync(join(dir, 'afteryou'), 0o755);
}

const asked = (): string[] =>
  existsSync(join(dir, 'asked')) ? readFileSync(join(dir, 'asked'), 'utf8').trim().split('\n') : [];
const role = (): string => readFileSync(join(dir, 'role', 'role'), 'utf8').trim();

function notify(...args: string[]): Promise<{ code: number | null; said: string }> {
  const env = {
    ...process.env,
    AFTERYOU_ROLE_DIR: join(dir, 'role'),
    AFTERYOU_COMMAND: join(dir, 'afteryou'),
  };
  const child = spawn(SCRIPT, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
}

describe('what keepalived says', () => {
  test.each([
    ['INSTANCE', 'MASTER', 'resume --all'],
    ['GROUP', 'MASTER', 'resume --all'],
    ['INSTANCE', 'BACKUP', 'pause --all'],
    ['INSTANCE', 'FAULT', 'pause --all'],
    ['INSTANCE', 'STOP', 'pause --all'],
  ])('%s gw %s: %s', async (kind, word, verb) => {
    standIn();
    expect(await notify(kind, 'gw', word, '100')).toMatchObject({
      code: 0,
      said: expect.stringContaining(word),
    });
    expect(asked()).toEqual([verb]);
    expect(role()).toBe(word);
  });

  test.each([[[]], [['INSTANCE', 'gw']], [['INSTANCE', 'gw', 'DELETED', '100']], [['MASTER']]])(
    '%j is no call of keepalived: exit code 2, and nothing is asked or remembered',
    async (args) => {
      standIn();
      expect(await notify(...args)).toMatchObject({
        code: 2,
        said: expect.stringContaining('MASTER|BACKUP'),
      });
      expect(asked()).toEqual([]);
      expect(existsSync(join(dir, 'role', 'role'))).toBe(false);
    },
  );
});

describe('again', () => {
  test('nothing was said since boot: nothing is done', async () => {
    standIn();
    expect((await notify('again')).code).toBe(0);
    expect(asked()).toEqual([]);
  });

  test('does what was said last', async () => {
    standIn();
    await notify('INSTANCE', 'gw', 'BACKUP', '100');
    await notify('INSTANCE', 'gw', 'MASTER', '100');
    expect((await notify('again')).code).toBe(0);
    expect(asked()).toEqual(['pause --all', 'resume --all', 'resume --all']);
    expect(role()).toBe('MASTER');
  });

  test('waits for a word that is being carried out, and does that one', async () => {
    standIn();
    await notify('INSTANCE', 'gw', 'BACKUP', '100');
    standIn(0, 0.5);
    const master = notify('INSTANCE', 'gw', 'MASTER', '100');
    await expect.poll(role, { timeout: 5_000 }).toBe('MASTER');
    await Promise.all([master, notify('again')]);
    expect(asked()).toEqual(['pause --all', 'resume --all', 'resume --all']);
  });
});

describe('what the daemon answers', () => {
  test('it is not running: exit code 0, since it asks when it starts', async () => {
    standIn(69);
    expect(await notify('INSTANCE', 'gw', 'MASTER', '100')).toMatchObject({
      code: 0,
      said: expect.stringContaining('is told when it starts'),
    });
    expect(role()).toBe('MASTER');
  });

  test('it refuses: exit code 1', async () => {
    standIn(1);
    expect(await notify('INSTANCE', 'gw', 'BACKUP', '100')).toMatchObject({
      code: 1,
      said: expect.stringContaining('exit code 1'),
    });
  });

  test('it hangs: given up after some seconds', async () => {
    standIn(0, 60);
    vi.stubEnv('AFTERYOU_PATIENCE', '1');
    expect(await notify('INSTANCE', 'gw', 'BACKUP', '100')).toMatchObject({
      code: 1,
      said: expect.stringContaining('exit code 124'),
    });
    expect(asked()).toEqual([]);
  });
});
