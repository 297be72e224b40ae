import { describe, expect, test } from 'vitest';
import { TranslateError } from '../../../src/translate/refusals.ts';
import {
  FILES_MAX,
  LINE_LENGTH_MAX,
  readLines,
  SOURCE_LENGTH_MAX,
  SOURCE_LINES_MAX,
  shownText,
} from '../../../src/translate/source-line.ts';
import { splitWords } from '../../../src/translate/words.ts';
import { lines } from './helpers.ts';

describe('lines', () => {
  test.each([
    ['a\nb\nc\n', 3],
    ['a\r\nb\r\nc', 3],
    ['a\rb', 2],
    ['', 0],
    ['\n', 1],
    ['\uFEFFa', 1],
  ])('%j has so many: %i', (text, count) => {
    const found = lines(text);
    expect(found).toHaveLength(count);
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  test.each([
    [
      '[wsg]asr9k(config-ctx)# wsg-service x',
      { host: 'asr9k', context: 'wsg', mode: 'config-ctx' },
      'wsg-service x',
    ],
    [
      '[local]asr9k(crf-crypto-tmp1-ikev2-tunnel)#exit',
      { host: 'asr9k', context: 'local', mode: 'crf-crypto-tmp1-ikev2-tunnel' },
      'exit',
    ],
    [
      'hub(config-if)#tunnel source Gi0/0',
      { host: 'hub', context: null, mode: 'config-if' },
      'tunnel source Gi0/0',
    ],
    [
      'asa/admin(config)# nameif outside',
      { host: 'asa/admin', context: null, mode: 'config' },
      'nameif outside',
    ],
  ])('a prompt is taken off: %s', (text, prompt, rest) => {
    expect(lines(text)).toMatchObject([{ kind: 'command', prompt, text: rest, indent: 0 }]);
  });

  test.each([
    ['', 'blank'],
    [' \t ', 'blank'],
    ['hub(config)#', 'blank'],
    ['! a word', 'comment'],
    ['  # a word', 'comment'],
    ['#exit', 'command'],
    ['Building configuration...', 'session'],
    ['Current configuration : 4711 bytes', 'session'],
    ['hub#show running-config', 'session'],
    ['hub#anything at all', 'session'],
    ['hub(config)#anything at all', 'command'],
    ['configure terminal', 'session'],
    [': Saved', 'session'],
    ['end', 'command'],
  ])('%j is of the kind %s', (text, kind) => {
    expect(lines(`${text}\n`)).toMatchObject([{ kind }]);
  });

  test('indentation counts columns, a tab to the next eighth', () => {
    expect(lines(' a\n  \tb\n\tc\nd').map(({ indent }) => indent)).toEqual([1, 8, 8, 0]);
  });

  test('a pager leaves nothing', () => {
    expect(lines(' --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\baddress 192.0.2.1')).toMatchObject([
      { text: 'address 192.0.2.1' },
    ]);
  });

  test('a banner of several lines is no configuration, one that is not closed is a line', () => {
    const found = lines('banner motd ^C\nno crypto here\n^C\naddress 192.0.2.1\nbanner exec #\nstill here');
    expect(found.map(({ kind }) => kind)).toEqual([
      'command',
      'banner',
      'banner',
      'command',
      'command',
      'command',
    ]);
  });

  test('words are split at blanks, quotes keep together', () => {
    expect(splitWords('  a "b  c" d"e"\t""  f')).toEqual(['a', 'b  c', 'de', '', 'f']);
    expect(splitWords('a "b c')).toEqual(['a', 'b c']);
  });
});

describe('limits', () => {
  const refused = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      if (error instanceof TranslateError && error.issues[0] !== undefined) {
        const { file, line, message, remedy } = error.issues[0];
        return `${file}:${line}: ${message} ${remedy}`;
      }
      throw error;
    }
    return '';
  };

  test.each([
    [
      `length of a line`,
      () => lines('x'.repeat(LINE_LENGTH_MAX)),
      () => lines(`\n${'x'.repeat(LINE_LENGTH_MAX + 1)}`),
      'input.txt:2: longer than 4096 characters Take',
    ],
    [
      'lines',
      () => lines('\n'.repeat(SOURCE_LINES_MAX)),
      () => lines('\n'.repeat(SOURCE_LINES_MAX + 1)),
      'input.txt:200001: more than 200000 lines Translate',
    ],
    [
      'size',
      () => lines('\n'.repeat(1_000)),
      () => lines('x\n'.repeat(SOURCE_LENGTH_MAX / 2 + 1)),
      'input.txt:1: more than 16 MiB of text Cut',
    ],
    [
      'files',
      () => readLines(Array.from({ length: FILES_MAX }, (_, n) => ({ file: `${n}`, text: '' }))),
      () => readLines(Array.from({ length: FILES_MAX + 1 }, (_, n) => ({ file: `${n}`, text: '' }))),
      `${FILES_MAX}:1: more than ${FILES_MAX} files Give`,
    ],
  ])(
    '%s: taken up to the limit, refused beyond it with a place and a remedy',
    (_, within, beyond, message) => {
      expect(refused(within)).toBe('');
      expect(refused(beyond)).toContain(message);
    },
  );
});

describe('shown text', () => {
  test.each([
    ['authentication pre-shared-key key example', 'authentication pre-shared-key ***'],
    ['crypto isakmp key 0 example address 192.0.2.1', 'crypto isakmp key ***'],
    ['pre-shared-key local "two words"', 'pre-shared-key ***'],
    ['ikev1 pre-shared-key *****', 'ikev1 pre-shared-key ***'],
    ['username admin privilege 15 secret 5 $1$abc', 'username admin privilege 15 secret ***'],
    ['key-string 0123', 'key-string ***'],
    ['rekey keepalive', 'rekey keepalive'],
    ['crypto ikev2 keyring hub', 'crypto ikev2 keyring hub'],
    ['key', 'key'],
    ['description \u0007bell', 'description \\x07bell'],
  ])('%s', (text, shown) => {
    expect(shownText({ text, raw: text })).toBe(shown);
  });
});
