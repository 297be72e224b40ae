/**
 * Each rule of "Configuring a gateway as responder-only" (IOS, ASA; Cisco document 113158), by name. The forms of
 * the originals (ipsec profile, connection-type) are translated, and tested there.
 */
import { describe, expect, test } from 'vitest';
import { codesOf, connection, findingsIn } from '../doctor/helpers.ts';
import { expectInTranscript, gateway } from './helpers.ts';

const CONNECTIONS = { a: '192.0.2.1', b: '192.0.2.2' };

describe('Cisco: a responder-only device initiates nothing, neither to establish …', () => {
  test('afteryou never calls such a peer, not even when an operator asks', async () => {
    const hub = await gateway('services: { hub: { policy: responder-only } }', CONNECTIONS);
    await hub.pass(600_000);
    await hub.daemon.operate('initiate', { all: true });
    await hub.pass(600_000);
    expect(hub.charon.askedFor('initiate')).toEqual([]);
  });

  test('what charon starts by itself is told, and with enforce ended', () => {
    expectInTranscript('29-responder-only', 'operator initiate', 'trouble (R14');
    expectInTranscript('30-responder-only-enforced', 'trouble (R14', 'terminate');
  });

  test('only that peer: another of the same service is called', async () => {
    const hub = await gateway('services: { hub: { peers: { a: { policy: responder-only } } } }', CONNECTIONS);
    await hub.pass(11_000);
    expect(hub.charon.askedFor('initiate')).toEqual(['initiate b/net']);
  });
});

describe('Cisco: … nor to rekey IKE or IPsec SAs', () => {
  test('with no-rekey a rekeying from our side is a violation', () => {
    expectInTranscript('40-no-rekey', 'trouble (R14');
  });

  test('the doctor finds each lifetime that would make charon rekey', async () => {
    const config = 'version: 1\nservices: { hub: { policy: responder-only } }\n';
    const swanctl = (ike: string, child: string) =>
      `connections {${connection('a', '192.0.2.1', `rekey_time = ${ike}`, `rekey_time = ${child}`)}}\n`;
    expect(codesOf(await findingsIn({ config, swanctl: swanctl('4h', '0') }))).toEqual([
      'rekey-responder-only',
    ]);
    expect(codesOf(await findingsIn({ config, swanctl: swanctl('0', '1h') }))).toEqual([
      'rekey-responder-only',
    ]);
    expect(await findingsIn({ config, swanctl: swanctl('0', '0') })).toEqual([]);
  });
});

describe('Cisco: negotiations at any time by both ends leave duplicates; a device that only answers makes them less likely', () => {
  test('two ends that both start are a finding, one that starts is none', async () => {
    const host = (action: string) => ({
      swanctl: `connections {${connection('a', '192.0.2.1', '', `start_action = ${action}`)}}\n`,
    });
    expect(codesOf(await findingsIn(host('start')))).toEqual(['start-action']);
    expect(await findingsIn(host('none'))).toEqual([]);
  });
});

describe('Cisco: load-balanced hubs share one address, and must not call or rekey by themselves', () => {
  test('recommended where many peers terminate: a service says it for all its peers', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`p${index}`, `198.18.0.${index}`]),
    );
    const hub = await gateway(
      'services: { hub: { policy: responder-only, no-rekey: true, enforce: true } }',
      many,
    );
    await hub.pass(60_000);
    expect(hub.charon.askedFor('initiate')).toEqual([]);
    expect(new Set(Object.values(hub.states()))).toEqual(new Set(['responder-mode']));
  });
});

describe('Cisco: remote access is always answer-only', () => {
  test('its peers are passive, whatever the policy', async () => {
    const hub = await gateway(
      'services: { rw: { deployment-mode: remote-access, policy: windowed } }',
      CONNECTIONS,
    );
    await hub.pass(600_000);
    expect(hub.charon.askedFor('initiate')).toEqual([]);
  });
});
