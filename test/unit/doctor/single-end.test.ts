/** Each finding at one end, by files alone: with the sin, and without it just beside the limit. */
import { describe, expect, test } from 'vitest';
import { packetsWithin } from '../../../src/doctor/checks/daemon.ts';
import type { FindingCode } from '../../../src/doctor/codes.ts';
import { CLEAN, codesOf, connection, findingsIn, type Host } from './helpers.ts';

test('a clean host has no finding', async () => {
  expect(await findingsIn({})).toEqual([]);
});

/** One connection `a`, changed. */
const one = (more: string, child = ''): Partial<Host> => ({
  swanctl: `connections {${connection('a', '192.0.2.1', more, child)}}\n`,
});
const list = (...addresses: readonly string[]): string =>
  `version: 1\npeer-lists: { l: { family: ipv4, addresses: [${addresses.join(', ')}] } }\nservices: { s: { peer-list: l } }\n`;
const charon = (...lines: readonly string[]): Partial<Host> => ({
  strongswan: CLEAN.strongswan.replace('}\n', `${lines.map((line) => `  ${line}\n`).join('')}}\n`),
});
/** So many connections; at addresses of their own, or all at one. */
const many = (count: number, address?: string): Partial<Host> => ({
  swanctl: `connections {${Array.from({ length: count }, (_, index) =>
    connection(
      `p${index}`,
      address ?? `198.18.${index >> 8}.${index & 255}`,
      `local_addrs = 203.0.113.${index % 250}`,
    ),
  ).join('')}}\n`,
});
const responderOnly = 'version: 1\nservices: { all: { policy: responder-only } }\n';
const quiet = 'rekey_time = 0';

