/** Peer lists and services go from afteryou.yaml to StarOS and back, and are the same again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Config } from '../../../src/config/model.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { writeStaros } from '../../../src/translate/staros/write.ts';
import { translate } from '../../../src/translate/translate.ts';

const name = fc.stringMatching(/^[A-Za-z0-9]{1,32}$/);
const seconds = fc.integer({ min: 5, max: 250 });

const address4 = fc.oneof(
  { weight: 5, arbitrary: fc.ipV4().filter((text) => text !== '0.0.0.0') },
  { weight: 1, arbitrary: fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.0/24`) },
  { weight: 1, arbitrary: fc.constantFrom('%any', '0.0.0.0') },
);
const address6 = fc.oneof(
  { weight: 5, arbitrary: fc.nat(0xfffe).map((n) => `2001:db8::${(n + 1).toString(16)}`) },
  { weight: 1, arbitrary: fc.nat(0xffff).map((n) => `2001:db8:${n.toString(16)}::/48`) },
);

const list = fc.oneof(
  fc.record({ family: fc.constant('ipv4'), addresses: fc.array(address4, { maxLength: 20 }) }),
  fc.record({ family: fc.constant('ipv6'), addresses: fc.array(address6, { maxLength: 20 }) }),
);

const service = fc.record({
  context: fc.option(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { nil: undefined }),
  usesList: fc.option(fc.nat(4), { nil: undefined }),
  isRemoteAccess: fc.boolean(),
  isBound: fc.boolean(),
  initiator: seconds,
  responder: seconds,
});

/** A configuration as text of our own format; services have connections of their own, so that none claims another's. */
const configuration = fc
  .tuple(
    fc.uniqueArray(fc.tuple(name, list), { maxLength: 4, selector: ([of]) => of }),
    fc.uniqueArray(fc.tuple(name, service), { minLength: 1, maxLength: 4, selector: ([of]) => of }),
  )
  .map(([lists, services]) => ({
    version: 1,
    'peer-lists': Object.fromEntries(
      lists.map(([of, { family, addresses }]) => [of, { family, addresses: distinct(addresses) }]),
    ),
    services: Object.fromEntries(
      services.map(([of, { context, usesList, isRemoteAccess, isBound, initiator, responder }]) => {
        const used = isRemoteAccess || usesList === undefined ? undefined : lists[usesList];
        return [
          of,
          {
            ...(context === undefined ? {} : { context }),
            'deployment-mode': isRemoteAccess ? 'remote-access' : 'site-to-site',
            ...(isBound ? { bind: used?.[1].family === 'ipv6' ? '2001:db8:ffff::1' : '203.0.113.1' } : {}),
            ...(used === undefined ? {} : { 'peer-list': used[0] }),
            ...(used === undefined && !isRemoteAccess ? { policy: 'responder-only' } : {}),
            connections: `${of}-*`,
            'initiator-mode-duration': initiator,
            'responder-mode-duration': responder,
          },
        ];
      }),
    ),
  }));

/** Without addresses that are the same in another spelling, which a configuration refuses. */
function distinct(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.map((address) => (address === '0.0.0.0' ? '%any' : address)))];
}

/** What must survive, places in files left aside. */
function essence({ peerLists, services }: Config): unknown {
  return {
    peerLists: [...peerLists.values()]
      .map(({ name: of, family, entries }) => ({ of, family, entries: entries.map(({ text }) => text) }))
      .sort((a, b) => (a.of < b.of ? -1 : 1)),
    services: services
      .map(({ name: of, context, deploymentMode, bind, peerListName, connectionGlobs, settings }) => ({
        of,
        context,
        deploymentMode,
        bind,
        peerListName,
        connectionGlobs,
        policy: settings.policy,
        initiator: settings.initiatorModeMs,
        responder: settings.responderModeMs,
      }))
      .sort((a, b) => (a.of < b.of ? -1 : 1)),
  };
}

test('there and back', () => {
  fc.assert(
    fc.property(configuration, (whole) => {
      const { config } = parseConfig([{ file: 'a.yaml', text: JSON.stringify(whole) }]);
      const { text, left } = writeStaros(config);
      expect(left).toEqual([]);
      const { files, lines } = translate([{ file: 'staros.txt', text }], 'staros');
      expect(lines.filter(({ verdict }) => verdict === 'not-understood')).toEqual([]);
      const again = parseConfig([{ file: 'b.yaml', text: files.get('afteryou.yaml') ?? '' }]).config;
      expect(essence(again)).toEqual(essence(config));
    }),
    { numRuns: 300 },
  );
});
