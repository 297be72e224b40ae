/** What charon shows, alone and beside the files: with a charon that speaks VICI. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DoctorOptions, examine } from '../../../src/doctor/doctor.ts';
import type { MessageInput } from '../../../src/vici/index.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';
import { codesOf, type Host, write } from './helpers.ts';

/** As the clean host's file loads: connection `a`, with changes. */
function listed(name: string, address: string, change: MessageInput = {}): MessageInput {
  return {
    [name]: {
      local_addrs: ['203.0.113.1'],
      remote_addrs: [address],
      version: 'IKEv2',
      reauth_time: '0',
      rekey_time: '18000',
      unique: 'UNIQUE_NEVER',
      dpd_delay: '20',
      'local-1': { class: 'pre-shared key', id: 'hub' },
      'remote-1': { class: 'pre-shared key', id: name },
      children: { net: { mode: 'TUNNEL', rekey_time: '3600', dpd_action: 'none', close_action: 'none' } },
      ...change,
    },
  };
}

const CLEAN_LISTS = [listed('a', '192.0.2.1'), listed('b', '192.0.2.2')];

async function diagnose(
  connections: readonly MessageInput[],
  {
    traps = [],
    idle = 6,
    threads = 16,
    host = {},
    without = [],
  }: {
    readonly traps?: readonly MessageInput[];
    readonly idle?: number;
    readonly threads?: number;
    readonly host?: Partial<Host>;
    readonly without?: readonly (keyof DoctorOptions)[];
  } = {},
) {
  const charon = await FakeCharon.start();
  onTestFinished(() => charon.stop());
  charon.on('version', () => ({ daemon: 'charon-systemd', version: '5.9.8' }));
  charon.on('stats', () => ({ workers: { total: String(threads), idle: String(idle), active: {} } }));
  charon.onStream('list-conns', 'list-conn', () => connections);
  charon.onStream('list-policies', 'list-policy', () => traps);
  const files = write(host);
  const changes = without.map((key) => [key, '/nonexistent/file']);
  return examine({ ...files, asksCharon: true, viciSocket: charon.path, ...Object.fromEntries(changes) });
}

test('a clean charon with the files that it was loaded from', async () => {
  const { findings, seen, unseen } = await diagnose(CLEAN_LISTS);
  expect(findings).toEqual([]);
  expect(seen).toContain('charon 5.9.8: 2 connections');
  expect(unseen).toEqual([]);
});

