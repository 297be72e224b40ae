/**
 * A real keepalived at a gateway of a pair, by the example that is shipped: it alone moves the address, calls the notify script and
 * asks the daemon whether it lives.
 *
 * Of the example only names, addresses, the priority and how often the daemon is asked are changed. Knows nothing of tunnels.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { afteryouExecutable, checkoutDir } from '../lab/checkout.ts';
import { WAN } from '../lab/hosts.ts';
import type { Lab } from '../lab/lab.ts';
import { ManagedProcess } from '../lab/managed-process.ts';
import type { Gateway } from './gateway.ts';

const PACKAGING = join(checkoutDir(), 'packaging', 'keepalived');
/** A mount of keepalived's own: a path that root alone may write to, as `enable_script_security` wants it. */
const RUN = '/run/lab';

export class Keepalived {
  readonly #gateway: Gateway;
  readonly #dir: string;
  #process: ManagedProcess | undefined;

  private constructor(gateway: Gateway, dir: string) {
    this.#gateway = gateway;
    this.#dir = dir;
    onTestFinished(() => this.stop());
  }

  /** Starts it. `address` is the gateway's own on the wire, `priority` says who is master if both live. */
  static async start(lab: Lab, gateway: Gateway, address: string, priority: number): Promise<Keepalived> {
    const { host, daemon, charon } = gateway;
    const keepalived = new Keepalived(gateway, join(lab.dir, `keepalived-${host.label}`));
    const dir = keepalived.#dir;
    await host.ip([`addr add ${address}/24 dev ${WAN}`]);
    await keepalived.reach();
    mkdirSync(dir);
    const script = (name: string, text: string) =>
      writeFileSync(join(dir, name), `#!/bin/sh\nexec ${text}\n`, { mode: 0o755 });
    script('swanctl', `swanctl "$@" --uri unix://${charon.viciSocket}`);
    script('afteryou', `${process.execPath} ${afteryouExecutable()} -c ${daemon.configFile} "$@"`);
    script('afteryou-notify', `env AFTERYOU_COMMAND=${RUN}/afteryou ${PACKAGING}/afteryou-notify "$@"`);
    writeFileSync(
      join(dir, 'keepalived.conf'),
      changed(readFileSync(join(PACKAGING, 'keepalived.conf'), 'utf8'), {
        'interface eth0': `interface ${WAN}`,
        '203.0.113.1/24': `${host.ipv4.outer}/24`,
        '/usr/bin/afteryou status': `${RUN}/afteryou status`,
        '/usr/sbin/swanctl --stats': `${RUN}/swanctl --stats`,
        '/usr/lib/afteryou/afteryou-notify': `${RUN}/afteryou-notify`,
        'priority 100': `priority ${priority}`,
        'interval 5': 'interval 2',
        'fall 3': 'fall 2',
      }),
    );
    const command = `mount -t tmpfs -o mode=755 tmpfs /run && mkdir ${RUN} && cp ${dir}/* ${RUN} && exec keepalived -n -l -D -f ${RUN}/keepalived.conf`;
    keepalived.#process = await ManagedProcess.start(host.inside(['sh', '-c', command]), {
      logFile: join(dir, 'keepalived.log'),
    });
    return keepalived;
  }

  /** A way to the peers, which goes when the plug is pulled. */
  async reach(): Promise<void> {
    await this.#gateway.host.ip([`route replace 198.18.0.0/15 dev ${WAN}`]);
  }

  /** Ends it in order: it gives the address back and says so. */
  async stop(): Promise<void> {
    await this.#process?.stop('SIGTERM', 10_000);
  }
}

/** Replaces each text. @throws Error when one isn't there */
function changed(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the example has no '${from}'`);
    return now.replaceAll(from, to);
  }, text);
}
