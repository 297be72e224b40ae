import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encryptionKeyword,
  groupKeyword,
  integrityKeyword,
  keywords,
} from '../../../src/translate/cisco/algorithms.ts';
import { BestMatch } from '../../../src/translate/cisco/best-match.ts';
import { readKey } from '../../../src/translate/cisco/keys.ts';
import { LIFETIME_MAX_SECONDS, lifetimeOf } from '../../../src/translate/cisco/lifetimes.ts';
import {
  hostNetwork,
  maskNetwork,
  NETWORKS_MAX,
  type Network,
  overlap,
  prefixNetwork,
  prefixOfMask,
  rangeNetworks,
  wildcardNetworks,
} from '../../../src/translate/cisco/networks.ts';
import { portRange } from '../../../src/translate/cisco/ports.ts';

const cidrs = (networks: readonly Network[] | null) => networks?.map(({ cidr }) => cidr) ?? null;

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

describe('wildcards', () => {
  test.each([
    ['10.1.0.0', '0.0.255.255', ['10.1.0.0/16']],
    ['10.1.2.3', '0.0.0.0', ['10.1.2.3/32']],
    ['10.1.2.3', '255.255.255.255', ['0.0.0.0/0']],
    ['10.1.2.3', '0.0.0.255', ['10.1.2.0/24']],
    // Scattered: bit 8 doesn't count, nor do the last 8.
    ['10.1.2.0', '0.0.2.255', ['10.1.0.0/24', '10.1.2.0/24']],
  ])('%s %s', (address, wildcard, expected) => {
    expect(cidrs(wildcardNetworks(address, wildcard))).toEqual(expected);
  });

  test('stand for the addresses that fit, and no others', () => {
    const number = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(number, number, number, (address, wildcard, other) => {
        const networks = wildcardNetworks(dotted(address), dotted(wildcard));
        if (networks === null) return;
        const fits = ((address ^ other) & ~wildcard) === 0;
        expect(networks.some(({ first, last }) => first <= BigInt(other) && BigInt(other) <= last)).toBe(
          fits,
        );
      }),
    );
  });

  test(`up to ${NETWORKS_MAX} networks`, () => {
    // Six scattered bits are 64 networks, seven are 128.
    expect(wildcardNetworks('10.0.0.0', '0.0.126.0')).toHaveLength(NETWORKS_MAX);
    expect(wildcardNetworks('10.0.0.0', '0.0.254.0')).toBeNull();
  });

  test.each([
    ['10.1.0.0', 'x'],
    ['10.1.0', '0.0.0.255'],
    ['2001:db8::', '0.0.0.255'],
    ['', ''],
  ])('nothing else: %s %s', (address, wildcard) => {
    expect(wildcardNetworks(address, wildcard)).toBeNull();
  });
});

describe('ranges', () => {
  test.each([
    ['10.0.0.4', '10.0.0.7', ['10.0.0.4/30']],
    ['10.0.0.1', '10.0.0.6', ['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/31', '10.0.0.6/32']],
    ['0.0.0.0', '255.255.255.255', ['0.0.0.0/0']],
    ['2001:db8::', '2001:db8::1', ['2001:db8::/127']],
  ])('%s to %s', (first, last, expected) => {
    expect(cidrs(rangeNetworks(first, last))).toEqual(expected);
  });

  test('are covered exactly, without overlaps', () => {
    const number = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const networks = rangeNetworks(dotted(low), dotted(high));
        if (networks === null) throw new Error('an IPv4 range takes 62 networks at most');
        let next = BigInt(low);
        for (const { first, last } of networks) {
          expect(first).toBe(next);
          next = last + 1n;
        }
        expect(next).toBe(BigInt(high) + 1n);
      }),
    );
  });

  test(`take up to ${NETWORKS_MAX} networks`, () => {
    // From 1 to 2^64 - 1 there are 64 powers of two, to 2^65 - 1 one more.
    expect(rangeNetworks('2001:db8::1', '2001:db8::ffff:ffff:ffff:ffff')).toHaveLength(NETWORKS_MAX);
    expect(rangeNetworks('2001:db8::1', '2001:db8:0:1:ffff:ffff:ffff:ffff')).toBeNull();
  });

  test('that run backwards or mix families are none', () => {
    expect(rangeNetworks('10.0.0.2', '10.0.0.1')).toBeNull();
    expect(rangeNetworks('10.0.0.2', '::')).toBeNull();
  });
});

test('masks', () => {
  expect(maskNetwork('10.1.2.3', '255.255.0.0')?.cidr).toBe('10.1.0.0/16');
  expect(maskNetwork('0.0.0.0', '0.0.0.0')?.cidr).toBe('0.0.0.0/0');
  expect(maskNetwork('10.1.2.3', '255.0.255.0')).toBeNull();
  expect(prefixOfMask('255.255.255.255')).toBe(32);
  expect(prefixOfMask('0.0.0.0')).toBe(0);
  expect(prefixOfMask('0.0.0.255')).toBeNull();
});

