/** Outputs of Cisco's that are documented, line by line; for the rest of an output nothing is promised. */
import { describe, expect, test } from 'vitest';
import { withDaemon } from '../cli/terminal.ts';
import { gateway } from './helpers.ts';

describe('Cisco: show wsg-service all prints, per service, these lines among others', () => {
  test.each([
    'Service name: wsg1',
    '  Context: wsg',
    '  peer list : peer01',
    '  Initiator mode duration : 10 seconds',
    '  Responder mode duration : 10 seconds',
  ])('%j', async (line) => {
    const { ask } = await withDaemon();
    const { out, code } = await ask(['show', 'wsg-service', 'all']);
    expect(out.split('\n').filter((one) => one === line)).toHaveLength(1);
    expect(code).toBe(0);
  });

  test('in this order, and each service has its own', async () => {
    const { ask } = await withDaemon();
    const { out } = await ask(['show', 'wsg-service', 'all']);
    expect(out).toMatch(
      /Service name: wsg1\n {2}Context: wsg\n.*peer list : peer01\n {2}Initiator.*Responder.*Service name: clients\n/s,
    );
    expect(out).toContain('  Initiator mode duration : 20 seconds\n  Responder mode duration : 30 seconds\n');
  });

  test('are those of the service that runs', async () => {
    const { daemon } = await gateway(
      'peer-lists: { peer01: { family: ipv4, addresses: [192.0.2.1] } }\nservices: { wsg1: { context: wsg, peer-list: peer01, responder-mode-duration: 15 } }',
      { a: '192.0.2.1' },
    );
    expect(daemon.services().services).toMatchObject([
      {
        service: 'wsg1',
        context: 'wsg',
        peer_list: 'peer01',
        initiator_mode_seconds: 10,
        responder_mode_seconds: 15,
        peers: 1,
        states: { 'responder-mode': 1 },
      },
    ]);
  });
});

describe('Cisco: outputs that show the role: show crypto isakmp sa', () => {
  test.each([
    'IKE Peer: 209.165.200.225',
    '  Type : user',
    '  Role : responder',
    '  Rekey : no',
    '  State : MM_ACTIVE',
  ])('%j', async (line) => {
    const { ask } = await withDaemon();
    expect((await ask(['show', 'crypto', 'isakmp', 'sa'])).out.split('\n')).toContain(line);
  });
});

describe('Cisco: outputs that show the role: show crypto isakmp sa detail', () => {
  test('has the columns of the sample, in its order, and the row of the sample', async () => {
    const { ask } = await withDaemon();
    const { out } = await ask(['show', 'crypto', 'isakmp', 'sa', 'detail']);
    const [headings = '', row = ''] = out.split('\n');
    expect(headings.split(/ {2,}/)).toEqual([
      '#',
      'IKE Peer',
      'Type',
      'Dir',
      'Rky',
      'State',
      'Encrypt',
      'Hash',
      'Auth',
      'Lifetime',
    ]);
    // The sample's was AM_Active; charon doesn't tell aggressive mode from main mode.
    expect(row.split(/ {2,}/)).toEqual([
      '1',
      '209.165.200.225',
      'User',
      'Resp',
      'No',
      'MM_Active',
      '3des',
      'SHA',
      'preshrd',
      '86400',
    ]);
  });
});
