/** One address in or out of the text of a file, all else left as it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withAddress, withoutAddress } from '../../../src/config/edit-peer-list.ts';
import { parse } from './helpers.ts';

/** A file with a list `l` whose addresses are written so. */
const file = (addresses: string): string =>
  `version: 1 # first\nservices:   { s: {peer-list: l} }\npeer-lists:\n  l: # the list\n    family:   ipv4\n    addresses:${addresses}\nlimits: {max-half-open:   7}\n`;

const added = (text: string, address: string): string => {
  const edited = withAddress(text, 'l', address);
  return edited.ok ? edited.text : `refused: ${edited.reason}`;
};
const removed = (text: string, address: string): string => {
  const edited = withoutAddress(text, 'l', address, 'ipv4');
  return edited.ok ? edited.text : `refused: ${edited.reason}`;
};

describe('an address is added', () => {
  it.each([
    ['\n      - 192.0.2.1', '\n      - 192.0.2.1\n      - 192.0.2.9'],
    ['\n    - 192.0.2.1 # moon', '\n    - 192.0.2.1 # moon\n    - 192.0.2.9'],
    ['\n      -   192.0.2.1', '\n      -   192.0.2.1\n      -   192.0.2.9'],
    ['\n      - "192.0.2.1"', '\n      - "192.0.2.1"\n      - "192.0.2.9"'],
    ["\n      - '192.0.2.1'", "\n      - '192.0.2.1'\n      - '192.0.2.9'"],
    ['\n      - 192.0.2.1\n      # the end', '\n      - 192.0.2.1\n      - 192.0.2.9\n      # the end'],
    [' [192.0.2.1]', ' [192.0.2.1, 192.0.2.9]'],
    [' [ 192.0.2.1, 192.0.2.2 ]', ' [ 192.0.2.1, 192.0.2.2, 192.0.2.9 ]'],
    [
      ' [\n      192.0.2.1, # moon\n      192.0.2.2 # sun\n    ]',
      ' [\n      192.0.2.1, # moon\n      192.0.2.2, 192.0.2.9 # sun\n    ]',
    ],
    [' []', ' [192.0.2.9]'],
    [' [ ] # none', ' [192.0.2.9] # none'],
  ])('%j', (before, after) => {
    expect(added(file(before), '192.0.2.9')).toBe(file(after));
  });

  it('is quoted where YAML or a reader would stumble', () => {
    expect(added(file(' [192.0.2.1]'), '%any')).toContain('[192.0.2.1, "%any"]');
    expect(added(file(' []'), '2001:db8::')).toContain('["2001:db8::"]');
  });

  it('at the end of a file without a last line break', () => {
    expect(added('peer-lists:\n  l:\n    addresses:\n      - 192.0.2.1', '192.0.2.9')).toBe(
      'peer-lists:\n  l:\n    addresses:\n      - 192.0.2.1\n      - 192.0.2.9',
    );
  });

  it('with the line breaks that the file has', () => {
    const text = file('\n      - 192.0.2.1').replaceAll('\n', '\r\n');
    expect(added(text, '192.0.2.9')).toBe(
      file('\n      - 192.0.2.1\n      - 192.0.2.9').replaceAll('\n', '\r\n'),
    );
  });

  it('in JSON, which stays JSON', () => {
    const text = JSON.stringify({ 'peer-lists': { l: { addresses: ['192.0.2.1'] } } });
    expect(JSON.parse(added(text, '192.0.2.9'))).toEqual({
      'peer-lists': { l: { addresses: ['192.0.2.1', '192.0.2.9'] } },
    });
  });
});

describe('an address is removed', () => {
  it.each([
    ['\n      - 192.0.2.9\n      - 192.0.2.2', '\n      - 192.0.2.2'],
    ['\n      - 192.0.2.2\n      - 192.0.2.9', '\n      - 192.0.2.2'],
    [
      '\n      - 192.0.2.2 # sun\n      # moon\n      - "192.0.2.9" # gone',
      '\n      - 192.0.2.2 # sun\n      # moon',
    ],
    ['\n      - 192.0.2.9', ' []'],
    [' # all\n      - 192.0.2.9', ' [] # all'],
    [' [192.0.2.9]', ' []'],
    [' [192.0.2.9, 192.0.2.2]', ' [192.0.2.2]'],
    [' [192.0.2.2, 192.0.2.9]', ' [192.0.2.2]'],
    [' [192.0.2.1, 192.0.2.9/32, 192.0.2.2]', ' [192.0.2.1, 192.0.2.2]'],
    [
      ' [\n      192.0.2.2, # sun, the\n      192.0.2.9\n    ]',
      ' [\n      192.0.2.2 # sun, the\n      \n    ]',
    ],
  ])('%j', (before, after) => {
    expect(removed(file(before), '192.0.2.9')).toBe(file(after));
  });
});

describe('what is written in an unusual way is left to the operator', () => {
  it.each([
    ['peer-lists:\n  l:\n    addresses: *other\n', "the addresses of 'l' are an alias (*other)"],
    [
      'peer-lists:\n  l:\n    addresses: &all\n      - 192.0.2.1\n',
      "the addresses of 'l' have anchors or aliases",
    ],
    ['peer-lists:\n  l:\n    addresses: [*one]\n', "the addresses of 'l' have anchors or aliases"],
    ['peer-lists: *all\n', "peer list 'l' is written with aliases or in an unusual way"],
    [
      'peer-lists:\n  l:\n    addresses:\n      -\n        192.0.2.1\n',
      "an address of 'l' shares its line with something else",
    ],
  ])('%j', (text, reason) => {
    expect(added(text, '192.0.2.9')).toBe(`refused: ${reason}`);
  });
});

describe('any list in any layout', () => {
  const octet = fc.integer({ min: 1, max: 200 });
  const layouts: readonly ((addresses: readonly string[]) => string)[] = [
    (all) => all.map((address) => `\n      - ${address}`).join('') || ' []',
    (all) => all.map((address, index) => `\n    - "${address}" # ${index}, [x]`).join('') || ' []',
    (all) => ` [${all.join(', ')}]`,
    (all) =>
      ` [ # {\n${all.map((address, index) => `      ${address}${index < all.length - 1 ? ',' : ''} # ${index}, ]\n`).join('')}    ]`,
  ];
  const addressesOf = (text: string): readonly string[] =>
    parse(text)
      .config.peerLists.get('l')
      ?.entries.map((entry) => entry.text) ?? [];

  it('has one more, and then the same ones again; no other line is touched', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(octet, { maxLength: 6 }),
        octet,
        fc.constantFrom(...layouts),
        (octets, extra, layout) => {
          fc.pre(!octets.includes(extra));
          const addresses = octets.map((last) => `192.0.2.${last}`);
          const before = file(layout(addresses));
          const after = added(before, `192.0.2.${extra}`);
          expect(addressesOf(after)).toEqual([...addresses, `192.0.2.${extra}`]);
          const again = removed(after, `192.0.2.${extra}`);
          expect(addressesOf(again)).toEqual(addresses);
          for (const line of [
            'version: 1 # first',
            'services:   { s: {peer-list: l} }',
            '    family:   ipv4',
            'limits: {max-half-open:   7}',
          ]) {
            expect(again.split('\n')).toContain(line);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('loses any of its addresses and no other', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(octet, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.constantFrom(...layouts),
        (octets, pick, layout) => {
          const addresses = octets.map((last) => `192.0.2.${last}`);
          const gone = addresses[pick % addresses.length] ?? '';
          expect(addressesOf(removed(file(layout(addresses)), gone))).toEqual(
            addresses.filter((one) => one !== gone),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
