import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryContains, parseAddress, parseHostAddress } from '../../../src/config/addresses.ts';

function textOf(text: string, family: 'ipv4' | 'ipv6' = 'ipv4'): string {
  const parsed = parseAddress(text, family);
  return parsed.ok ? `${parsed.value.kind} ${parsed.value.text}` : `${parsed.code}: ${parsed.message}`;
}

function entry(text: string) {
  const parsed = parseAddress(text, 'ipv4');
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value;
}

describe('entries of a peer list', () => {
  it.each([
    ['192.0.2.1', 'host 192.0.2.1'],
    ['255.255.255.255', 'host 255.255.255.255'],
    ['192.0.2.1/32', 'host 192.0.2.1'],
    ['192.0.2.7-192.0.2.7', 'host 192.0.2.7'],
    ['::ffff:192.0.2.1', 'host 192.0.2.1'],
    ['::FFFF:c000:201', 'host 192.0.2.1'],
    ['2001:DB8:0:0:0::1', 'host 2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', 'host 2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1/128', 'host 2001:db8::1'],
    ['::192.0.2.1', 'host ::c000:201'],
    ['64:ff9b::192.0.2.1', 'host 64:ff9b::c000:201'],
    ['198.51.100.0/24', 'subnet 198.51.100.0/24'],
    ['198.51.100.254/31', 'subnet 198.51.100.254/31'],
    ['128.0.0.0/1', 'subnet 128.0.0.0/1'],
    ['2001:DB8::/32', 'subnet 2001:db8::/32'],
    ['192.0.2.1-192.0.2.9', 'range 192.0.2.1-192.0.2.9'],
    ['192.0.2.1 - 192.0.2.9', 'range 192.0.2.1-192.0.2.9'],
    ['2001:db8::1-2001:db8::f', 'range 2001:db8::1-2001:db8::f'],
    ['%any', 'any %any4'],
    ['%any4', 'any %any4'],
    ['%any6', 'any %any6'],
    ['%ANY', 'any %any4'],
    ['0.0.0.0', 'any %any4'],
    ['0.0.0.0/0', 'any %any4'],
    ['::', 'any %any6'],
    ['::/0', 'any %any6'],
  ])('%s is %s', (text, expected) => {
    expect(textOf(text)).toBe(expected);
  });

  it('lets a bare %any follow the family of the list', () => {
    expect(textOf('%any', 'ipv6')).toBe('any %any6');
  });

  // What ipaddr.js alone would take: 8.0.0.1, 127.0.0.1, 1.2.0.3.
  it.each(['010.0.0.1', '0x7f.1', '1.2.3', '192.0.2.256', '1.2.3.4.5', '192.0.2.1 ', '', '192.0.2', '1'])(
    "'%s' is no address",
    (text) => {
      expect(textOf(text)).toMatch(/^bad-address/);
    },
  );

  it.each([
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/',
    '192.0.2.0/024',
    '192.0.2.0/255.255.255.0',
    '/24',
    '2001:db8::/129',
    '::ffff:192.0.2.0/120',
    '192.0.2.9-192.0.2.1',
    '192.0.2.9-2001:db8::1',
    '192.0.2.1-',
    '192.0.2.1-5',
    '2001:db8::1::2',
    '12345::',
    'gw-1.example.net',
    'example.net',
    'localhost',
    '%ani',
    '%any5',
    '1'.repeat(200),
  ])("'%s' is no entry", (text) => {
    expect(textOf(text)).toMatch(/^bad-address/);
  });

  it('offers both readings of a subnet with host bits', () => {
    const parsed = parseAddress('198.51.100.7/24', 'ipv4');
    expect(parsed).toMatchObject({
      ok: false,
      remedy: 'Write 198.51.100.0/24 for the subnet or 198.51.100.7 for the host.',
    });
  });

  it('refuses a zone, which charon would not show', () => {
    const parsed = parseAddress('fe80::1%eth0', 'ipv6');
    expect(parsed).toMatchObject({ ok: false, code: 'bad-address', message: "'fe80::1%eth0' has a zone" });
  });

  it('calls only hosts not passive (R13)', () => {
    expect(
      ['192.0.2.1', '192.0.2.0/24', '192.0.2.1-192.0.2.9', '%any'].map((text) => entry(text).passive),
    ).toEqual([false, true, true, true]);
  });

  it('reads its own canonical form as the same entry', () => {
    const v4 = fc.ipV4();
    const v6 = fc.ipV6();
    const any = fc.oneof(
      v4,
      v6,
      fc.tuple(v4, v4).map((pair) => pair.join('-')),
      fc.tuple(v6, v6).map((pair) => pair.join('-')),
    );
    fc.assert(
      fc.property(any, (text) => {
        const first = parseAddress(text, 'ipv4');
        if (first.ok) expect(parseAddress(first.value.text, 'ipv4')).toEqual(first);
      }),
    );
  });

  it('agrees with the canonical form of the operating system', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const ours = parseHostAddress(text);
        const theirs = new SocketAddress({ address: text, family: 'ipv6' }).address;
        // inet_ntop writes the last 32 bits of ::192.0.2.1 and ::ffff:192.0.2.1 with dots; charon never shows those.
        if (ours !== null && !theirs.includes('.')) expect(ours.text).toBe(theirs);
      }),
    );
  });
});

describe('an address within an entry', () => {
  it.each([
    ['192.0.2.0/30', '192.0.2.0', true],
    ['192.0.2.0/30', '192.0.2.3', true],
    ['192.0.2.0/30', '192.0.2.4', false],
    ['192.0.2.0/30', '192.0.1.255', false],
    ['192.0.2.4-192.0.2.6', '192.0.2.3', false],
    ['192.0.2.4-192.0.2.6', '192.0.2.4', true],
    ['192.0.2.4-192.0.2.6', '192.0.2.6', true],
    ['192.0.2.4-192.0.2.6', '192.0.2.7', false],
    ['192.0.2.4', '192.0.2.4', true],
    ['192.0.2.4', '::ffff:192.0.2.4', true],
    ['192.0.2.4', '192.0.2.5', false],
    ['%any4', '255.255.255.255', true],
    ['%any4', '2001:db8::1', false],
    ['%any6', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', true],
    ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff', true],
    ['2001:db8::/64', '2001:db8:0:1::', false],
    ['%any4', 'moon', false],
  ])('%s and %s: %s', (range, address, inside) => {
    expect(entryContains(entry(range), address)).toBe(inside);
  });
});

describe('the address of a host', () => {
  it('is canonical and has a family', () => {
    expect(parseHostAddress('2001:DB8::0:1')).toEqual({ text: '2001:db8::1', family: 'ipv6' });
    expect(parseHostAddress('203.0.113.1')).toEqual({ text: '203.0.113.1', family: 'ipv4' });
  });

  it.each(['0.0.0.0', '::', '%any', '192.0.2.0/24', 'moon', ''])("'%s' is none", (text) => {
    expect(parseHostAddress(text)).toBeNull();
  });
});