test('prefixes and hosts', () => {
  expect(prefixNetwork('2001:DB8:0::1/32')?.cidr).toBe('2001:db8::/32');
  expect(prefixNetwork('10.0.0.0/33')).toBeNull();
  expect(prefixNetwork('10.0.0.0/8/8')).toBeNull();
  expect(prefixNetwork('0.0.0.0/0')?.cidr).toBe('0.0.0.0/0');
  expect(prefixNetwork('::/0')?.cidr).toBe('::/0');
  expect(hostNetwork('::1')?.cidr).toBe('::1/128');
  expect(hostNetwork('010.0.0.1')).toBeNull();
});

test('what overlaps', () => {
  const of = (cidr: string): Network => {
    const found = prefixNetwork(cidr);
    if (found === null) throw new Error(cidr);
    return found;
  };
  expect(overlap(of('10.0.0.0/8'), of('10.255.255.255/32'))).toBe(true);
  expect(overlap(of('10.0.0.0/8'), of('11.0.0.0/32'))).toBe(false);
  expect(overlap(of('0.0.0.0/0'), of('::/0'))).toBe(false);
});

test('the smallest network is the best match', () => {
  const of = (cidr: string): Network => prefixNetwork(cidr) as Network;
  const match = new BestMatch([
    [of('0.0.0.0/0'), 'any'],
    [of('10.0.0.0/8'), 'ten'],
    [of('10.1.0.0/16'), 'ten-one'],
    [of('10.1.0.1/32'), 'host'],
  ]);
  expect(
    ['10.1.0.1', '10.1.0.2', '10.2.0.1', '11.0.0.1', '::1', 'x'].map((host) => match.find(host)),
  ).toEqual(['host', 'ten-one', 'ten', 'any', undefined, undefined]);
  expect(match.wide).toEqual(['ten-one', 'ten', 'any']);
});

describe('lifetimes', () => {
  test.each([
    ['seconds 3600', { seconds: 3600 }],
    ['days 1', { seconds: 86_400 }],
    ['kilobytes 4608000', { bytes: 4_718_592_000 }],
    ['kilobytes disable', { bytes: null }],
    ['kilobytes unlimited', { bytes: null }],
    ['seconds 28800 kilobytes 4608000', { seconds: 28_800, bytes: 4_718_592_000 }],
    ['seconds 120', { seconds: 120 }],
    [`seconds ${LIFETIME_MAX_SECONDS}`, { seconds: LIFETIME_MAX_SECONDS }],
    ['seconds 119', null],
    [`seconds ${LIFETIME_MAX_SECONDS + 1}`, null],
    ['kilobytes 10', { bytes: 10_240 }],
    ['kilobytes 9', null],
    ['kilobytes 4294967296', null],
    ['', null],
    ['seconds', null],
    ['fortnights 2', null],
  ])('%s', (text, expected) => {
    expect(lifetimeOf(text)).toEqual(expected);
  });
});

describe('keys', () => {
  test.each([
    [undefined, 'plain', 'plain'],
    ['0', 'plain', 'plain'],
    ['6', 'XYZ', null],
    ['7', '02050D480809', null],
    ['8', 'kB0w', null],
    ['hex', '0011', null],
    [undefined, '*****', null],
  ])('type %s', (type, text, value) => {
    const key = readKey(type, text);
    expect(key.value).toBe(value);
    expect(key.why === null).toBe(value !== null);
    if (key.why !== null) expect(key.why).not.toContain(text);
  });
});

test('algorithms', () => {
  expect(encryptionKeyword('aes', '256')).toBe('aes256');
  expect(encryptionKeyword('AES')).toBe('aes128');
  expect(encryptionKeyword('aes-gcm-256')).toBe('aes256gcm16');
  expect(encryptionKeyword('rot13')).toBeNull();
  expect(encryptionKeyword('constructor')).toBeNull();
  expect(integrityKeyword('sha-256')).toBe('sha256');
  expect(groupKeyword('group14')).toBe('modp2048');
  expect(groupKeyword('7')).toBeNull();
  expect(keywords('3des aes-256 3des', (word) => encryptionKeyword(word))).toEqual(['3des', 'aes256']);
  expect(keywords('3des rot13', (word) => encryptionKeyword(word))).toBeNull();
});

test('ports', () => {
  expect(portRange('eq', 'https', undefined)).toBe('443');
  expect(portRange('range', '80', '90')).toBe('80-90');
  expect(portRange('range', '90', '80')).toBeNull();
  expect(portRange('gt', '1023', undefined)).toBe('1024-65535');
  expect(portRange('gt', '65535', undefined)).toBeNull();
  expect(portRange('lt', '1024', undefined)).toBe('0-1023');
  expect(portRange('eq', '65536', undefined)).toBeNull();
  expect(portRange('neq', '80', undefined)).toBeNull();
});
