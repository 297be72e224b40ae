import { fstatSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LogFormat, LogLevel } from '../../../src/config/model.ts';
import { createLog, GATHER_MS, gathered, isJournal, type Log } from '../../../src/daemon/log.ts';

let lines: string[];

beforeEach(() => {
  lines = [];
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function logIn(format: LogFormat | null, level: LogLevel = 'debug'): Log {
  return createLog({ level, format, write: (line) => lines.push(line) });
}

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error'] as const;

describe('journal', () => {
  test('the priority of syslog stands at the head of the line', () => {
    const log = logIn('journal');
    for (const level of LEVELS) log[level](`a ${level}`);
    expect(lines).toEqual(['<7>a debug\n', '<6>a info\n', '<5>a notice\n', '<4>a warning\n', '<3>a error\n']);
  });

  test('fields follow the text as words; null is left out', () => {
    logIn('journal').info({ peer: 'gw-a', from: null, ike_sas: 3, why: 'no tunnel' }, 'attached');
    expect(lines).toEqual(['<6>attached peer=gw-a ike_sas=3 why="no tunnel"\n']);
  });

  test('a line without a text is its fields', () => {
    logIn('journal').warning({ rule: 'R2', to: 'initiator-mode' });
    expect(lines).toEqual(['<4>rule=R2 to=initiator-mode\n']);
  });

  test('what a peer says cannot make a line of its own, nor a field', () => {
    logIn('journal').warning({ why: 'x\n<0>forged', other: 'a="b" c', list: ['a b'], empty: '' });
    expect(lines).toEqual(['<4>why="x\\n<0>forged" other="a=\\"b\\" c" list="[\\"a b\\"]" empty=""\n']);
  });

  test('nothing in a line can move the cursor of a terminal', () => {
    logIn('journal').warning({ why: '\u009b31mred\u202e\u001b[2J' }, 'connection \u009b\nx');
    expect(lines).toEqual([`${String.raw`<4>connection \u009b\u000ax why="\u009b31mred\u202e\u001b[2J"`}\n`]);
  });

  test('addresses and globs of addresses need no quotes', () => {
    logIn('journal').info({ a: '2001:db8::1', b: '198.51.100.0/24', c: '%any4', d: 'x@example.net' });
    expect(lines).toEqual(['<6>a=2001:db8::1 b=198.51.100.0/24 c=%any4 d=x@example.net\n']);
  });
});

test('text: time, level, text, fields', () => {
  const log = logIn('text');
  log.notice({ version: '5.9.8' }, 'attached to charon');
  log.warning('beware');
  expect(lines[0]).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z notice {2}attached to charon version=5\.9\.8\n$/,
  );
  expect(lines[1]).toMatch(/Z warning beware\n$/);
});

test('json: one object per line', () => {
  logIn('json').info({ peer: 'gw-a', from: null }, 'a\nb');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 30,
    time: expect.stringMatching(/Z$/),
    peer: 'gw-a',
    from: null,
    msg: 'a\nb',
  });
});

describe('which lines there are', () => {
  test.each(LEVELS.map((level, index) => [level, LEVELS.slice(index)] as const))(
    'level %s lets through %j',
    (level, expected) => {
      const log = logIn('json', level);
      for (const one of LEVELS) log[one](one);
      expect(lines.map((line) => JSON.parse(line).msg)).toEqual(expected);
    },
  );
});

describe('without a format', () => {
  test('journald’s when journald reads us', () => {
    const { dev, ino } = fstatSync(1, { bigint: true });
    vi.stubEnv('JOURNAL_STREAM', `${dev}:${ino}`);
    logIn(null).info('hello');
    expect(lines).toEqual(['<6>hello\n']);
  });

  test('text when a service of systemd has started us with the output elsewhere', () => {
    const { dev, ino } = fstatSync(1, { bigint: true });
    vi.stubEnv('JOURNAL_STREAM', `${dev}:${ino + 1n}`);
    logIn(null).info('hello');
    expect(lines[0]).toMatch(/Z info {4}hello\n$/);
  });

  test('text when there is no output at all', () => {
    expect(isJournal('0:0', 1_000_000)).toBe(false);
  });

  test('text for anyone else', () => {
    vi.stubEnv('JOURNAL_STREAM', undefined);
    logIn(null).info('hello');
    expect(lines[0]).toMatch(/Z info {4}hello\n$/);
  });
});

describe('lines on their way out', () => {
  test('those of one turn of the event loop go out together, those that come soon after them a moment later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const write = gathered((text) => lines.push(text));
    write('a\n');
    write('b\n');
    expect(lines).toEqual([]);
    await new Promise(setImmediate);
    expect(lines).toEqual(['a\nb\n']);
    write('c\n');
    await new Promise(setImmediate);
    vi.advanceTimersByTime(GATHER_MS - 1);
    write('d\n');
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(lines).toEqual(['a\nb\n', 'c\nd\n']);
  });

  test('after a rest the next line is written at once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const write = gathered((text) => lines.push(text));
    write('a\n');
    await new Promise(setImmediate);
    vi.advanceTimersByTime(GATHER_MS);
    write('b\n');
    await new Promise(setImmediate);
    expect(lines).toEqual(['a\n', 'b\n']);
  });

  test('the end of the process leaves nothing behind', () => {
    const write = gathered((text) => lines.push(text));
    write('a\n');
    process.listeners('exit').at(-1)?.(0);
    expect(lines).toEqual(['a\n']);
  });

  test('a text that grows long does not wait', () => {
    const write = gathered((text) => lines.push(text));
    const line = `${'x'.repeat(1_023)}\n`;
    for (let count = 0; count < 65; count++) write(line);
    expect(lines).toEqual([line.repeat(64)]);
  });
});
