import { expect, test } from 'vitest';
import { listedIkeSa } from '../../../src/daemon/translate-facts.ts';

const SA = {
  name: 'branch1',
  uniqueid: '3',
  version: '2',
  state: 'ESTABLISHED',
  isInitiator: true,
  localHost: '192.0.2.1',
  remoteHost: '192.0.2.2',
  remoteId: 'sun',
  initiatorSpi: '0000000000000001',
  responderSpi: '0000000000000002',
  establishedSeconds: 5,
  tasksPassive: [],
};

test.each([
  ['INSTALLED', 2],
  ['REKEYING', 2],
  ['REKEYED', 1],
  ['DELETED', 1],
])('a listed CHILD_SA that is %s makes %i', (state, expected) => {
  const child = { name: 'net', uniqueid: '7', state: 'INSTALLED', reqid: '1', packetsIn: 0 };
  const { facts } = listedIkeSa({ ...SA, children: [child, { ...child, uniqueid: '6', state }] });
  expect(facts.children).toHaveLength(expected);
});

test.each(['(unnamed)', ''])('an IKE_SA named "%s" is of no connection', (name) => {
  const listed = listedIkeSa({ ...SA, name, children: [] });
  expect(listed.connection).toBeNull();
  expect(listed.facts.isAnonymous).toBe(true);
});
