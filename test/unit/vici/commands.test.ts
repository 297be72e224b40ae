/** What each typed command sends, and what it makes of the answer. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as vici from '../../../src/vici/index.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';

let charon: FakeCharon;
let session: vici.Session;

beforeEach(async () => {
  charon = await FakeCharon.start();
  session = await vici.Session.connect(charon.address);
});

afterEach(async () => {
  session.close();
  await charon.stop();
});

/** A message as nested arrays, in order. */
function plain(section: vici.Section | undefined): unknown[] {
  return (section?.entries ?? []).map((entry) => {
    if (entry.kind === 'section') return [entry.name, plain(entry)];
    return [entry.name, entry.kind === 'list' ? entry.items : entry.value];
  });
}

type Call = (session: vici.Session) => Promise<unknown>;

const COMMANDS: [command: string, call: Call, sent: unknown[], answer: vici.MessageInput, result: unknown][] =
  [
    ['reload-settings', (s) => vici.reloadSettings(s), [], { success: true }, undefined],
    [
      'initiate',
      (s) => vici.initiate(s, { ike: 'gw', child: 'net' }),
      [
        ['child', 'net'],
        ['ike', 'gw'],
        ['timeout', '-1'],
      ],
      { success: true },
      undefined,
    ],
    [
      'initiate',
      (s) => vici.initiate(s, { ike: 'gw', initLimits: true }, { waitMs: 500 }),
      [
        ['ike', 'gw'],
        ['timeout', '500'],
        ['init-limits', 'yes'],
      ],
      { success: true },
      undefined,
    ],
    [
      'terminate',
      (s) => vici.terminate(s, { ikeId: '7' }),
      [
        ['ike-id', '7'],
        ['timeout', '-1'],
      ],
      { success: true, matches: 1, terminated: 1 },
      { matches: 1, terminated: 1 },
    ],
    [
      'terminate',
      (s) => vici.terminate(s, { ike: 'gw', child: 'net', childId: '3', force: true }, { waitMs: 100 }),
      [
        ['ike', 'gw'],
        ['child', 'net'],
        ['child-id', '3'],
        ['force', 'yes'],
        ['timeout', '100'],
      ],
      { success: true, matches: 2 },
      { matches: 2, terminated: 0 },
    ],
    [
      'rekey',
      (s) => vici.rekey(s, { ikeId: '7', reauth: true }),
      [
        ['ike-id', '7'],
        ['reauth', 'yes'],
      ],
      { success: true, matches: 1 },
      1,
    ],
    [
      'redirect',
      (s) => vici.redirect(s, { peerIp: '192.0.2.0/24', peerId: '*', gateway: '198.51.100.1' }),
      [
        ['peer-ip', '192.0.2.0/24'],
        ['peer-id', '*'],
        ['gateway', '198.51.100.1'],
      ],
      { success: true, matches: 4 },
      4,
    ],
    ['install', (s) => vici.install(s, { child: 'net' }), [['child', 'net']], { success: true }, undefined],
    [
      'uninstall',
      (s) => vici.uninstall(s, { child: 'net', ike: 'gw' }),
      [
        ['child', 'net'],
        ['ike', 'gw'],
      ],
      { success: true },
      undefined,
    ],
    ['get-conns', (s) => vici.getConns(s), [], { conns: ['a', 'b'] }, ['a', 'b']],
    ['get-authorities', (s) => vici.getAuthorities(s), [], { authorities: [] }, []],
    [
      'load-conn',
      (s) =>
        vici.loadConn(s, 'gw', {
          version: 2,
          remote_addrs: ['192.0.2.1'],
          unique: 'never',
          mobike: false,
          local: { auth: 'psk', id: 'me' },
          children: { net: { remote_ts: ['10.0.0.0/8'], start_action: 'trap' } },
        }),
      [
        [
          'gw',
          [
            ['version', '2'],
            ['remote_addrs', ['192.0.2.1']],
            ['unique', 'never'],
            ['mobike', 'no'],
            [
              'local',
              [
                ['auth', 'psk'],
                ['id', 'me'],
              ],
            ],
            [
              'children',
              [
                [
                  'net',
                  [
                    ['remote_ts', ['10.0.0.0/8']],
                    ['start_action', 'trap'],
                  ],
                ],
              ],
            ],
          ],
        ],
      ],
      { success: true },
      undefined,
    ],
    ['unload-conn', (s) => vici.unloadConn(s, 'gw'), [['name', 'gw']], { success: true }, undefined],
    [
      'load-authority',
      (s) => vici.loadAuthority(s, 'ca', { cacert: 'PEM', crl_uris: ['http://crl.example.net'] }),
      [
        [
          'ca',
          [
            ['cacert', 'PEM'],
            ['crl_uris', ['http://crl.example.net']],
          ],
        ],
      ],
      { success: true },
      undefined,
    ],
    [
      'unload-authority',
      (s) => vici.unloadAuthority(s, 'ca'),
      [['name', 'ca']],
      { success: true },
      undefined,
    ],
    [
      'load-pool',
      (s) => vici.loadPool(s, 'p', { addrs: '10.3.0.0/24', dns: ['10.0.0.1'] }),
      [
        [
          'p',
          [
            ['addrs', '10.3.0.0/24'],
            ['dns', ['10.0.0.1']],
          ],
        ],
      ],
      { success: true },
      undefined,
    ],
    ['unload-pool', (s) => vici.unloadPool(s, 'p'), [['name', 'p']], { success: true }, undefined],
    [
      'get-pools',
      (s) => vici.getPools(s, { leases: true }),
      [['leases', 'yes']],
      {
        p: {
          base: '10.3.0.1',
          size: 254,
          online: 1,
          offline: 0,
          leases: { '0': { address: '10.3.0.1', identity: 'carol', status: 'online' } },
        },
      },
      [
        {
          name: 'p',
          base: '10.3.0.1',
          size: 254,
          online: 1,
          offline: 0,
          leases: [{ address: '10.3.0.1', identity: 'carol', status: 'online' }],
        },
      ],
    ],
    [
      'load-cert',
      (s) => vici.loadCert(s, { type: 'X509', flag: 'CA', data: 'PEM' }),
      [
        ['type', 'X509'],
        ['flag', 'CA'],
        ['data', 'PEM'],
      ],
      { success: true },
      undefined,
    ],
    [
      'load-key',
      (s) => vici.loadKey(s, { type: 'any', data: Buffer.from('DER') }),
      [
        ['type', 'any'],
        ['data', 'DER'],
      ],
      { success: true, id: 'abcd' },
      'abcd',
    ],
    ['unload-key', (s) => vici.unloadKey(s, 'abcd'), [['id', 'abcd']], { success: true }, undefined],
    ['get-keys', (s) => vici.getKeys(s), [], { keys: ['abcd'] }, ['abcd']],
    [
      'load-token',
      (s) => vici.loadToken(s, { handle: '01', slot: 2, module: 'm', pin: '1234' }),
      [
        ['handle', '01'],
        ['slot', '2'],
        ['module', 'm'],
        ['pin', '1234'],
      ],
      { success: true, id: 'ef' },
      'ef',
    ],
    [
      'load-shared',
      (s) => vici.loadShared(s, { id: 'psk', type: 'IKE', data: 'secret', owners: ['me', 'you'] }),
      [
        ['id', 'psk'],
        ['type', 'IKE'],
        ['data', 'secret'],
        ['owners', ['me', 'you']],
      ],
      { success: true },
      undefined,
    ],
    ['unload-shared', (s) => vici.unloadShared(s, 'psk'), [['id', 'psk']], { success: true }, undefined],
    ['get-shared', (s) => vici.getShared(s), [], { keys: ['psk'] }, ['psk']],
    [
      'flush-certs',
      (s) => vici.flushCerts(s, { type: 'X509_CRL' }),
      [['type', 'X509_CRL']],
      { success: true },
      undefined,
    ],
    ['clear-creds', (s) => vici.clearCreds(s), [], { success: true }, undefined],
    [
      'get-algorithms',
      (s) => vici.getAlgorithms(s),
      [],
      { encryption: { AES_CBC: 'aes' }, hasher: {} },
      new Map([
        ['encryption', new Map([['AES_CBC', 'aes']])],
        ['hasher', new Map()],
      ]),
    ],
    [
      'get-counters',
      (s) => vici.getCounters(s, { all: true }),
      [['all', 'yes']],
      { counters: { '': { 'invalid-spi': 3 }, gw: { 'ike-init-in-req': 5 } }, success: true },
      new Map([
        ['', new Map([['invalid-spi', 3]])],
        ['gw', new Map([['ike-init-in-req', 5]])],
      ]),
    ],
    [
      'reset-counters',
      (s) => vici.resetCounters(s, { name: 'gw' }),
      [['name', 'gw']],
      { success: true },
      undefined,
    ],
  ];

