/** Both sides of each limit of the StarOS reader. */
import { describe, expect, test } from 'vitest';
import { refusals, service, staros, verdictOn } from './helpers.ts';

function many(count: number, text: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => text(n)).join('\n');
}

function withAccessList(peers: number, selectors: number): string {
  const list = many(selectors, (n) => `permit ip 10.${n >> 8}.${n & 255}.0 0.0.0.255 any`);
  return service({
    addresses: Array.from({ length: peers }, (_, n) => `address 198.18.${1 + (n >> 8)}.${n & 255}`),
    lines: ['bind address 192.0.2.1 crypto-template tmpl', 'ip access-group acl', 'peer-list branches'],
  }).replace('context wsg\n', `context wsg\nip access-list acl\n${list}\nexit\n`);
}

describe('limits', () => {
  test('1,000 peer lists', () => {
    const lists = (count: number): string => many(count, (n) => `crypto peer-list ipv4 list${n}\nexit`);
    expect(staros(lists(1_000)).gateway.peerLists).toHaveLength(1_000);
    expect(refusals(lists(1_001))).toEqual([
      '2001: too-many: more than 1000 peer lists -> Split them over several gateways.',
    ]);
  });

  test('1,000 services', () => {
    const services = (count: number): string => many(count, (n) => `wsg-service s${n}\nexit`);
    expect(staros(services(1_000)).gateway.services).toHaveLength(1_000);
    expect(refusals(services(1_001))).toEqual([
      '2001: too-many: more than 1000 services -> Split them over several gateways.',
    ]);
  });

  test('256 pairs of networks in an access list', () => {
    const last = (count: number): string =>
      `permit ip 10.${(count - 1) >> 8}.${(count - 1) & 255}.0 0.0.0.255 any`;
    expect(verdictOn(staros(withAccessList(1, 256)), last(256))).toMatch(/^carried: /);
    expect(verdictOn(staros(withAccessList(1, 257)), last(257))).toBe(
      'not-understood: the list has more than 256 pairs of networks',
    );
  });

  test('100,000 CHILD_SAs', () => {
    const { gateway } = staros(withAccessList(1_000, 100));
    expect(gateway.connections.flatMap(({ children }) => children)).toHaveLength(100_000);
    expect(refusals(withAccessList(1_000, 101))).toEqual([
      expect.stringMatching(/: too-many: with wsg1 there would be more than 100000 CHILD_SAs -> Split /),
    ]);
  });
});
