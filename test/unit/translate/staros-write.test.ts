import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.ts';
import { writeStaros } from '../../../src/translate/staros/write.ts';

function written(yaml: string): { readonly text: string; readonly left: readonly string[] } {
  const { config } = parseConfig([{ file: 'afteryou.yaml', text: `version: 1\n${yaml}` }]);
  const { text, left } = writeStaros(config);
  return { text, left: left.map(({ at, text: why }) => `${at?.number ?? 0}: ${why}`) };
}

describe('the way back to StarOS', () => {
  test('peer lists, services and durations, by context', () => {
    const yaml = [
      'peer-lists:',
      '  branches: { family: ipv4, addresses: [192.0.2.10, 198.51.100.0/24, "%any"] }',
      'services:',
      '  wsg1: { context: wsg, bind: 203.0.113.1, peer-list: branches, connections: "wsg1-*", responder-mode-duration: 30 }',
      '  users: { context: wsg, deployment-mode: remote-access, connections: "users-*" }',
    ].join('\n');
    expect(written(yaml)).toEqual({
      left: [],
      text: [
        'configure',
        '   context wsg',
        '      crypto peer-list ipv4 branches',
        '         address 192.0.2.10',
        '         address 198.51.100.0/24',
        '         address 0.0.0.0',
        '         exit',
        '      wsg-service wsg1',
        '         deployment-mode site-to-site',
        '         # complete the next line with: crypto-template NAME',
        '         bind address 203.0.113.1',
        '         peer-list branches',
        '         initiator-mode-duration 10',
        '         responder-mode-duration 30',
        '         exit',
        '      wsg-service users',
        '         deployment-mode remote-access',
        '         initiator-mode-duration 10',
        '         responder-mode-duration 10',
        '         exit',
        '   exit',
        'end',
        '',
      ].join('\n'),
    });
  });

  test.each([
    [
      'a range of addresses',
      'peer-lists:\n  l: { family: ipv4, addresses: [192.0.2.1-192.0.2.9] }\nservices:\n  s: { peer-list: l }',
      '3: 192.0.2.1-192.0.2.9: StarOS has hosts, subnets and wildcards, no ranges.',
    ],
    [
      'a policy without counterpart',
      'services:\n  s: { policy: initiator-only }',
      '3: s: policy initiator-only has no counterpart; StarOS would wait and then call.',
    ],
    [
      'a responder-only service with a list',
      'peer-lists:\n  l: { family: ipv4, addresses: [192.0.2.1] }\nservices:\n  s: { policy: responder-only, peer-list: l }',
      '5: s: it is responder-only, so the text does not set its peer list: with one StarOS would call.',
    ],
    [
      'settings of a peer',
      'peer-lists:\n  l: { family: ipv4, addresses: [192.0.2.1] }\nservices:\n  s: { peer-list: l, peers: { 192.0.2.1: { settle-hold: 2 } } }',
      '5: s: settings of single peers have no counterpart.',
    ],
    [
      "a laboratory's duration",
      'laboratory: true\nservices:\n  s: { initiator-mode-duration: 0.5 }',
      '4: s: initiator-mode-duration 0.5 is no whole number of 5..250 seconds.',
    ],
  ])('what StarOS cannot say is told: %s', (_, yaml, why) => {
    expect(written(yaml).left).toEqual([why]);
  });

  test.each([
    [1_000, 0],
    [1_001, 1],
  ])('of %i addresses 1,000 are written', (count, told) => {
    const addresses = Array.from({ length: count }, (_, n) => `198.18.${n >> 8}.${n & 255}`).map((text) =>
      text === '198.18.0.0' ? '198.19.0.1' : text,
    );
    const limits = 'limits: { peers-per-list: 2000 }';
    const { text, left } = written(
      `${limits}\npeer-lists:\n  l: { family: ipv4, addresses: [${addresses.join(', ')}] }\nservices:\n  s: { peer-list: l }`,
    );
    expect(text.match(/^ *address /gm)).toHaveLength(1_000);
    expect(left).toHaveLength(told);
  });
});