test.each(COMMANDS)('%s', async (command, call, sent, answer, result) => {
  charon.on(command, () => answer);
  expect(await call(session)).toEqual(result);
  expect(charon.seen(command).map(plain)).toEqual([sent]);
});

test.each(COMMANDS.filter(([, , , answer]) => answer['success'] === true))(
  '%s refused',
  async (command, call) => {
    charon.on(command, () => ({ success: 'no', errmsg: 'because' }));
    await expect(call(session)).rejects.toEqual(
      expect.objectContaining({ code: 'VICI_COMMAND_FAILED', command, errmsg: 'because' }),
    );
  },
);

test('nobody can ask charon to wait for ever', async () => {
  await expect(vici.initiate(session, { ike: 'gw' }, { waitMs: 0 })).rejects.toThrow(RangeError);
  await expect(vici.terminate(session, { ike: 'gw' }, { waitMs: -1 })).rejects.toThrow(RangeError);
  await session.request('version');
  expect(charon.requests).toHaveLength(1);
});

test('if charon is told to wait, we wait longer than it does', async () => {
  charon.on('initiate', async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return { success: true };
  });
  await expect(vici.initiate(session, { ike: 'gw' }, { waitMs: 1 })).resolves.toBeUndefined();
});

test('version and stats', async () => {
  charon.on('stats', () => ({
    uptime: { running: '2 seconds', since: 'Nov 22 05:00:00 2026' },
    workers: { total: 16, idle: 7, active: { critical: 4, high: 0, medium: 5, low: 0 } },
    queues: { critical: 0, high: 1, medium: 2, low: 3 },
    scheduled: 4,
    ikesas: { total: 2, 'half-open': 1 },
    plugins: ['random', 'vici'],
  }));
  expect(await vici.version(session)).toMatchObject({ daemon: 'fake-charon', version: '5.9.8', machine: '' });
  const { message, ...stats } = await vici.stats(session);
  expect(stats).toEqual({
    uptimeRunning: '2 seconds',
    uptimeSince: 'Nov 22 05:00:00 2026',
    workers: { total: 16, idle: 7, active: { critical: 4, high: 0, medium: 5, low: 0 } },
    queues: { critical: 0, high: 1, medium: 2, low: 3 },
    scheduledJobs: 4,
    ikeSas: { total: 2, halfOpen: 1 },
    plugins: ['random', 'vici'],
  });
  expect(message.section('uptime')?.get('running')).toBe('2 seconds');
});

