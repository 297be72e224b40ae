import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { parse, problemsOf, service, serviceText, wrong } from './helpers.ts';

describe('a service', () => {
  it('has the defaults when nothing is said', () => {
    expect(parse('version: 1\nservices:\n  all:\n').config.services).toEqual([
      {
        name: 'all',
        context: null,
        deploymentMode: 'site-to-site',
        bind: null,
        peerListName: null,
        peerList: null,
        connectionGlobs: ['*'],
        settings: DEFAULT_SETTINGS,
        overrides: new Map(),
        origin: { file: 'afteryou.yaml', line: 3, column: 3 },
      },
    ]);
  });

  it('takes all its keys', () => {
    const full = service(
      'context: wsg',
      'deployment-mode: site-to-site',
      'bind: 203.0.113.1',
      'peer-list: l',
      'connections: ["wsg1-*", gw]',
      'policy: responder-only',
      'collision: settle',
      'no-rekey: true',
      'enforce: true',
    );
    expect(full).toMatchObject({
      context: 'wsg',
      bind: '203.0.113.1',
      peerListName: 'l',
      connectionGlobs: ['wsg1-*', 'gw'],
      settings: { ...DEFAULT_SETTINGS, policy: 'responder-only', noRekey: true, enforce: true },
    });
    expect(full.peerList?.map(({ text }) => text)).toEqual(['192.0.2.1', '192.0.2.2', '198.51.100.0/24']);
  });

  it('keeps its place in the file, also with a name that is a number', () => {
    const text =
      'version: 1\nservices: { b: { connections: b }, 10: { connections: c }, a: { connections: a } }';
    expect(parse(text).config.services.map(({ name }) => name)).toEqual(['b', '10', 'a']);
  });

  it.each(['windowed', 'responder-only', 'initiator-only', 'paused'])('can have policy %s', (policy) => {
    expect(service(`policy: ${policy}`).settings.policy).toBe(policy);
  });

  it('takes 1..100 patterns', () => {
    const globs = (count: number) =>
      `connections: [${Array.from({ length: count }, (_, index) => `c${index}`).join(', ')}]`;
    expect(service(globs(1)).connectionGlobs).toHaveLength(1);
    expect(service(globs(100)).connectionGlobs).toHaveLength(100);
    expect(wrong(serviceText(globs(0)))).toEqual(['too-many: connections: 0 patterns, 1..100 are possible']);
    expect(wrong(serviceText(globs(101)))).toHaveLength(1);
  });

  it.each(['moon', '203.0.113.0/24', '"%any"', '0.0.0.0', '203.0.113.01'])('can not bind %s', (bind) => {
    expect(wrong(serviceText(`bind: ${bind}`))).toEqual([
      `bad-address: bind: '${bind.replaceAll('"', '')}' is not the address of a host`,
    ]);
  });

  it('shows a context of 1..64 characters', () => {
    expect(service(`context: ${'x'.repeat(64)}`).context).toHaveLength(64);
    expect(wrong(serviceText(`context: ${'x'.repeat(65)}`))).toHaveLength(1);
    expect(wrong(serviceText('context: ""'))).toHaveLength(1);
  });

  it.each(['true', 'false'])('takes %s for a flag and no other word', (value) => {
    expect(service('policy: responder-only', `enforce: ${value}`).settings.enforce).toBe(value === 'true');
    expect(problemsOf(serviceText(`enforce: ${value.toUpperCase()}`))[0]?.remedy).toBe(`Write ${value}.`);
    expect(problemsOf(serviceText(`enforce: ${value === 'true' ? 'on' : 'off'}`))[0]?.remedy).toBe(
      `Write ${value}.`,
    );
    expect(problemsOf(serviceText('enforce: maybe'))[0]?.remedy).toBe('Write true or false.');
  });
});

describe('the peer list of a service', () => {
  it('must exist', () => {
    expect(problemsOf(serviceText('peer-list: L'))[0]).toMatchObject({
      code: 'unknown-list',
      message: "there is no peer list 'L'",
      remedy: "Did you mean 'l'? Define it under peer-lists, or leave peer-list out.",
    });
  });

  it('is not called unknown when it is only broken', () => {
    const text =
      'version: 1\npeer-lists: { l: { family: ipv5, addresses: [] } }\nservices: { s: { peer-list: l } }';
    expect(wrong(text)).toEqual(["not-one-of: 'ipv5' is not possible for 'family'"]);
  });

  it('must have the family of bind', () => {
    expect(service('bind: "2001:db8::2"', 'peer-list: six').bind).toBe('2001:db8::2');
    expect(wrong(serviceText('bind: "2001:db8::2"', 'peer-list: l'))).toEqual([
      "wrong-family: bind 2001:db8::2 is ipv6, but peer list 'l' is ipv4",
    ]);
    expect(wrong(serviceText('bind: 203.0.113.1', 'peer-list: six'))).toHaveLength(1);
  });

  it('is refused with remote-access', () => {
    expect(service('deployment-mode: remote-access').deploymentMode).toBe('remote-access');
    expect(wrong(serviceText('deployment-mode: remote-access', 'peer-list: l'))).toEqual([
      "contradiction: service 's' is remote-access and can't have a peer list: there the peers always call",
    ]);
  });

  it('leaves no room for initiator-only with remote-access', () => {
    expect(wrong(serviceText('deployment-mode: remote-access', 'policy: initiator-only'))).toHaveLength(1);
    expect(
      wrong(serviceText('deployment-mode: remote-access', 'peers: { gw: { policy: initiator-only } }')),
    ).toHaveLength(1);
    expect(service('deployment-mode: remote-access', 'policy: responder-only').settings.policy).toBe(
      'responder-only',
    );
  });
});

