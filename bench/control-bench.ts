/** The control socket under its largest ordinary answer: the status of 1,000 peers, server and client in one process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DaemonApi, type PeerStatus, SCHEMA } from '../src/control/api.ts';
import { ControlClient } from '../src/control/client.ts';
import { ControlServer } from '../src/control/server.ts';
import type { Ask } from './vici-contenders.ts';

function peerStatus(index: number): PeerStatus {
  const id = `${index}`;
  return {
    peer: `10.1.${index >> 8}.${index & 255}`,
    service: 'hub',
    address: `10.1.${index >> 8}.${index & 255}`,
    connection: `branch-${index}`,
    policy: 'windowed',
    state: 'up',
    since: '2026-01-01T00:00:00.000Z',
    deadline: null,
    role: 'responder',
    paused: false,
    children_configured: ['net'],
    ike_sas: [
      {
        id,
        state: 'ESTABLISHED',
        initiated_by: 'peer',
        initiator_spi: id.padStart(16, 'a'),
        responder_spi: id.padStart(16, 'b'),
        proven: true,
        children: [{ id, name: 'net', state: 'INSTALLED' }],
      },
    ],
    counters: { cycles: 0, initiations: 1, collisions: 0, settled: 0, swept: 0, violations: 0 },
    last_error: null,
  };
}

export async function statusServer(): Promise<Ask> {
  const folder = mkdtempSync(join(tmpdir(), `afteryou-bench-control-${process.pid}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const peers = Array.from({ length: 1_000 }, (_, index) => peerStatus(index));
  const since = '2026-01-01T00:00:00.000Z';
  const api = {
    status: () => ({
      schema: SCHEMA,
      version: '0.0.0',
      mode: 'active' as const,
      charon: { socket: '/run/charon.vici', attached: true, since, version: '5.9.8', error: null },
      config: { file: null, loadedAt: since, error: null },
      peers,
      health: [],
    }),
  };
  // The other operations aren't asked for here.
  const path = join(folder, 'control.sock');
  await ControlServer.listen({ path, api: api as unknown as DaemonApi });
  const client = await ControlClient.connect(path);
  return async () => {
    const turns = 20;
    for (let turn = 0; turn < turns; turn++) await client.status();
    return turns;
  };
}