const CONNECTION = {
  gw: {
    local_addrs: ['192.0.2.9'],
    remote_addrs: ['192.0.2.1', '192.0.2.0/24'],
    version: 'IKEv2',
    reauth_time: 0,
    rekey_time: 14_400,
    unique: 'UNIQUE_NEVER',
    dpd_delay: 30,
    'local-1': { class: 'pre-shared key', id: 'me', groups: [], certs: [], cacerts: [] },
    'remote-1': { class: 'pre-shared key', id: 'you' },
    children: {
      net: {
        mode: 'TUNNEL',
        rekey_time: 3600,
        dpd_action: 'none',
        close_action: 'trap',
        'local-ts': ['10.1.0.0/16'],
        'remote-ts': ['10.2.0.0/16'],
      },
    },
  },
};

describe('lists', () => {
  async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
    const found: Item[] = [];
    for await (const item of items) found.push(item);
    return found;
  }

  test('list-sas sends its filter; noblock only if wanted', async () => {
    charon.onStream('list-sas', 'list-sa', () => [
      { gw: { uniqueid: '1', version: '1', state: 'CONNECTING' } },
    ]);
    const filter = { ike: 'gw', ikeId: '1', child: 'c', childId: '2', noblock: true };
    const [sa] = await all(vici.listSas(session, filter));
    expect(sa).toMatchObject({
      name: 'gw',
      uniqueid: '1',
      version: 1,
      state: 'CONNECTING',
      isInitiator: false,
    });
    expect(sa).toMatchObject({ childSas: [], establishedSeconds: undefined, tasksPassive: [] });
    const [facts] = await vici.listSaFacts(session, { noblock: false });
    expect(facts).toMatchObject({ name: 'gw', uniqueid: '1', children: [] });
    expect(charon.seen('list-sas').map(plain)).toEqual([
      [
        ['ike', 'gw'],
        ['ike-id', '1'],
        ['child', 'c'],
        ['child-id', '2'],
        ['noblock', 'yes'],
      ],
      [],
    ]);
  });

  test('an SA without uniqueid or state is no SA', async () => {
    charon.onStream('list-sas', 'list-sa', (request) => [{ gw: { [request.get('ike') ?? '']: '1' } }]);
    for (const ike of ['uniqueid', 'state']) {
      const refused = expect.objectContaining({ code: 'VICI_PROTOCOL' });
      await expect(all(vici.listSas(session, { ike }))).rejects.toEqual(refused);
      await expect(vici.listSaFacts(session, { ike })).rejects.toEqual(refused);
    }
  });

  test('list-conns in full and narrow', async () => {
    charon.onStream('list-conns', 'list-conn', () => [CONNECTION]);
    const [conn] = await all(vici.listConns(session));
    expect(conn).toMatchObject({
      name: 'gw',
      remoteAddresses: ['192.0.2.1', '192.0.2.0/24'],
      dpdDelaySeconds: 30,
      dpdTimeoutSeconds: undefined,
      local: [{ class: 'pre-shared key', id: 'me' }],
      remote: [{ id: 'you' }],
      children: [{ name: 'net', localTrafficSelectors: ['10.1.0.0/16'], rekeySeconds: 3600 }],
    });
    expect(await vici.listConnFacts(session, { ike: 'gw' })).toEqual([
      {
        name: 'gw',
        version: 'IKEv2',
        localAddresses: ['192.0.2.9'],
        remoteAddresses: ['192.0.2.1', '192.0.2.0/24'],
        unique: 'UNIQUE_NEVER',
        dpdDelaySeconds: 30,
        rekeySeconds: 14_400,
        reauthSeconds: 0,
        authentication:
          'local-1 {class = "pre-shared key"; id = "me"; groups = []; certs = []; cacerts = []; }remote-1 {class = "pre-shared key"; id = "you"; }',
        children: [
          {
            name: 'net',
            mode: 'TUNNEL',
            startAction: null,
            dpdAction: 'none',
            closeAction: 'trap',
            rekeySeconds: 3600,
          },
        ],
      },
    ]);
    expect(charon.seen('list-conns').map(plain)).toEqual([[], [['ike', 'gw']]]);
  });

  test('list-policies, list-certs, list-authorities', async () => {
    charon
      .onStream('list-policies', 'list-policy', () => [
        { 'gw/net': { child: 'net', ike: 'gw', mode: 'TUNNEL' } },
      ])
      .onStream('list-certs', 'list-cert', () => [
        { type: 'X509', flag: 'CA', has_privkey: true, data: Buffer.from([0x30, 0x82]) },
      ])
      .onStream('list-authorities', 'list-authority', () => [
        { ca: { cacert: 'C=CH', crl_uris: ['http://c'] } },
      ]);
    expect(await all(vici.listPolicies(session, { trap: true }))).toMatchObject([
      { name: 'gw/net', ike: 'gw' },
    ]);
    expect(await all(vici.listCerts(session, { type: 'ANY' }))).toMatchObject([
      { type: 'X509', hasPrivateKey: true, data: Uint8Array.of(0x30, 0x82) },
    ]);
    expect(await all(vici.listAuthorities(session, { name: 'ca' }))).toMatchObject([
      { name: 'ca', cacert: 'C=CH', crlUris: ['http://c'], ocspUris: [] },
    ]);
    expect(plain(charon.seen('list-policies')[0])).toEqual([['trap', 'yes']]);
  });

  test('initiate and terminate with their log', async () => {
    for (const command of ['initiate', 'terminate']) {
      charon.on(command, (_, client) => {
        client.emit('control-log', {
          group: 'IKE',
          level: 1,
          'ikesa-name': 'gw',
          'ikesa-uniqueid': 7,
          msg: 'hello',
        });
        return { success: true };
      });
    }
    const line = { group: 'IKE', level: 1, ikesaName: 'gw', ikesaUniqueid: '7', message: 'hello' };
    expect(await all(vici.initiateWithLog(session, { ike: 'gw' }, { waitMs: 50, logLevel: 2 }))).toEqual([
      line,
    ]);
    expect(await all(vici.terminateWithLog(session, { ikeId: '7' }))).toEqual([line]);
    expect(plain(charon.seen('initiate')[0])).toEqual([
      ['ike', 'gw'],
      ['timeout', '50'],
      ['loglevel', '2'],
    ]);
    expect(plain(charon.seen('terminate')[0])).toEqual([
      ['ike-id', '7'],
      ['timeout', '-1'],
    ]);
  });
});