describe('settings of one peer', () => {
  it('lie over those of the service', () => {
    const { overrides } = service(
      'peer-list: l',
      'settle-hold: 3',
      'back-off: { factor: 2, max: 100 }',
      'peers: { 192.0.2.2: { retry-interval: 7, back-off: { max: 50 } } }',
    );
    expect(overrides.get('192.0.2.2')).toEqual({
      ...DEFAULT_SETTINGS,
      settleHoldMs: 3_000,
      retryIntervalMs: 7_000,
      backOffFactor: 2,
      backOffMaxMs: 50_000,
    });
  });

  it('go by the canonical address, or by the name of the connection', () => {
    const { overrides } = service('connections: "gw-*"', 'peers: { "::ffff:192.0.2.1": {}, gw-1: {} }');
    expect([...overrides.keys()]).toEqual(['192.0.2.1', 'gw-1']);
  });

  it('must concern an address of the list, if there is one', () => {
    expect(service('peer-list: l', 'peers: { 198.51.100.0/24: {} }').overrides.size).toBe(1);
    expect(problemsOf(serviceText('peer-list: l', 'peers: { 192.0.2.3: {} }'))[0]).toMatchObject({
      code: 'unknown-peer',
      line: 8,
      column: 14,
      message: "192.0.2.3 is not in peer list 'l'",
      remedy: "Did you mean '192.0.2.1'? Add it to the list, or remove it here.",
    });
  });

  it('say what to do about an address that only a subnet of the list covers', () => {
    expect(problemsOf(serviceText('peer-list: l', 'peers: { 198.51.100.7: {} }'))[0]?.remedy).toBe(
      '198.51.100.0/24 is, but as a whole it is passive. Add 198.51.100.7 to the list as well, or name 198.51.100.0/24 here.',
    );
  });

  it('must concern a connection of the service', () => {
    expect(
      wrong(serviceText('connections: ["gw-*", hub]', 'peers: { hub: {}, gw-1: {}, gv-1: {} }')),
    ).toEqual(["unknown-peer: connection 'gv-1' doesn't fit connections: gw-*, hub"]);
  });

  it('are not taken for those of a connection when the address is mistyped', () => {
    expect(
      wrong(serviceText('peers: { 192.0.2.300: {}, "2001:db8::1::2": {}, 192.0.2.1/8: {}, "%ani": {} }')).map(
        (text) => text.split(':')[0],
      ),
    ).toEqual(['bad-address', 'bad-address', 'bad-address', 'bad-address']);
  });

  it('come once', () => {
    expect(wrong(serviceText('peers: { 192.0.2.1: {}, 192.0.2.1/32: {} }'))).toEqual([
      "duplicate: peer '192.0.2.1/32' is given twice: both are 192.0.2.1",
    ]);
  });

  it('inherit no-rekey and enforce only where the policy is responder-only', () => {
    const { settings, overrides } = service(
      'enforce: true',
      'no-rekey: true',
      'peers: { a: { policy: responder-only }, b: { policy: paused } }',
    );
    expect(
      [settings, overrides.get('a'), overrides.get('b')].map((of) => [of?.enforce, of?.noRekey]),
    ).toEqual([
      [false, false],
      [true, true],
      [false, false],
    ]);
  });
});

describe('two services', () => {
  const two = (a: string, b: string) =>
    `version: 1\npeer-lists: { l: { family: ipv4, addresses: [192.0.2.1, 198.51.100.0/24] }, m: { family: ipv4, addresses: [192.0.2.1, 198.51.100.0/24] } }\nservices:\n  a: { ${a} }\n  b: { ${b} }\n`;

  it.each([
    ['peer-list: l', 'peer-list: l'],
    ['peer-list: l', 'peer-list: m'],
    ['peer-list: l, connections: "x-*"', 'peer-list: m, connections: "x-*"'],
    ['peer-list: l, connections: "x-*"', 'peer-list: m'],
    ['peer-list: l, bind: 203.0.113.1', 'peer-list: m'],
    ['peer-list: l, bind: 203.0.113.1', 'peer-list: m, bind: 203.0.113.1'],
  ])('{ %s } and { %s } claim the same peer', (a, b) => {
    expect(wrong(two(a, b))).toEqual([
      "duplicate: services 'a' and 'b' both claim 192.0.2.1 (listed at line 2)",
    ]);
  });

  it.each([
    ['peer-list: l, connections: "x-*"', 'peer-list: m, connections: "y-*"'],
    ['peer-list: l, bind: 203.0.113.1', 'peer-list: l, bind: 203.0.113.2'],
    ['connections: "*"', 'peer-list: l'],
  ])('{ %s } and { %s } do not', (a, b) => {
    expect(parse(two(a, b)).config.services).toHaveLength(2);
  });

  it('may share a subnet, which neither of them calls', () => {
    const text =
      'version: 1\npeer-lists: { l: { family: ipv4, addresses: [198.51.100.0/24] } }\nservices: { a: { peer-list: l }, b: { peer-list: l } }';
    expect(parse(text).config.services).toHaveLength(2);
  });
});