describe('charon alone, no file being readable', () => {
  const without = ['swanctlFile', 'strongswanFile'] as const;
  const found = async (change: MessageInput, more: object = {}) =>
    (await diagnose([listed('a', '192.0.2.1', change)], { without, ...more })).findings;

  test('nothing is claimed of what it does not show', async () => {
    const { findings, unseen } = await diagnose(CLEAN_LISTS, { without });
    expect(findings).toEqual([]);
    expect(unseen).toHaveLength(2);
  });

  test.each([
    ['unique-policy', { unique: 'UNIQUE_REPLACE' }, 'unique = replace (by default)'],
    ['dpd-off', { dpd_delay: undefined }, 'dpd_delay = 0 (by default)'],
    ['wildcard-first', { remote_addrs: ['%any', '192.0.2.1'] }, 'remote_addrs = %any, 192.0.2.1'],
    ['no-child', { children: {} }, 'the connection has no child'],
    [
      'dpd-action',
      { children: { net: { mode: 'TUNNEL', dpd_action: 'start', close_action: 'none' } } },
      'dpd_action = start',
    ],
    [
      'close-action',
      { children: { net: { mode: 'TUNNEL', dpd_action: 'none', close_action: 'trap' } } },
      'close_action = trap',
    ],
  ])('%s', async (code, change, what) => {
    expect(await found(change)).toMatchObject([{ code, what, place: null }]);
  });

  test('trap-policy', async () => {
    const traps = [{ 'a/net': { child: 'net', ike: 'a', mode: 'TUNNEL' } }];
    expect(await found({}, { traps })).toMatchObject([{ code: 'trap-policy', subjects: ['a/net'] }]);
    const foreign = [{ 'z/net': { child: 'net', ike: 'z', mode: 'TUNNEL' } }];
    expect(await found({}, { traps: foreign })).toEqual([]);
  });

  test('busy-workers: with one idle thread, not with two', async () => {
    expect(await found({}, { idle: 1 })).toMatchObject([
      { code: 'busy-workers', what: '1 of 16 threads of charon are idle' },
    ]);
    expect(await found({}, { idle: 2 })).toEqual([]);
  });

  test('threads: by charon’s own count where its settings can’t be read', async () => {
    expect(await found({}, { threads: 15 })).toMatchObject([
      { code: 'threads', what: 'charon runs with 15 threads', write: 'threads = 16' },
    ]);
    // Its settings, which are read, say 16.
    expect((await diagnose(CLEAN_LISTS, { threads: 15 })).findings).toEqual([]);
  });

  test('equal-content and two-connections', async () => {
    const twin = { 'remote-1': { class: 'pre-shared key', id: 'a' } };
    const equal = await diagnose([listed('a', '192.0.2.1'), listed('twin', '192.0.2.1', twin)], { without });
    expect(codesOf(equal.findings)).toEqual(['equal-content']);
    expect(equal.findings[0]?.subjects).toEqual(['a', 'twin']);
    const two = await diagnose([listed('a', '192.0.2.1'), listed('b', '192.0.2.1')], { without });
    expect(codesOf(two.findings)).toEqual(['two-connections']);
  });
});

describe('charon beside the files', () => {
  test('what it shows counts, the file says where', async () => {
    const swanctl =
      'connections { a { unique = keep\n version = 2\n local_addrs = 203.0.113.1\n remote_addrs = 192.0.2.1\n dpd_delay = 20\n rekey_time = 5h\n children { net { } } } }\n';
    const { findings } = await diagnose([listed('a', '192.0.2.1', { unique: 'UNIQUE_KEEP' })], {
      host: { swanctl },
    });
    expect(findings).toMatchObject([{ code: 'unique-policy', place: { line: 1 } }]);
    const mended = await diagnose([listed('a', '192.0.2.1')], { host: { swanctl } });
    expect(mended.findings).toMatchObject([
      {
        code: 'not-loaded',
        what: 'charon has other values than the file: unique',
        write: 'swanctl --load-conns',
        subjects: ['a'],
      },
    ]);
  });

  test('not-loaded: a connection that charon does not have', async () => {
    const { findings } = await diagnose(CLEAN_LISTS.slice(0, 1));
    expect(findings).toMatchObject([
      { code: 'not-loaded', what: 'the file has the connection, charon has not', subjects: ['b'] },
    ]);
  });

  test('a trap that the file tells of is told once', async () => {
    const swanctl =
      'connections { a { unique = never\n version = 2\n local_addrs = 203.0.113.1\n remote_addrs = 192.0.2.1\n dpd_delay = 20\n rekey_time = 5h\n children { net { start_action = trap\n } } } }\n';
    const traps = [{ 'a/net': { child: 'net', ike: 'a', mode: 'TUNNEL' } }];
    const { findings } = await diagnose([listed('a', '192.0.2.1')], { host: { swanctl }, traps });
    expect(codesOf(findings)).toEqual(['start-action']);
  });

  test('charon-silent: the files are examined all the same', async () => {
    const files = { ...write({ strongswan: '' }), asksCharon: true };
    expect(codesOf((await examine(files)).findings)).toEqual(['charon-silent', 'retransmission']);
  });

  test('without charon and without its file nothing is known, which is an error', async () => {
    const files = { ...write(), asksCharon: true, swanctlFile: '/nonexistent/swanctl.conf' };
    await expect(examine(files)).rejects.toMatchObject({ code: 'VICI_CLOSED' });
    await expect(examine({ ...files, asksCharon: false })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
    });
  });
});
