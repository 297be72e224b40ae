import { expect, test } from 'vitest';
import { listedIkeSa } from '../../../src/daemon/translate-facts.ts';

const SA = {
  name: 'branch1',
  uniqueid: '3',
  state: 'ESTABLISHED',
  isInitiator: true,
  remoteHost: '192.0.2.2',
  remoteId: 'sun',
  initiatorSpi: '0000000000000001',
  responderSpi: '0000000000000002',
  isBusy: false,
};

test.each([
  ['INSTALLED', 2],
  ['REKEYING', 2],
  ['REKEYED', 1],
  ['DELETED', 1],
])('a listed CHILD_SA that is %s makes %i', (state, expected) => {
  const child = {
    name: 'net',
    uniqueid: '7',
    state: 'INSTALLED',
    reqid: '1',
    spiIn: '0b',
    spiOut: '0a',
    isPerCpu: false,
    packetsIn: 0,
  };
  const { facts } = listedIkeSa({ ...SA, children: [child, { ...child, uniqueid: '6', state }] });
  expect(facts.children).toHaveLength(expected);
});

test.each(['(unnamed)', ''])('an IKE_SA named "%s" is of no connection', (name) => {
  const listed = listedIkeSa({ ...SA, name, children: [] });
  expect(listed.connection).toBeNull();
  expect(listed.facts.isAnonymous).toBe(true);
});

const CHILD = {
  name: 'net',
  uniqueid: '7',
  state: 'INSTALLED',
  reqid: '1',
  spiIn: 'c0000002',
  spiOut: '0a000001',
  isPerCpu: false,
  packetsIn: 0,
};

test('both ends see the SPIs of a CHILD_SA in the same order', () => {
  const ends = [CHILD, { ...CHILD, spiIn: CHILD.spiOut, spiOut: CHILD.spiIn }];
  const seen = ends.map((child) => listedIkeSa({ ...SA, children: [child] }).facts.children[0]);
  expect(seen.map((child) => child?.spis)).toEqual(['0a000001c0000002', '0a000001c0000002']);
  expect(seen.map((child) => child?.purpose)).toEqual(['1', '1']);
});

test.each([{ isPerCpu: true }, { reqid: '' }, { spiIn: '' }, { spiOut: '' }])(
  'what a CHILD_SA is for is not known: %j',
  (change) => {
    const { facts } = listedIkeSa({ ...SA, children: [{ ...CHILD, ...change }] });
    expect(facts.children).toEqual([{ id: '7', name: 'net', state: 'INSTALLED', packetsIn: 0 }]);
  },
);
