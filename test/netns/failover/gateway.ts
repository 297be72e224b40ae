/**
 * One gateway of a pair: its charon, its afteryou with `initial: paused`, and the script that keepalived would call.
 *
 * The test moves the address and calls the script, as keepalived does; a real one is in keepalived.ts.
 */
import { join } from 'node:path';
import * as z from 'zod';

import { loadSnapshot } from '../../../src/daemon/snapshot-file.ts';
import type { Afteryou, ConfigSection } from '../lab/afteryou.ts';
import type { Charon } from '../lab/charon.ts';
import { afteryouExecutable, checkoutDir } from '../lab/checkout.ts';
import { run } from '../lab/command.ts';
import { connectionToPeer } from '../lab/connection.ts';
import type { Host } from '../lab/hosts.ts';
import { type IkeSa, isUp } from '../lab/ike-sas.ts';
import type { Lab } from '../lab/lab.ts';
import type { Settings } from '../lab/settings-text.ts';
import { asking, shortConfig, startDaemon, statusOf } from '../sidecar/daemon.ts';

export type Role = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';

/** As much of a record of the state file as is asked for. */
const RECORD = z.object({
  memory: z.object({ counters: z.object({ initiations: z.number() }) }).nullable(),
});
const CONFIG: ConfigSection = { initial: 'paused' };

export class Gateway {
  readonly host: Host;
  readonly charon: Charon;
  readonly daemon: Afteryou;
  private readonly roleDir: string;

  private constructor(host: Host, charon: Charon, daemon: Afteryou, roleDir: string) {
    this.host = host;
    this.charon = charon;
    this.daemon = daemon;
    this.roleDir = roleDir;
  }

  static async start(lab: Lab, host: Host, settings: Settings, service: ConfigSection): Promise<Gateway> {
    const charon = await lab.charon(host, { settings });
    await charon.load(connections(lab));
    const name = `afteryou-${host.label}`;
    const daemon = await startDaemon(lab, charon, { name, service, config: CONFIG });
    return new Gateway(host, charon, daemon, join(lab.dir, name, 'role'));
  }

  /** What keepalived does when the gateway's role changes; `again` is what the unit does when the daemon has started. */
  async notify(role: Role | 'again'): Promise<void> {
    const script = join(checkoutDir(), 'packaging', 'keepalived', 'afteryou-notify');
    const args = role === 'again' ? ['again'] : ['INSTANCE', 'gateways', role, '100'];
    await run([script, ...args], {
      env: {
        AFTERYOU_ROLE_DIR: this.roleDir,
        AFTERYOU_PATIENCE: '25',
        AFTERYOU_COMMAND: `${process.execPath} ${afteryouExecutable()} -c ${this.daemon.configFile}`,
      },
    });
  }

  /** Gives its afteryou another service. A changed duration counts from the next mode on. */
  async reconfigure(service: ConfigSection): Promise<void> {
    this.daemon.configure(shortConfig({ service, config: CONFIG }));
    await asking(this.daemon, (client) => client.reload());
  }

  /** Calls of its afteryou so far, over all peers. */
  async initiations(): Promise<number> {
    const { peers } = await statusOf(this.daemon);
    return peers.reduce((sum, { counters }) => sum + counters.initiations, 0);
  }

  /** The same in its state file, which is written a moment later. */
  initiationsOnDisk(): number {
    const records = loadSnapshot(this.daemon.stateFile, RECORD).values ?? [];
    return records.reduce((sum, { memory }) => sum + (memory?.counters.initiations ?? 0), 0);
  }

  /** How many peers are in each state, in the daemon's words. */
  async states(): Promise<Record<string, number>> {
    const count: Record<string, number> = {};
    for (const { state } of (await statusOf(this.daemon)).peers) count[state] = (count[state] ?? 0) + 1;
    return count;
  }

  /** The IKE_SAs that are up with a child. */
  async up(): Promise<IkeSa[]> {
    return (await this.charon.sas()).filter(isUp);
  }
}

/** Both gateways have the same. Dead peers are found within a quarter of a minute. */
export const DPD: Settings = { dpd_delay: '8s' };

function connections(lab: Lab) {
  return lab.peers.map((peer) => connectionToPeer(lab.moon, peer, { settings: DPD }));
}