describe('events that the recordings lack', () => {
  const sa = { uniqueid: '1', version: '2', state: 'CONNECTING' };
  const decoded = (name: string, message: vici.MessageInput) =>
    vici.decodeEvent(name, new vici.MessageCursor(vici.encodeMessage(message)));

  test('ike-update has the new addresses outside and the old ones inside', () => {
    const message = {
      'local-host': '192.0.2.9',
      'local-port': 4500,
      'remote-host': '192.0.2.2',
      'remote-port': 4500,
      '(unnamed)': { ...sa, 'remote-host': '192.0.2.1' },
    };
    expect(decoded('ike-update', message)).toMatchObject({
      localHost: '192.0.2.9',
      remoteHost: '192.0.2.2',
      remotePort: 4500,
      ikeSa: { name: '(unnamed)', remoteHost: '192.0.2.1' },
    });
    expect(vici.readIkeUpdate(new vici.MessageCursor(vici.encodeMessage(message)))).toMatchObject({
      localHost: '192.0.2.9',
      remoteHost: '192.0.2.2',
      ikeSa: { name: '(unnamed)', remoteHost: '192.0.2.1', uniqueid: '1' },
    });
  });

  test('alert, with and without an IKE_SA', () => {
    expect(decoded('alert', { type: 'shutdown-signal' })).toMatchObject({
      type: 'shutdown-signal',
      ikeSa: undefined,
    });
    expect(decoded('alert', { type: 'peer-init-unreachable', 'ike-sa': { gw: sa } })).toMatchObject({
      event: 'alert',
      type: 'peer-init-unreachable',
      ikeSa: { name: 'gw', uniqueid: '1' },
    });
  });

  test('a connection named "up" is no sign of being up', () => {
    const body = () => new vici.MessageCursor(vici.encodeMessage({ up: sa }));
    expect(vici.readUpdown(body())).toMatchObject({ isUp: false, ikeSa: { name: 'up' } });
    expect(vici.decodeEvent('ike-updown', body())).toMatchObject({ isUp: false, ikeSa: { name: 'up' } });
  });

  test('an event of another name is left to its reader', () => {
    expect(decoded('list-sa', {})).toBeUndefined();
  });

  test.each(['ike-updown', 'child-updown', 'ike-rekey', 'child-rekey', 'ike-update'])(
    '%s without an SA is VICI_PROTOCOL',
    (name) => {
      expect(() => decoded(name, { up: true })).toThrow(expect.objectContaining({ code: 'VICI_PROTOCOL' }));
      expect(() => decoded(name, { gw: {} })).toThrow(expect.objectContaining({ code: 'VICI_PROTOCOL' }));
    },
  );
});
