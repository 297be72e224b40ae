/** `afteryou peer-list`: the file, the daemon, and what happens when either says no. */
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/config/issues.ts';
import { AfteryouError } from '../../../src/errors.ts';
import { withDaemon } from './terminal.ts';

const LISTS = `peer-lists:
  branches:
    family: ipv4
    addresses:
      - 192.0.2.1 # moon
      # the sun
      - 192.0.2.2
`;

/** A daemon with a configuration that has a list of two. */
async function withList(lists = LISTS) {
  const made = await withDaemon();
  writeFileSync(made.configFile, `${readFileSync(made.configFile, 'utf8')}${lists}`);
  return { ...made, text: () => readFileSync(made.configFile, 'utf8') };
}

describe('add', () => {
  test('writes the address behind the others, and reloads', async () => {
    const { ask, api, text, configFile } = await withList();
    const before = text();
    const { code, out, err } = await ask(['peer-list', 'add', 'branches', '192.0.2.3']);
    expect(err).toBe('');
    expect(text()).toBe(`${before}      - 192.0.2.3\n`);
    expect(out.split('\n').slice(0, 2)).toEqual([
      `added 192.0.2.3 to peer list branches in ${configFile}`,
      'added    wsg1/192.0.2.12',
    ]);
    expect(api.calls).toEqual(['reload']);
    expect(code).toBe(0);
  });

  test('of one that is there changes nothing', async () => {
    const { ask, api, text } = await withList();
    const before = text();
    const { code, out } = await ask(['peer-list', 'add', 'branches', '::ffff:192.0.2.1']);
    expect(out).toBe('192.0.2.1 is in peer list branches already; nothing was changed\n');
    expect([code, text() === before, api.calls]).toEqual([0, true, []]);
  });

  test('with --no-reload only writes', async () => {
    const { ask, api } = await withList();
    const { code, out } = await ask(['peer-list', 'add', 'branches', '192.0.2.3', '--no-reload']);
    expect(out.split('\n')[1]).toBe('not reloaded: `afteryou reload` makes it count');
    expect([code, api.calls]).toEqual([0, []]);
  });

  test('without a daemon says so, and that is no failure', async () => {
    const { ask, server, text } = await withList();
    await server.close();
    const { code, out } = await ask(['peer-list', 'add', 'branches', '192.0.2.3']);
    expect(out.split('\n')[1]).toBe("the daemon isn't running: it reads the file when it starts");
    expect(text()).toContain('- 192.0.2.3\n');
    expect(code).toBe(0);
  });

  test('keeps mode and symbolic link, and works in conf.d', async () => {
    const { ask, configFile, text } = await withList('');
    const dropIn = join(dirname(configFile), 'conf.d', 'lists.yaml');
    const target = join(dirname(configFile), 'lists.real');
    mkdirSync(dirname(dropIn));
    writeFileSync(target, LISTS);
    chmodSync(target, 0o640);
    symlinkSync('../lists.real', dropIn);
    const before = text();
    expect((await ask(['peer-list', 'add', 'branches', '192.0.2.3'])).code).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe(`${LISTS}      - 192.0.2.3\n`);
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(text()).toBe(before);
  });
});

describe('remove', () => {
  test('takes the line out, and reloads', async () => {
    const { ask, api, text } = await withList();
    const { code, out } = await ask(['peer-list', 'remove', 'branches', '192.0.2.1']);
    expect(out).toMatch(/^removed 192\.0\.2\.1 from peer list branches in /);
    expect(text()).toContain('    addresses:\n      # the sun\n      - 192.0.2.2\n');
    expect([code, api.calls]).toEqual([0, ['reload']]);
  });

  test('of one that is not there is 2', async () => {
    const { ask } = await withList();
    const { code, err } = await ask(['peer-list', 'remove', 'branches', '192.0.2.21']);
    expect(err).toMatch(
      /^afteryou: 192\.0\.2\.21 is not in peer list 'branches' \(USAGE\)\nDid you mean '192\.0\.2\.1'\? /,
    );
    expect(code).toBe(2);
  });
});

