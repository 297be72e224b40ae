/** strongSwan's settings: the syntax, includes, references; and no text that hangs or throws. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expand, readSettings } from '../../../src/doctor/settings-files.ts';
import { newSection, parseSettings, type SettingsProblem } from '../../../src/doctor/settings-parser.ts';
import { SettingsView } from '../../../src/doctor/settings-view.ts';
import { actionOf, isYes, numberOf, secondsOf } from '../../../src/doctor/words.ts';
import { write } from './helpers.ts';

interface Parsed {
  readonly view: SettingsView;
  readonly problems: SettingsProblem[];
  readonly included: string[];
}

function parse(text: string): Parsed {
  const root = newSection('', null);
  const problems: SettingsProblem[] = [];
  const included: string[] = [];
  parseSettings('x.conf', text, root, {
    include: (pattern) => included.push(pattern),
    problem: (problem) => problems.push(problem),
  });
  return { view: SettingsView.of(root), problems, included };
}

/** `key` in the section at `path`, with the line it is on. */
function valueAt(text: string, path: string, key: string): string | undefined {
  let view: SettingsView | undefined = parse(text).view;
  for (const name of path === '' ? [] : path.split('.')) view = view?.section(name);
  const value = view?.value(key);
  return value === undefined ? undefined : `${value.text}@${value.place.line}`;
}

describe('the syntax', () => {
  test.each([
    ['a = b', '', 'a', 'b@1'],
    ['a=b', '', 'a', 'b@1'],
    ['a = b # and c', '', 'a', 'b@1'],
    ['a = "b # c"', '', 'a', 'b # c@1'],
    [String.raw`a = "say \"b\" \\ \n"`, '', 'a', 'say "b" \\ \n@1'],
    ['a = "b\nc"\nd = e', '', 'd', 'e@3'],
    ['a = b c, d', '', 'a', 'b c, d@1'],
    ['a = 10.0.0.0/8, %any', '', 'a', '10.0.0.0/8, %any@1'],
    ['a =\nb = c', '', 'a', undefined],
    ['s { a = b }', 's', 'a', 'b@1'],
    ['s { a = b } s { c = d }', 's', 'a', 'b@1'],
    ['s { a = b }\ns { a = d }', 's', 'a', 'd@2'],
    ['s\n{\n  t {\n a = b\n}\n}', 's.t', 'a', 'b@4'],
    ['# { } =\n\ns { # x\n a = b\n}', 's', 'a', 'b@4'],
    ['s {\r\n a = b\r\n}\r\n', 's', 'a', 'b@2'],
    ['s{a=b}', 's', 'a', 'b@1'],
    ['include-me = yes', '', 'include-me', 'yes@1'],
  ])('%j: %s.%s', (text, path, key, value) => {
    expect(parse(text).problems).toEqual([]);
    expect(valueAt(text, path, key)).toBe(value);
  });

  test.each([
    ['s {', '1:4', 'a section is not closed: } is missing'],
    ['a = b\n}', '2:1', '} without a section that it could close'],
    ['a = "b', '1:5', 'a quoted text is not closed'],
    ['a b', '1:1', "neither = nor { follows 'a'"],
    ['s : { a = b }', '1:5', 'the name of a section is missing behind : or ,'],
    ['= b', '1:1', "'=' can't stand here"],
    [`${'s {'.repeat(33)}${'}'.repeat(33)}`, '1:100', 'more than 32 sections inside each other'],
  ])('%j is wrong', (text, at, message) => {
    expect(
      parse(text).problems.map(({ place, message: what }) => `${place.line}:${place.column} ${what}`),
    ).toEqual([`${at} ${message}`]);
  });

  test('32 sections inside each other are fine', () => {
    expect(parse(`${'s {'.repeat(32)}${'}'.repeat(32)}`).problems).toEqual([]);
  });

  test('includes are handed out, quoted or not', () => {
    expect(parse('include conf.d/*.conf\ns { include "/a b/c" # x\n }').included).toEqual([
      'conf.d/*.conf',
      '/a b/c',
    ]);
  });

  test('no text makes it throw or hang', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '\n',
      '{',
      '}',
      '=',
      ':',
      ',',
      '"',
      '#',
      '\\',
      'include ',
      's {',
      '\r',
      '\u00e9',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
        ),
        (text) => {
          const { view, problems } = parse(text);
          view.names();
          // At most one: what is behind it isn't read.
          expect(problems.length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('what is written comes back', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/).filter((text) => text !== 'include');
    const value = fc
      .string({ minLength: 1, maxLength: 30 })
      .filter((text) => text.trim() === text && !/\p{Cc}/u.test(text));
    const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 8 }), name, (settings, section) => {
        const lines = Object.entries(settings).map(([key, text]) => `${key} = ${quoted(text)}\n`);
        const below = parse(`${section} {\n${lines.join('')}}\n`).view.section(section);
        for (const [key, text] of Object.entries(settings)) expect(below?.value(key)?.text).toBe(text);
      }),
    );
  });
});

