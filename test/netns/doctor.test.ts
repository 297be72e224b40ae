/**
 * The doctor beside a real charon: one with nothing wrong, and one with every sin that a running charon can have.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

import type { FindingCode } from '../../src/doctor/codes.ts';
import type { Finding } from '../../src/doctor/findings.ts';
import type { Charon } from './lab/charon.ts';
import { afteryouExecutable } from './lab/checkout.ts';
import { tryRun } from './lab/command.ts';
import { type ConnectionOptions, connectionBetween } from './lab/connection.ts';
import { scenario } from './lab/scenario.ts';
import type { Settings } from './lab/settings-text.ts';
import { twoCharons } from './lab/two-charons.ts';

interface Examined {
  readonly code: number;
  readonly findings: readonly Finding[];
  readonly unseen: readonly string[];
}

/** Runs `afteryou doctor` over the files and the socket of a charon. */
async function doctor(charon: Charon, config: string, ...more: readonly string[]): Promise<Examined> {
  const directory = dirname(charon.viciSocket);
  const configFile = join(directory, 'afteryou.yaml');
  writeFileSync(configFile, `version: 1\n${config}\n`);
  const files = {
    '--vici': charon.viciSocket,
    '--swanctl': join(directory, 'swanctl.conf'),
    '--strongswan': join(directory, 'strongswan.conf'),
  };
  const args = ['doctor', '-o', 'json', '-c', configFile, ...Object.entries(files).flat(), ...more];
  const { code, stdout } = await tryRun([process.execPath, afteryouExecutable(), ...args]);
  return { code, ...JSON.parse(stdout) };
}

const codesOf = ({ findings }: Examined): FindingCode[] => [...new Set(findings.map(({ code }) => code))];

scenario(
  'doctor-clean',
  'Two plain charons: the doctor finds nothing at either, and nothing between them.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const all = 'services: { all: { connections: "*" } }';
    expect(await doctor(moon, all)).toMatchObject({ code: 0, findings: [], unseen: [] });
    expect(await doctor(sun, all)).toMatchObject({ code: 0, findings: [] });
    const other = join(dirname(sun.viciSocket), 'swanctl.conf');
    expect(await doctor(moon, all, '--pair', other)).toMatchObject({ code: 0, findings: [] });
    // Both only answer: that is dead.
    const passive = 'services: { all: { policy: responder-only } }';
    const dead = await doctor(moon, passive, '--pair', other);
    expect([dead.code, codesOf(dead)]).toEqual([1, ['pair-both-passive']]);
    // Killed, it is silent.
    await moon.kill();
    expect(codesOf(await doctor(moon, all))).toEqual(['charon-silent']);
  },
);

const CONFIG = `
peer-lists: { l: { family: ipv4, addresses: [198.51.100.77] } }
services:
  hub: { policy: responder-only, connections: "hub-*" }
  listed: { peer-list: l, connections: "listed-*" }
  all: { connections: ["sin-*", "many-*"] }
`;

/** What each connection has beside the plain settings of the lab. */
const SINS: Readonly<Record<string, Pick<ConnectionOptions, 'settings' | 'children'>>> = {
  'hub-rekeys': { settings: { rekey_time: '4h' } },
  'sin-trap': { children: { net: { start_action: 'trap' } } },
  'sin-dpd': { children: { net: { dpd_action: 'restart' } } },
  'sin-close': { children: { net: { close_action: 'start' } } },
  'sin-tries': { settings: { keyingtries: 0 } },
  'sin-unique': { settings: { unique: 'replace' } },
  'sin-no-dpd': { settings: { dpd_delay: null } },
  'sin-wildcard': { settings: { remote_addrs: ['%any', '198.51.100.9'] } },
  'sin-no-child': { children: {} },
  'sin-aggressive': { settings: { version: 1, aggressive: true } },
  'sin-twin-a': {},
  'sin-twin-b': {},
};

const OPTIONS: Settings = {
  threads: 12,
  cookie_threshold: 20,
  block_threshold: 2,
  ikesa_limit: 50,
  ikesa_table_size: 1,
  reuse_ikesa: false,
  initiator_only: true,
  retransmit_tries: 1,
};

scenario(
  'doctor-every-sin',
  'A charon with every sin: each is found, with the connection, and the line in the file.',
  async (lab) => {
    const moon = await lab.charon(lab.moon, { settings: OPTIONS });
    const connections = Object.entries(SINS).map(([name, options]) =>
      connectionBetween(lab.moon, lab.sun, { name, ...options }),
    );
    const many = Array.from({ length: 101 }, (_, index) =>
      connectionBetween(lab.moon, lab.sun, {
        name: `many-${index}`,
        settings: { remote_addrs: `198.18.9.${index}` },
      }),
    );
    await moon.load([...connections, ...many]);
    const file = join(dirname(moon.viciSocket), 'swanctl.conf');
    appendFileSync(file, 'connections {\n  sin-late { remote_addrs = 198.51.100.10 }\n}\n');

    const examined = await doctor(moon, CONFIG);
    expect(examined.code).toBe(1);
    const expected: readonly FindingCode[] = [
      'aggressive-mode',
      'block-threshold',
      'close-action',
      'cookie-threshold',
      'dpd-action',
      'dpd-off',
      'equal-content',
      'ike-limits',
      'ikesa-table',
      'initiator-only',
      'keyingtries',
      'no-child',
      'no-connection',
      'not-loaded',
      'rekey-responder-only',
      'retransmission',
      'reuse-ikesa',
      'start-action',
      'threads',
      'two-connections',
      'unique-policy',
      'wildcard-first',
    ];
    expect(codesOf(examined).toSorted()).toEqual(expected);
    const subjects = (code: FindingCode) => examined.findings.find((one) => one.code === code)?.subjects;
    expect(subjects('start-action')).toEqual(['sin-trap/net']);
    expect(subjects('dpd-action')).toEqual(['sin-dpd/net']);
    expect(subjects('close-action')).toEqual(['sin-close/net']);
    expect(subjects('keyingtries')).toEqual(['sin-tries']);
    expect(subjects('unique-policy')).toEqual(['sin-unique']);
    expect(subjects('dpd-off')).toEqual(['sin-no-dpd']);
    expect(subjects('wildcard-first')).toEqual(['sin-wildcard']);
    expect(subjects('no-child')).toEqual(['sin-no-child']);
    expect(subjects('no-connection')).toEqual(['198.51.100.77']);
    expect(subjects('not-loaded')).toEqual(['sin-late']);
    expect(examined.findings.find(({ code }) => code === 'keyingtries')?.place).toMatchObject({ file });

    // Without the file charon's own lists still show the trap.
    const live = await doctor(moon, CONFIG, '--swanctl', '/nonexistent/swanctl.conf');
    const trap = live.findings.find(({ code }) => code === 'trap-policy');
    expect(trap?.subjects).toEqual(['sin-trap/net']);
    expect(codesOf(live)).not.toContain('keyingtries');
  },
);