/** code, with it, what is found at which line, without it. */
const SINS: readonly (readonly [FindingCode, Partial<Host>, string, Partial<Host>])[] = [
  ['settings-syntax', { swanctl: 'connections {\n  a {\n' }, 'a section is not closed: } is missing', {}],
  ['config-invalid', { config: 'version: 2\n' }, "'2' is not possible for 'version'", {}],
  [
    'no-connection',
    { config: list('192.0.2.1', '192.0.2.9') },
    'no connection for a peer of service s',
    { config: list('192.0.2.1', '192.0.2.2') },
  ],
  [
    'no-child',
    { swanctl: 'connections { a {\n unique = never\n dpd_delay = 20s\n remote_addrs = 192.0.2.1\n } }\n' },
    'the connection has no child',
    {},
  ],
  ['start-action', one('', 'start_action = start'), 'start_action = start', one('', 'start_action = none')],
  ['start-action', one('', 'start_action = trap|start'), 'start_action = trap|start', one('')],
  ['dpd-action', one('', 'dpd_action = restart'), 'dpd_action = start', one('', 'dpd_action = clear')],
  ['close-action', one('', 'close_action = trap'), 'close_action = trap', one('', 'close_action = none')],
  ['keyingtries', one('keyingtries = 0'), 'keyingtries = 0', one('keyingtries = 1')],
  ['keyingtries', one('keyingtries = 2'), 'keyingtries = 2', one('')],
  ['unique-policy', one('unique = replace'), 'unique = replace', one('unique = never')],
  ['unique-policy', one('unique ='), 'unique = no (by default)', one('')],
  ['dpd-off', one('dpd_delay = 0s'), 'dpd_delay = 0', one('dpd_delay = 1s')],
  ['dpd-off', one('dpd_delay ='), 'dpd_delay = 0 (by default)', one('')],
  [
    'wildcard-first',
    one('remote_addrs = %any, 192.0.2.1'),
    'remote_addrs = %any, 192.0.2.1',
    one('remote_addrs = 192.0.2.1, %any'),
  ],
  [
    'wildcard-first',
    one('remote_addrs = 192.0.2.0/24, 192.0.2.1'),
    'remote_addrs = 192.0.2.0/24, 192.0.2.1',
    one('remote_addrs = %any'),
  ],
  [
    'equal-content',
    { swanctl: `connections {${connection('a', '192.0.2.1')}\n  twin : connections.a { }\n}\n` },
    'a, twin have equal content under 2 names',
    {},
  ],
  [
    'two-connections',
    { swanctl: `connections {${connection('a', '192.0.2.1')}${connection('b', '192.0.2.1')}}\n` },
    'a, b all lead to 192.0.2.1',
    {
      swanctl: `connections {${connection('a', '192.0.2.1')}${connection('b', '192.0.2.1', 'local_addrs = 203.0.113.2')}}\n`,
    },
  ],
  [
    'rekey-responder-only',
    { ...one(''), config: responderOnly },
    'rekey_time = 18000s',
    { ...one(quiet, quiet), config: responderOnly },
  ],
  [
    'rekey-responder-only',
    { ...one(quiet), config: responderOnly },
    'rekey_time = 3600s (by default)',
    one(quiet),
  ],
  [
    'rekey-responder-only',
    { ...one(`${quiet}\n reauth_time = 1h`, quiet), config: responderOnly },
    'reauth_time = 3600s',
    one(`${quiet}\n reauth_time = 1h`, quiet),
  ],
  [
    'aggressive-mode',
    one('version = 1\n aggressive = yes'),
    'aggressive = yes',
    one('version = 2\n aggressive = yes'),
  ],
  [
    'aggressive-mode',
    charon('i_dont_care_about_security_and_use_aggressive_mode_psk = yes'),
    'i_dont_care_about_security_and_use_aggressive_mode_psk = yes',
    charon('i_dont_care_about_security_and_use_aggressive_mode_psk = no'),
  ],
  ['cookie-threshold', many(31), 'cookie_threshold = 30 (by default)', many(30)],
  [
    'cookie-threshold',
    { ...many(31), ...charon('cookie_threshold = 30') },
    'cookie_threshold = 30',
    { ...many(31), ...charon('cookie_threshold = 31') },
  ],
  [
    'cookie-threshold',
    { ...many(31), ...charon('dos_protection = yes') },
    'cookie_threshold = 30 (by default)',
    { ...many(31), ...charon('dos_protection = no') },
  ],
  ['cookie-threshold', many(4, '%any'), 'cookie_threshold_ip = 3 (by default)', many(3, '%any')],
  ['block-threshold', many(6, '192.0.2.1'), 'block_threshold = 5 (by default)', many(5, '192.0.2.1')],
  ['ike-limits', charon('ikesa_limit = 3'), 'ikesa_limit = 3', charon('ikesa_limit = 4')],
  [
    'ike-limits',
    charon('init_limit_half_open = 3'),
    'init_limit_half_open = 3',
    charon('init_limit_half_open = 0'),
  ],
  [
    'retransmission',
    { strongswan: '' },
    '2 packets of a call leave in an initiator mode of 10 s (retransmit_timeout = 4, retransmit_base = 1.8, retransmit_tries = 5)',
    charon('retransmit_timeout = 3\n retransmit_base = 1.8'),
  ],
  [
    'retransmission',
    charon('retransmit_tries = 1'),
    '2 packets of a call leave in an initiator mode of 10 s (retransmit_timeout = 2, retransmit_base = 1.3, retransmit_tries = 1)',
    { ...charon('retransmit_tries = 1'), config: responderOnly, ...one(quiet, quiet) },
  ],
  ['threads', charon('threads = 15'), 'threads = 15', charon('threads = 16')],
  [
    'ikesa-table',
    { ...many(101), ...charon('cookie_threshold = 0', 'ikesa_table_segments = 16', 'ikesa_table_size = 25') },
    'ikesa_table_size = 25',
    { ...many(101), ...charon('cookie_threshold = 0', 'ikesa_table_segments = 16', 'ikesa_table_size = 26') },
  ],
  [
    'ikesa-table',
    { ...many(101), ...charon('cookie_threshold = 0', 'ikesa_table_size = 128') },
    'ikesa_table_segments = 1 (by default)',
    { ...many(100), ...charon('cookie_threshold = 0') },
  ],
  ['reuse-ikesa', charon('reuse_ikesa = no'), 'reuse_ikesa = no', charon('reuse_ikesa = yes')],
  ['initiator-only', charon('initiator_only = yes'), 'initiator_only = yes', charon('initiator_only = no')],
];