describe('references', () => {
  const text = `
child { rekey_time = 2h
  local_ts = 10.0.0.0/8 }
base { unique = never
  dpd_delay = 20s
  children { net : child { mode = tunnel } } }
other { unique = keep
  version = 1 }
connections {
  a : base, other { dpd_delay = 5s
    children { net { local_ts = 10.1.0.0/16 } } }
  b : connections.a { unique = }
  loop : connections.loop, connections.pool { a = 1 }
  pool : connections.loop { b = 2 }
}
`;

  test.each([
    ['connections.a', 'unique', 'never@4'],
    ['connections.a', 'dpd_delay', '5s@10'],
    ['connections.a', 'version', '1@8'],
    ['connections.b', 'dpd_delay', '5s@10'],
    // An empty value takes the inherited one away.
    ['connections.b', 'unique', undefined],
    ['connections.a.children.net', 'rekey_time', '2h@2'],
    ['connections.b.children.net', 'local_ts', '10.1.0.0/16@11'],
    ['connections.b.children.net', 'mode', 'tunnel@6'],
    ['connections.loop', 'b', '2@14'],
    ['connections.pool', 'a', '1@13'],
  ])('%s: %s', (path, key, value) => {
    expect(valueAt(text, path, key)).toBe(value);
  });

  test('a thousand that refer to each other come to an end', () => {
    const all = Array.from(
      { length: 1_000 },
      (_, index) => `s${index} : s${(index * 7) % 1_000}, s${(index * 13) % 1_000} { k${index} = 1 }`,
    );
    const { view } = parse(all.join('\n'));
    expect(view.section('s1')?.value('k1')?.text).toBe('1');
  });
});

describe('files', () => {
  test('include others, by wildcards too, in the order of their names', () => {
    const files = write(
      { strongswan: 'charon { include plug[12]*.conf\n include none-*.conf\n}\ninclude last.co?f\n' },
      {
        'plug2.conf': 'a = 2\nb = 2\n',
        'plug1.conf': 'a = 1\nx { include plug3.conf }\n',
        'plug3.conf': 'c = 3\n',
        'last.conf': 'd = 4\n',
        '.plug1.conf': 'a = 9\n',
      },
    );
    const { root, files: read, problems, unreadable } = readSettings(files.strongswanFile);
    const charon = SettingsView.of(root).section('charon');
    expect(charon?.value('a')?.text).toBe('2');
    expect(charon?.section('x')?.value('c')?.place).toEqual({
      file: join(files.directory, 'plug3.conf'),
      line: 1,
      column: 1,
    });
    expect(read.map((file) => file.split('/').at(-1))).toEqual([
      'strongswan.conf',
      'plug1.conf',
      'plug3.conf',
      'plug2.conf',
      'last.conf',
    ]);
    expect([problems, unreadable]).toEqual([[], []]);
  });

  test('that are missing are told of', () => {
    const files = write({ swanctl: 'include gone.conf\n' });
    expect(readSettings(files.swanctlFile).unreadable).toEqual([
      { file: join(files.directory, 'gone.conf'), reason: expect.stringContaining('ENOENT') },
    ]);
  });

  test('that include themselves end after 10 times', () => {
    const { files, problems } = readSettings(write({ swanctl: 'include swanctl.conf\n' }).swanctlFile);
    expect(files).toHaveLength(11);
    expect(problems.map(({ message }) => message)).toEqual(['more than 10 files include each other']);
  });

  test('a pattern without wildcards is itself, whatever is there', () => {
    expect(expand('/nonexistent/a.conf')).toEqual(['/nonexistent/a.conf']);
    expect(expand('/nonexistent/*.conf')).toEqual([]);
    expect(expand('/nonexistent/[.conf')).toEqual([]);
  });
});

describe('values', () => {
  test.each([
    ['10', 10],
    ['10s', 10],
    ['2m', 120],
    ['4h', 14_400],
    ['1d', 86_400],
    ['10 s', 10],
    ['', null],
    ['1w', null],
    ['-1', null],
    ['1.5h', null],
  ])('%j is %j seconds', (text, seconds) => expect(secondsOf(text)).toBe(seconds));

  test.each([
    ['none', 'none'],
    ['clear', 'none'],
    ['trap', 'trap'],
    ['route', 'trap'],
    ['hold', 'trap'],
    ['start', 'start'],
    ['restart', 'start'],
    ['trap|start', 'trap|start'],
  ])('%s is %s', (text, action) => expect(actionOf(text)).toBe(action));

  test('flags and numbers', () => {
    expect(['yes', 'true', '1', 'Enabled'].map(isYes)).toEqual([true, true, true, true]);
    expect(['no', '', '0', 'y'].map(isYes)).toEqual([false, false, false, false]);
    expect(['1', '1.8', 'x', ''].map(numberOf)).toEqual([1, 1.8, null, null]);
  });
});
