import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ALGORITHMS, GROUPS, notesOnWeakAlgorithms } from '../../../src/translate/algorithms.ts';
import { type Secret, sectionName } from '../../../src/translate/gateway-model.ts';
import { Names } from '../../../src/translate/names.ts';
import { yamlText } from '../../../src/translate/writers/policy-file.ts';
import { espProposals, ikeProposals, selectorText } from '../../../src/translate/writers/proposals.ts';
import { writeSecrets } from '../../../src/translate/writers/secrets.ts';
import { setting, settingsText } from '../../../src/translate/writers/settings-text.ts';
import { service, staros } from './helpers.ts';

describe('names', () => {
  test.each([
    [['wsg1', '192.0.2.1'], 'wsg1-192-0-2-1'],
    [['wsg1', '2001:db8::1'], 'wsg1-2001-db8--1'],
    [['wsg1', '198.51.100.0/24'], 'wsg1-198-51-100-0_24'],
    [['wsg1', '%any4'], 'wsg1-any4'],
    [['a b', '{"#='], 'a-b-----'],
    [[''], 'x'],
  ])('a section of %j is %s', (parts, name) => {
    expect(sectionName(...parts)).toBe(name);
  });

  test('in afteryou.yaml have letters and digits, at most 32, each once', () => {
    const names = new Names();
    const long = 'x'.repeat(40);
    expect(names.give(['wsg-1'], 'service')).toBe('wsg1');
    expect(names.give(['wsg1', 'east-wsg1'], 'service')).toBe('eastwsg1');
    expect(names.give(['wsg_1'], 'service')).toBe('wsg12');
    expect(names.give([long], 'service')).toBe('x'.repeat(32));
    expect(names.give([long], 'service')).toBe(`${'x'.repeat(26)}2`);
    expect(names.give(['-'], 'service')).toBe('service');
  });
});

describe('settings', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['%any', '%any'],
    ['a-b, c-d', 'a-b, c-d'],
    ['two words', '"two words"'],
    ['', '""'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ['10.0.0.0/8[tcp/80]', '"10.0.0.0/8[tcp/80]"'],
    ['# {', '"# {"'],
  ])('the value %j stands as %s', (value, text) => {
    expect(settingsText(setting('key', value))).toBe(`key = ${text}\n`);
  });

  test('no comment can end its line', () => {
    expect(settingsText([{ comment: 'a\nsecret = b\r' }])).toBe('# a secret = b \n');
  });
});

describe('secrets', () => {
  const secret: Secret = { name: 'wsg1', at: { file: 'a', number: 3 }, ids: [], value: 'k', why: null };

  test.each([
    ['0xdecafbad', '"0sMHhkZWNhZmJhZA=="'],
    ['0SaGVsbG8=', '"0sMFNhR1ZzYkc4PQ=="'],
    ['x0x1', 'x0x1'],
  ])('a text that looks like an encoding is written as what it is: %s', (value, written) => {
    expect(writeSecrets({ secrets: [{ ...secret, value }] })).toContain(`secret = ${written}\n`);
  });

  test.each([
    [[], []],
    [['a'], ['id = a']],
    [
      ['a', 'b'],
      ['id-1 = a', 'id-2 = b'],
    ],
  ])('of the identities %j', (ids, written) => {
    const text = writeSecrets({ secrets: [{ ...secret, ids }] });
    expect(text.match(/id(?:-\d)? = .*/g) ?? []).toEqual(written);
  });

  test('one that is missing has only comments, with the place of the original', () => {
    const text = writeSecrets({ secrets: [{ ...secret, value: null, why: 'It is encrypted' }] });
    expect(text).toContain('    # It is encrypted (a:3). Put it here:\n    # secret = \n');
    expect(text).not.toMatch(/^ *secret =/m);
  });
});