test('JSON says what was done', async () => {
  const { ask, api, configFile } = await withList();
  const { out } = await ask(['peer-list', 'add', 'branches', '192.0.2.0/30', '-o', 'json']);
  expect(JSON.parse(out)).toEqual({
    schema: 1,
    action: 'add',
    list: 'branches',
    address: '192.0.2.0/30',
    file: configFile,
    changed: true,
    reload: await api.reloading(),
    running: true,
  });
});

describe('what is refused leaves the file as it was', () => {
  test.each([
    [['add', 'branches', '2001:db8::1'], "'2001:db8::1' is ipv6, but peer list 'branches' is ipv4", 2],
    [['add', 'branches', 'moon'], "'moon' is not an address", 2],
    [['add', 'branch', '192.0.2.3'], "there is no peer list 'branch'", 2],
    [['set', 'branches', '192.0.2.3'], 'a peer list is changed by add or remove', 2],
    [['add', 'branches', '192.0.2.3', '192.0.2.4'], 'a peer list is changed by add or remove', 2],
    [['add', 'branches'], 'a peer list is changed by add or remove', 2],
  ])('%j', async (args, message, expected) => {
    const { ask, api, text } = await withList();
    const before = text();
    const { code, err } = await ask(['peer-list', ...args]);
    expect(err).toContain(message);
    expect([code, text(), api.calls]).toEqual([expected, before, []]);
  });

  test('a result that the check refuses is not written', async () => {
    const lists = `limits: { peers-per-list: 2 }\n${LISTS}`;
    const { ask, api, text } = await withList(lists);
    const before = text();
    const { code, err } = await ask(['peer-list', 'add', 'branches', '192.0.2.3']);
    expect(err).toMatch(
      /afteryou\.yaml:13:9: peer list 'branches' has 3 addresses, at most 2 are allowed\n {4}Split the list, or set/,
    );
    expect([code, text(), api.calls]).toEqual([78, before, []]);
  });

  test('a peer that has settings of its own is not removed from under them', async () => {
    const { ask, text, configFile } = await withList();
    writeFileSync(
      configFile,
      text().replace(
        '{ all: {} }',
        '{ all: { peer-list: branches, peers: { 192.0.2.2: { settle-hold: 2 } } } }',
      ),
    );
    const { code, err } = await ask(['peer-list', 'remove', 'branches', '192.0.2.2']);
    expect(err).toContain("192.0.2.2 is not in peer list 'branches'");
    expect(code).toBe(78);
    expect(text()).toContain('- 192.0.2.2\n');
  });

  test('with strict-cisco, while a service refers to the list', async () => {
    const { ask, api, text, configFile } = await withList();
    writeFileSync(
      configFile,
      text()
        .replace('version: 1', 'version: 1\nstrict-cisco: true')
        .replace('{ all: {} }', '{ all: { peer-list: branches } }'),
    );
    const before = text();
    const { code, err } = await ask(['peer-list', 'add', 'branches', '192.0.2.3']);
    expect(err).toMatch(
      /afteryou\.yaml:9:5: peer list 'branches' can't be changed \(192\.0\.2\.3 would come\) while service 'all' refers to it\n/,
    );
    expect([code, text(), api.calls]).toEqual([78, before, []]);
  });

  test('a file that the daemon refuses is put back', async () => {
    const { ask, api, text } = await withList();
    const before = text();
    const issue = {
      file: 'x',
      line: 1,
      column: 1,
      path: '',
      code: 'strict-cisco',
      message: 'not now',
      remedy: 'Later.',
    } as const;
    api.reloading = () => Promise.reject(new ConfigError([issue]));
    const { code, err } = await ask(['peer-list', 'add', 'branches', '192.0.2.3']);
    expect(err).toContain('x:1:1: not now\n    Later.\n');
    expect([code, text()]).toEqual([78, before]);
  });

  test('but not when the daemon failed for another reason: it may have taken it over', async () => {
    const { ask, api, text } = await withList();
    api.reloading = () => Promise.reject(new AfteryouError('VICI_TIMEOUT', 'charon is slow'));
    const { code } = await ask(['peer-list', 'add', 'branches', '192.0.2.3']);
    expect(text()).toContain('192.0.2.3');
    expect(code).toBe(69);
  });
});
