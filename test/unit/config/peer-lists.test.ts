import { describe, expect, it } from 'vitest';
import { parse, problemsOf, wrong } from './helpers.ts';

function list(addresses: readonly string[], limits = ''): string {
  return [
    'version: 1',
    `limits: {${limits}}`,
    'services: { s: { peer-list: l } }',
    'peer-lists:',
    '  l:',
    '    family: ipv4',
    '    addresses:',
    ...addresses.map((address) => `      - ${address}`),
    '',
  ].join('\n');
}

function many(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${(index & 255) + 0}`,
  ).map((text) => (text === '10.0.0.0' ? '10.255.0.0' : text));
}

describe('peer lists', () => {
  it('keep order, canonical text and place', () => {
    const { peerLists, services } = parse(list(['192.0.2.9', '192.0.2.1/32', '"%any"'])).config;
    const entries = peerLists.get('l')?.entries ?? [];
    expect(
      entries.map(({ text, origin }) => `${text} ${origin.file}:${origin.line}:${origin.column}`),
    ).toEqual(['192.0.2.9 afteryou.yaml:8:9', '192.0.2.1 afteryou.yaml:9:9', '%any4 afteryou.yaml:10:9']);
    expect(services[0]?.peerList).toBe(entries);
  });

  it('have at most 1,000 addresses', () => {
    expect(parse(list(many(1_000))).config.peerLists.get('l')?.entries).toHaveLength(1_000);
    const [issue] = problemsOf(list(many(1_001)));
    expect(issue).toMatchObject({
      code: 'too-many',
      line: 1_008,
      message: "peer list 'l' has 1001 addresses, at most 1000 are allowed",
      remedy: 'Split the list, or set limits: { peers-per-list: 1001 }.',
    });
  });

  it('have at most what limits.peers-per-list says', () => {
    expect(parse(list(many(2), 'peers-per-list: 2')).config.peerLists.get('l')?.entries).toHaveLength(2);
    expect(wrong(list(many(3), 'peers-per-list: 2'))).toEqual([
      "too-many: peer list 'l' has 3 addresses, at most 2 are allowed",
    ]);
  });

  it('can have 100,000 addresses and no more', () => {
    const limit = 'peers-per-list: 100000';
    expect(parse(list(many(100_000), limit)).config.peerLists.get('l')?.entries).toHaveLength(100_000);
    const [issue] = problemsOf(list(many(100_001), limit));
    expect(issue?.remedy).toBe('Split the list; 100000 is the most that limits.peers-per-list can allow.');
  });

  it('have each address once, however it is written', () => {
    expect(wrong(list(['192.0.2.1', '192.0.2.2', '192.0.2.1', '"::ffff:192.0.2.2"']))).toEqual([
      "duplicate: '192.0.2.1' is twice in peer list 'l'; the first is at line 8",
      "duplicate: '::ffff:192.0.2.2' is twice in peer list 'l'; the first is at line 9, written differently: both are 192.0.2.2",
    ]);
  });

  it('may have a host beside the subnet that it lies in', () => {
    expect(parse(list(['192.0.2.0/24', '192.0.2.1'])).config.peerLists.get('l')?.entries).toHaveLength(2);
  });

  it('have addresses of their family only', () => {
    expect(problemsOf(list(['2001:db8::1']))[0]).toMatchObject({
      code: 'wrong-family',
      message: "'2001:db8::1' is ipv6, but peer list 'l' is ipv4",
      remedy: 'Move it to a list with family: ipv6.',
    });
  });

  it('tell every wrong address in one go', () => {
    expect(wrong(list(['192.0.2.300', 'moon', '192.0.2.1/8']))).toHaveLength(3);
  });

  it('may be empty', () => {
    expect(
      parse(
        'version: 1\nservices: { s: { peer-list: l } }\npeer-lists: { l: { family: ipv6, addresses: [] } }',
      ).config,
    ).toMatchObject({
      services: [{ peerList: [] }],
    });
  });
});

describe('sections by name', () => {
  const services = (count: number) =>
    `version: 1\nservices:\n${Array.from({ length: count }, (_, index) => `  s${index}: { connections: c${index} }\n`).join('')}`;

  it('are at most 1,000', () => {
    expect(parse(services(1_000)).config.services).toHaveLength(1_000);
    expect(wrong(services(1_001))).toEqual(['too-many: services: 1001 entries, at most 1000 are possible']);
  });
});