describe('proposals', () => {
  test.each([
    [
      { encryption: ['aes128'], integrity: ['sha1'], prf: ['prfsha1'], groups: ['modp1024'] },
      ['aes128-sha1-modp1024'],
    ],
    [
      { encryption: ['aes128'], integrity: ['sha1'], prf: ['prfsha256'], groups: [] },
      ['aes128-sha1-prfsha256'],
    ],
    [
      {
        encryption: ['aes128', 'aes256gcm16'],
        integrity: ['sha256'],
        prf: ['prfsha256'],
        groups: ['ecp256'],
      },
      ['aes128-sha256-ecp256', 'aes256gcm16-prfsha256-ecp256'],
    ],
  ])('of IKE: %j', (proposal, written) => {
    expect(ikeProposals(proposal)).toEqual(written);
  });

  test.each([
    [{ encryption: ['aes128'], integrity: ['sha1'], groups: [], esn: 'no' as const }, ['aes128-sha1']],
    [
      { encryption: ['aes128gcm16'], integrity: ['sha1'], groups: ['ecp256'], esn: 'both' as const },
      ['aes128gcm16-ecp256-esn-noesn'],
    ],
  ])('of ESP: %j', (proposal, written) => {
    expect(espProposals(proposal)).toEqual(written);
  });

  test.each([
    [{ subnet: '10.0.0.0/8', protocol: null, port: null }, '10.0.0.0/8'],
    [{ subnet: '10.0.0.0/8', protocol: 'tcp', port: null }, '10.0.0.0/8[6]'],
    [{ subnet: '10.0.0.0/8', protocol: 'tcp', port: '80-90' }, '10.0.0.0/8[6/80-90]'],
    [{ subnet: '10.0.0.0/8', protocol: '47', port: null }, '10.0.0.0/8[47]'],
    [{ subnet: '::/0', protocol: 'ipv6-icmp', port: null }, '::/0[58]'],
  ])('a traffic selector: %j', (selector, written) => {
    expect(selectorText(selector)).toBe(written);
  });
});

describe('algorithms', () => {
  test('every group has a keyword that is known', () => {
    for (const keyword of GROUPS.values()) expect(ALGORITHMS[keyword]?.kind, keyword).toBe('group');
  });

  test('weak ones are pointed out, with the plugin that they need; strong ones are not', () => {
    const set = (cipher: string, hmac: string, group: string) =>
      staros(
        service({
          template: [
            'ikev2-ikesa transform-set list s',
            'payload p match ipv4',
            'ipsec transform-set list e',
            'exit',
          ],
        }).replace(
          'context wsg\n',
          `context wsg\nikev2-ikesa transform-set s\nencryption ${cipher}\nhmac ${hmac}\nprf sha2-256\ngroup ${group}\nexit\n` +
            `ipsec transform-set e\nencryption aes-cbc-256\nhmac sha2-256-128\nexit\n`,
        ),
      );
    expect(notesOnWeakAlgorithms(set('aes-cbc-256', 'sha2-256-128', '14').gateway)).toEqual([]);
    const notes = notesOnWeakAlgorithms(set('des-cbc', 'md5-96', '1').gateway);
    expect(notes.map(({ at, text }) => [at?.number, text])).toEqual([
      [3, expect.stringMatching(/^des is broken .* plugin des, which distributions often leave out/)],
      [3, expect.stringMatching(/^md5 is broken .* plugin md5 with hmac, or openssl\.$/)],
      [3, expect.stringMatching(/^modp768 is broken .* plugin gmp or openssl\.$/)],
    ]);
  });
});

test.each(['a', 'wsg1', '192.0.2.1', '2001:db8::1', '%any', '*', '- a', 'a: b', '"', 'a # b', '{', ''])(
  'YAML reads %j as it was',
  (text) => {
    const read: unknown = parse(`key: ${yamlText(text)}\nlist:\n  - ${yamlText(text)}\n`, {
      schema: 'failsafe',
    });
    expect(read).toEqual({ key: text, list: [text] });
  },
);