describe.each(SINS)('%s', (code, sinful, what, innocent) => {
  test(`is found: ${what}`, async () => {
    const found = (await findingsIn(sinful)).filter((finding) => finding.code === code);
    expect(found.map((finding) => finding.what)).toContain(what);
    for (const { why, write } of found) expect(`${why} | ${write}`).toMatch(/^[A-Z]?.{20,}\. \| .{3,}/s);
  });

  test('is not found beside the limit', async () => {
    expect(codesOf(await findingsIn(innocent))).not.toContain(code);
  });
});

describe('a finding', () => {
  test('names the line, also of an include and of a template', async () => {
    const swanctl = `include *.inc\nconnections {${connection('a', '192.0.2.1').replace('a {', 'a : base {')}}\n`;
    const [finding, ...others] = await findingsIn(
      { swanctl },
      { 'base.inc': 'base {\n  # forever\n  keyingtries = 0\n}\n' },
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: 'keyingtries',
      subjects: ['a'],
      write: 'keyingtries = 1',
      place: { line: 3, column: 3 },
    });
    expect(finding?.place?.file).toMatch(/base\.inc$/);
  });

  test('is one for all connections that share the line', async () => {
    const host = many(40);
    const swanctl = `base { keyingtries = 0 }\n${host.swanctl?.replaceAll(/ (p\d+) \{/g, ' $1 : base {')}`;
    const found = (await findingsIn({ swanctl })).filter(({ code }) => code === 'keyingtries');
    expect(found).toHaveLength(1);
    expect(found[0]?.subjects).toHaveLength(40);
  });

  test('is about connections that are peers of ours', async () => {
    const config = 'version: 1\nservices: { s: { connections: b } }\n';
    const swanctl = CLEAN.swanctl.replace('unique = never', 'unique = keep');
    expect(await findingsIn({ config, swanctl })).toEqual([]);
    expect(codesOf(await findingsIn({ swanctl }))).toEqual(['unique-policy']);
  });

  test('of a bypass is none', async () => {
    const bypass =
      'bypass { unique = no\n remote_addrs = 127.0.0.1\n children { lan { mode = pass\n start_action = trap\n } } }\n';
    expect(
      await findingsIn({ swanctl: CLEAN.swanctl.replace('connections {', `connections { ${bypass}`) }),
    ).toEqual([]);
  });
});

describe('packetsWithin', () => {
  const defaults = { timeout: 4, base: 1.8, tries: 5, limit: 0 };

  test.each([
    [10_000, defaults, 2],
    // 4.0 and 11.2 s: the third leaves when the window ends, or just before.
    [11_200, defaults, 2],
    [11_201, defaults, 3],
    [250_000, defaults, 6],
    [250_000, { ...defaults, tries: 0 }, 1],
    [10_000, { ...defaults, limit: 2 }, 5],
    [5_000, { ...defaults, timeout: 1, base: 1.3 }, 4],
  ])('%i ms of %j: %i', (windowMs, settings, packets) => {
    expect(packetsWithin(windowMs, settings)).toBe(packets);
  });

  test('the advice heeds itself', async () => {
    for (const seconds of [5, 10, 20, 60]) {
      const config = `version: 1\nservices: { all: { initiator-mode-duration: ${seconds} } }\n`;
      const [finding] = await findingsIn({ config, strongswan: 'charon { retransmit_timeout = 100 }' });
      const strongswan = `charon {\n${finding?.write.replaceAll(', ', '\n')}\n}\n`;
      expect(await findingsIn({ config, strongswan })).toEqual([]);
    }
  });
});
