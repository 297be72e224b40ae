/**
 * The rules of "Security Gateway as Initiator" (StarOS) one by one, as the translator holds them. Each test is named after
 * its rule; what the rules mean while the daemon runs is tested with the policy and the configuration.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../../src/config/parse.ts';
import type { Translation } from '../../../src/translate/translate.ts';
import { connectionsOf, refusals, service, settingIn, staros, verdictOn } from './helpers.ts';

const BIND = 'bind address 192.0.2.1 crypto-template tmpl';

function policyOf(translation: Translation): Record<string, Record<string, Record<string, unknown>>> {
  return parse(translation.files.get('afteryou.yaml') ?? '') as Record<
    string,
    Record<string, Record<string, unknown>>
  >;
}

describe('peer list', () => {
  test.each(['a', 'a'.repeat(32), 'Branches1'])('a name has 1..32 alphanumeric characters: %s', (name) => {
    const text = service({ list: `crypto peer-list ipv4 ${name}` }).replace(
      'peer-list branches',
      `peer-list ${name}`,
    );
    expect(policyOf(staros(text))['services']?.['wsg1']?.['peer-list']).toBe(name);
  });

  test.each(['a'.repeat(33), 'branch-offices', 'branches_1'])('no other name is taken: %s', (name) => {
    const text = service({ list: `crypto peer-list ipv4 ${name}` }).replace(
      'peer-list branches',
      `peer-list ${name}`,
    );
    expect(refusals(text)).toEqual([
      `3: bad-name: peer list '${name}' is no name of 1..32 letters and digits -> Name it with 1..32 letters and digits, here and in each service that uses it.`,
    ]);
  });

  const hosts = (count: number): string[] =>
    Array.from({ length: count }, (_, n) =>
      `address 198.18.${n >> 8}.${n & 255}`.replace('198.18.0.0', '198.19.0.1'),
    );

  test('1,000 addresses are taken', () => {
    const { gateway } = staros(service({ addresses: hosts(1_000) }));
    expect(gateway.connections).toHaveLength(1_000);
    expect(gateway.peerLists[0]?.addresses).toHaveLength(1_000);
  });

  test('the 1,001st is refused, once, however many follow', () => {
    expect(refusals(service({ addresses: hosts(1_003) }))).toEqual([
      '1004: too-many: peer list branches has more than 1000 addresses -> Split it over two services; or write afteryou.yaml by hand with limits.peers-per-list.',
    ]);
  });

  test.each([
    ['ipv4', '2001:db8::1', 'ipv6'],
    ['ipv6', '192.0.2.9', 'ipv4'],
  ])('an %s list takes no address of the other family', (family, address, other) => {
    const addresses = [`address ${address}`];
    expect(refusals(service({ list: `crypto peer-list ${family} branches`, addresses }))[0]).toBe(
      `4: wrong-family: ${address} is ${other}, peer list branches is ${family} -> Put it into a peer list of its own: crypto peer-list ${other} NAME.`,
    );
  });

  test.each(['192.0.2.256', '192.0.2', '010.0.0.1', 'gateway.example.net', '192.0.2.1/33'])(
    'what is no address is refused with its line: %s',
    (address) => {
      expect(refusals(service({ addresses: ['address 192.0.2.2', `address ${address}`] }))[0]).toMatch(
        /^5: bad-address: /,
      );
    },
  );

  test('`no address` takes an address out again', () => {
    const text = service({ addresses: ['address 192.0.2.2', 'address 192.0.2.3', 'no address 192.0.2.2'] });
    const translation = staros(text);
    expect(translation.gateway.peerLists[0]?.addresses).toEqual(['192.0.2.3']);
    expect(verdictOn(translation, 'address 192.0.2.2')).toBe('dropped: taken out again in line 6');
    expect(verdictOn(translation, 'no address 192.0.2.2')).toBe('dropped: takes out line 4');
  });

  test('the same address twice, however it is written, is there once', () => {
    const list = 'crypto peer-list ipv6 branches';
    const addresses = ['address 2001:db8::1', 'address 2001:DB8:0:0::1'];
    const lines = ['bind address 2001:db8::99 crypto-template tmpl', 'peer-list branches'];
    const translation = staros(service({ list, addresses, lines }));
    expect(translation.gateway.peerLists[0]?.addresses).toEqual(['2001:db8::1']);
    expect(verdictOn(translation, 'address 2001:DB8:0:0::1')).toBe(
      'dropped: 2001:db8::1 is in the list already',
    );
  });

  test('subnets and wildcards may be provisioned; they can only answer', () => {
    const addresses = ['address 198.51.100.0/24', 'address 203.0.113.0 255.255.255.0', 'address 0.0.0.0'];
    const translation = staros(service({ addresses }));
    const { config } = parseConfig([
      { file: 'afteryou.yaml', text: translation.files.get('afteryou.yaml') ?? '' },
    ]);
    expect(config.services[0]?.peerList?.map(({ text, passive }) => [text, passive])).toEqual([
      ['198.51.100.0/24', true],
      ['203.0.113.0/24', true],
      ['%any4', true],
    ]);
    expect(
      translation.gateway.connections.map(({ name, remoteAddresses, remoteId }) => [
        name,
        remoteAddresses,
        remoteId,
      ]),
    ).toEqual([
      ['wsg1-198-51-100-0_24', ['198.51.100.0/24'], null],
      ['wsg1-203-0-113-0_24', ['203.0.113.0/24'], null],
      ['wsg1-any4', ['%any4'], null],
    ]);
  });

  test('a list in use may not change in StarOS: here it may, and the report says so', () => {
    const late = ['crypto peer-list ipv4 branches', 'address 192.0.2.3', 'exit', 'end'].join('\n');
    const translation = staros(service({}).replace(/^end$/m, late));
    expect(translation.gateway.peerLists[0]?.addresses).toEqual(['192.0.2.2', '192.0.2.3']);
    expect(translation.notes.map(({ at, text }) => [at?.number, text.slice(0, 45)])).toContainEqual([
      14,
      'StarOS refuses a change of peer list branches',
    ]);
  });
});

describe('wsg-service', () => {
  test('without a peer list it only answers', () => {
    const translation = staros(service({ lines: ['deployment-mode site-to-site', BIND] }));
    expect(policyOf(translation)['services']?.['wsg1']).toMatchObject({
      policy: 'responder-only',
      bind: '192.0.2.1',
    });
    expect(translation.gateway.connections.map(({ remoteAddresses }) => remoteAddresses)).toEqual([['%any']]);
  });

  test('with one it waits and then calls, by default 10 s each', () => {
    const translation = staros(service({}));
    const { config } = parseConfig([
      { file: 'afteryou.yaml', text: translation.files.get('afteryou.yaml') ?? '' },
    ]);
    expect(config.services[0]?.settings).toMatchObject({
      policy: 'windowed',
      responderModeMs: 10_000,
      initiatorModeMs: 10_000,
    });
  });

  test('a peer list is for site-to-site only', () => {
    expect(
      refusals(service({ lines: ['deployment-mode remote-access', BIND, 'peer-list branches'] })),
    ).toEqual([
      '12: contradiction: wsg1 is remote-access, where the peer always calls: a peer list is for site-to-site only -> Take the peer list out, or write `deployment-mode site-to-site` above it.',
    ]);
  });

  test('for remote access the peer is always the initiator', () => {
    const translation = staros(service({ lines: ['deployment-mode remote-access', BIND] }));
    expect(policyOf(translation)['services']?.['wsg1']).toMatchObject({ 'deployment-mode': 'remote-access' });
    expect(translation.gateway.connections.map(({ remoteAddresses }) => remoteAddresses)).toEqual([['%any']]);
  });

  test("the deployment mode can't change while a peer list is set: it must be removed first", () => {
    const lines = [
      'deployment-mode site-to-site',
      BIND,
      'peer-list branches',
      'deployment-mode remote-access',
    ];
    expect(refusals(service({ lines }))).toEqual([
      "13: contradiction: the deployment mode of wsg1 can't change to remote-access while peer list branches is set (line 12) -> Remove the peer list before: write `no peer-list` above this line.",
    ]);
  });

  test('after `no peer-list` it can', () => {
    const lines = [BIND, 'peer-list branches', 'no peer-list', 'deployment-mode remote-access'];
    const translation = staros(service({ lines }));
    expect(policyOf(translation)['services']?.['wsg1']).not.toHaveProperty('peer-list');
    expect(verdictOn(translation, 'peer-list branches')).toBe('dropped: taken back in line 12');
  });

  test.each([
    [
      'the list after the address',
      ['bind address 2001:db8::1 crypto-template tmpl', 'peer-list branches'],
      11,
    ],
    [
      'the address after the list',
      ['peer-list branches', 'bind address 2001:db8::1 crypto-template tmpl'],
      11,
    ],
  ])('the bind address has the family of the list: %s', (_, lines, line) => {
    expect(refusals(service({ lines }))).toEqual([
      `${line}: wrong-family: wsg1 binds 2001:db8::1 (ipv6), peer list branches is ipv4 -> Bind an ipv4 address, or name an ipv6 list.`,
    ]);
  });

  test('a peer list must exist, in the same context', () => {
    expect(refusals(service({ lines: [BIND, 'peer-list branch'] }))).toEqual([
      '11: unknown-list: there is no peer list branch in context wsg -> Add its lines (crypto peer-list ...), or correct the name.',
    ]);
  });

  describe.each(['initiator-mode-duration', 'responder-mode-duration'])('%s', (key) => {
    test.each([5, 250])('%i seconds are taken', (seconds) => {
      const translation = staros(service({ lines: [BIND, 'peer-list branches', `${key} ${seconds}`] }));
      expect(policyOf(translation)['services']?.['wsg1']?.[key]).toBe(seconds);
    });

    test.each([4, 251])('%i seconds are outside 5..250', (seconds) => {
      expect(refusals(service({ lines: [BIND, 'peer-list branches', `${key} ${seconds}`] }))).toEqual([
        `12: out-of-range: ${key}: ${seconds} is outside 5..250 -> Write ${key} with 5..250 seconds.`,
      ]);
    });

    test.each(['10.5', '1e1', '-5', 'ten'])('it is a whole number: %s', (text) => {
      expect(refusals(service({ lines: [BIND, 'peer-list branches', `${key} ${text}`] }))).toEqual([
        `12: bad-number: ${key}: '${text}' is not a whole number -> Write ${key} with 5..250 seconds.`,
      ]);
    });
  });

  test('an address that is none is refused', () => {
    expect(refusals(service({ lines: ['bind address 192.0.2.0/24 crypto-template tmpl'] }))).toEqual([
      "10: bad-address: '192.0.2.0/24' is not the address of a host -> Bind one IPv4 or IPv6 address.",
    ]);
  });
});

describe('beside it', () => {
  test('defaults: AES-CBC-128, group 2, SHA1-96, PRF SHA1, 86400 s, no rekeying', () => {
    const template = ['ikev2-ikesa transform-set list empty'];
    const text = service({ template }).replace(
      'configure\ncontext wsg',
      'configure\ncontext wsg\nikev2-ikesa transform-set empty\nexit',
    );
    const translation = staros(text);
    expect(settingIn(translation, 'swanctl-connections.conf', 'proposals')).toBe('aes128-sha1-modp1024');
    expect(settingIn(translation, 'swanctl-connections.conf', 'esp_proposals')).toBe('aes128-sha1');
    expect(settingIn(translation, 'swanctl-connections.conf', 'rekey_time')).toBe('0');
    expect(settingIn(translation, 'swanctl-connections.conf', 'life_time')).toBe('86400s');
    expect(
      settingIn(
        staros(text.replace('list empty', 'list empty\nikev2-ikesa rekey')),
        'swanctl-connections.conf',
        'rekey_time',
      ),
    ).toBe('77760s');
  });

  test('GCM goes with hmac none', () => {
    const set =
      'ipsec transform-set gcm\nencryption aes-256-gcm-128\nhmac none\ngroup 14\nexit\ncrypto template';
    const template = ['payload p match childsa match ipv4', 'ipsec transform-set list gcm', 'exit'];
    const translation = staros(service({ template }).replace('crypto template', set));
    expect(settingIn(translation, 'swanctl-connections.conf', 'esp_proposals')).toBe('aes256gcm16-modp2048');
  });

  test.each([
    ['ikev2-ikesa max-retransmissions', [1, 8], [0, 9], ''],
    ['ikev2-ikesa retransmission-timeout', [300, 15_000], [299, 15_001], ' ms'],
    ['max-childsa', [1, 5], [0, 6], ''],
  ])('%s has its range', (what, allowed, refused, unit) => {
    for (const value of allowed) {
      const line = `${what} ${value}`;
      expect(verdictOn(staros(service({ template: [line] })), line)).toMatch(/^dropped: .*strongSwan/);
    }
    for (const value of refused) {
      expect(refusals(service({ template: [`${what} ${value}`] }))).toEqual([
        `8: out-of-range: ${what}: ${value} is outside ${allowed.join('..')} -> Write ${what} with ${allowed.join('..')}${unit}.`,
      ]);
    }
  });

  test('retransmission is global in strongSwan: the report says what to write', () => {
    const template = [
      'ikev2-ikesa max-retransmissions 3',
      'ikev2-ikesa retransmission-timeout 500 exponential',
    ];
    const translation = staros(service({ template }));
    expect(verdictOn(translation, template[0] ?? '')).toBe(
      'dropped: global in strongSwan: charon.retransmit_tries = 3 in strongswan.conf',
    );
    expect(verdictOn(translation, template[1] ?? '')).toBe(
      'dropped: global in strongSwan: charon.retransmit_timeout = 0.5 and charon.retransmit_base = 2 in strongswan.conf',
    );
  });

  test('wsg-lookup: priority 1..6', () => {
    const lookup = (priority: number) =>
      service({}).replace(
        /^end$/m,
        `wsg-lookup\npriority ${priority} source-netmask 16 destination-netmask 24\nexit\nend`,
      );
    for (const priority of [1, 6])
      expect(
        verdictOn(staros(lookup(priority)), `priority ${priority} source-netmask 16 destination-netmask 24`),
      ).toMatch(/^dropped: /);
    for (const priority of [0, 7])
      expect(refusals(lookup(priority))).toEqual([
        `15: out-of-range: priority: ${priority} is outside 1..6 -> Write priority with 1..6.`,
      ]);
  });

  test('an encrypted key becomes no key at all, and `afteryou check` refuses the configuration', () => {
    const text = service({}).replace('key example', 'encrypted key +A1b2c3');
    const translation = staros(text);
    expect(translation.files.get('swanctl-secrets.conf')).not.toMatch(/^ *secret =/m);
    for (const file of translation.files.values()) expect(file).not.toContain('+A1b2c3');
    expect(() =>
      parseConfig([{ file: 'afteryou.yaml', text: translation.files.get('afteryou.yaml') ?? '' }]),
    ).toThrow(/unfinished: still to be done: input\.txt:7: The key is encrypted/);
  });

  test('different keys for the two directions are refused', () => {
    const template = [
      'authentication local pre-shared-key key one',
      'authentication remote pre-shared-key key two',
    ];
    expect(refusals(service({ template }))).toEqual([
      "9: contradiction: tmpl has different keys for the two directions, which strongSwan can't tell apart -> Give both directions the same key, at both ends; or use certificates.",
    ]);
  });
});

describe('what afteryou asks of every connection', () => {
  test.each([
    ['unique', 'never'],
    ['keyingtries', '1'],
    ['start_action', 'none'],
    ['close_action', 'none'],
    ['dpd_action', 'none'],
    ['dpd_delay', '30s'],
    ['version', '2'],
  ])('%s = %s', (key, value) => {
    expect(settingIn(staros(service({})), 'swanctl-connections.conf', key)).toBe(value);
  });

  test('one connection per peer, from one template', () => {
    const text = connectionsOf(staros(service({ addresses: ['address 192.0.2.2', 'address 192.0.2.3'] })));
    expect(text.match(/ : wsg1-ike \{/g)).toHaveLength(2);
    expect(text.match(/^wsg1-ike \{/gm)).toHaveLength(1);
  });
});
