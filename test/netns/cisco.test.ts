/**
 * What an operator who comes from Cisco does first: look at the service and the IKE_SA, and change the peer list.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { peerOf, shortConfig, startDaemon, untilState } from './sidecar/daemon.ts';

const LIST = { peer01: { family: 'ipv4', addresses: ['192.0.2.2'] } };
const SERVICE = {
  context: 'wsg',
  'peer-list': 'peer01',
  'responder-mode-duration': 1,
  'initiator-mode-duration': 3,
};

scenario(
  'cisco-show-and-peer-list',
  'show tells of the service, its list and the live IKE_SA; addresses come and go in the file and in the daemon, and the tunnel stays.',
  async (lab) => {
    const { moon } = await twoCharons(lab);
    const daemon = await startDaemon(lab, moon, {
      config: { 'peer-lists': LIST, services: { wsg1: SERVICE } },
    });
    const address = lab.sun.ipv4.outer;
    await untilState(daemon, 'up', { peer: address });
    const [before] = await untilUp(moon, 1);

    const services = await daemon.cli(['show', 'wsg-service', 'all']);
    expect(services.stdout).toMatch(
      /^Service name: wsg1\n {2}Context: wsg\n(?: {2}.*\n)*? {2}peer list : peer01\n/,
    );
    expect(services.stdout).toContain('  Peers : 1 (1 up)\n');
    expect((await daemon.cli(['show', 'crypto', 'isakmp', 'sa'])).stdout).toBe('no IKEv1 IKE_SAs\n');
    const sas = await daemon.cli(['show', 'crypto', 'ikev2', 'sa', 'detail', '-o', 'json']);
    expect(sas.json).toMatchObject({
      schema: 1,
      ike_sas: [
        {
          id: before?.id,
          version: 2,
          service: 'wsg1',
          peer: address,
          role: 'initiator',
          type: 'l2l',
          state: 'ESTABLISHED',
          encryption: 'AES_CBC',
          encryption_bits: 128,
          integrity: 'HMAC_SHA2_256_128',
          group: 'CURVE_25519',
          authentication: 'pre-shared key',
          remote: { host: address, id: 'sun' },
          children: [{ name: 'net', state: 'INSTALLED' }],
        },
      ],
    });

    const add = await daemon.cli(['peer-list', 'add', 'peer01', '198.51.100.0/24', '-o', 'json']);
    expect(add.json).toMatchObject({
      changed: true,
      running: true,
      reload: { added: ['wsg1/198.51.100.0/24'], unchanged: 1 },
    });
    expect(await peerOf(daemon, '198.51.100.0/24')).toMatchObject({ state: 'unconfigured' });
    const lists = await daemon.cli(['show', 'crypto', 'peer-list', 'peer01']);
    expect(lists.stdout).toContain('198.51.100.0/24  subnet  unconfigured  -\n');
    const remove = await daemon.cli(['peer-list', 'remove', 'peer01', '198.51.100.0/24', '-o', 'json']);
    expect(remove.json).toMatchObject({ reload: { removed: ['wsg1/198.51.100.0/24'] } });
    expect(JSON.parse(readFileSync(daemon.configFile, 'utf8'))).toMatchObject({ 'peer-lists': LIST });

    const after = await untilUp(moon, 1);
    expect(after.map(({ id }) => id)).toEqual([before?.id]);
  },
);

scenario(
  'cisco-strict',
  'strict-cisco: a list in use is not changed, not in the file either; a service restarts with the reload, and the tunnel stays.',
  async (lab) => {
    const { moon } = await twoCharons(lab);
    const strict = (service: object) => ({
      'strict-cisco': true,
      'peer-lists': LIST,
      services: { wsg1: service },
    });
    const daemon = await startDaemon(lab, moon, { config: strict(SERVICE) });
    const address = lab.sun.ipv4.outer;
    await untilState(daemon, 'up', { peer: address });
    const [before] = await untilUp(moon, 1);

    const file = readFileSync(daemon.configFile, 'utf8');
    const refused = await daemon.cli(['peer-list', 'add', 'peer01', '198.51.100.0/24']);
    expect(refused).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("while service 'wsg1' refers to it"),
    });
    expect(readFileSync(daemon.configFile, 'utf8')).toBe(file);

    daemon.configure(shortConfig({ config: strict({ ...SERVICE, 'initiator-mode-duration': 5 }) }));
    expect(await daemon.cli(['reload'])).toMatchObject({
      code: 78,
      stderr: expect.stringContaining(
        "service 'wsg1' can't change (initiator-mode-duration) without a restart",
      ),
    });
    expect(await daemon.cli(['reload', '--restart-service', 'wsg1'])).toMatchObject({ code: 0 });
    const services = await daemon.cli(['show', 'wsg-service', 'name', 'wsg1']);
    expect(services.stdout).toContain('  Initiator mode duration : 5 seconds\n');
    expect(await peerOf(daemon, address)).toMatchObject({ state: 'up', role: 'initiator' });
    expect((await untilUp(moon, 1)).map(({ id }) => id)).toEqual([before?.id]);
  },
);
