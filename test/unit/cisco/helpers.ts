/** A gateway with a charon that only answers what it is asked, and the transcripts of the policy. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { parseConfig } from '../../../src/config/parse.ts';
import { Daemon } from '../../../src/daemon/daemon.ts';
import type { DaemonOptions } from '../../../src/daemon/daemon-options.ts';
import { createLog } from '../../../src/daemon/log.ts';
import { StateKeeper } from '../../../src/daemon/state-keeper.ts';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import { connectionFacts, everythingElse, FakePolicyCharon } from '../../helpers/fake-policy-charon.ts';

export interface Gateway {
  readonly daemon: Daemon;
  readonly charon: FakePolicyCharon;
  /** What a reload finds. */
  file: string;
  readonly pass: (ms: number) => Promise<void>;
  readonly states: () => Record<string, string>;
}

/** A daemon with this configuration (without `version: 1`), attached to a charon with these connections: name to address. */
export async function gateway(
  text: string,
  connections: Readonly<Record<string, string>>,
  prepare: (charon: FakePolicyCharon) => void = () => {},
): Promise<Gateway> {
  const directory = mkdtempSync(join(tmpdir(), 'cisco-'));
  const clock = new VirtualClock();
  const charon = new FakePolicyCharon();
  charon.connections = Object.entries(connections).map(([name, address]) => connectionFacts(name, address));
  prepare(charon);
  const log = createLog({ level: 'error', format: 'journal', write: () => {} });
  const load = (lines: string) => parseConfig([{ file: 'afteryou.yaml', text: `version: 1\n${lines}\n` }]);
  const keeper: StateKeeper = new StateKeeper({
    file: join(directory, 'state'),
    clock,
    log,
    peers: () => made.daemon.fleet.peers,
    history: () => made.daemon.histories,
  });
  const options: DaemonOptions = {
    version: '9.9.9',
    clock,
    random: () => 0,
    log,
    loaded: load(text),
    keeper,
    reread: () => load(made.file),
    listInFull: async () => ({ ikeSas: [], authentications: new Map() }),
    exposition: new Exposition(),
    viewCharon: async () => null,
  };
  const made: Gateway = {
    daemon: new Daemon(options),
    charon,
    file: text,
    async pass(ms) {
      const untilMs = clock.nowMs() + ms;
      while (clock.nowMs() < untilMs) {
        clock.advanceTo(Math.min(clock.nowMs() + 250, untilMs));
        await everythingElse();
      }
    },
    states: () => Object.fromEntries(made.daemon.status().peers.map(({ peer, state }) => [peer, state])),
  };
  onTestFinished(async () => {
    made.daemon.stop();
    await keeper.close();
    rmSync(directory, { recursive: true, force: true });
  });
  await made.daemon.onAttached(charon, '5.9.8');
  return made;
}

/** Whether a transcript, which transcripts.test.ts holds to the policy, has these lines in this order. */
export function expectInTranscript(name: string, ...lines: readonly string[]): void {
  const url = new URL(`../../scenario/transcripts/${name}.txt`, import.meta.url);
  const all = readFileSync(url, 'utf8').split('\n');
  let from = 0;
  for (const line of lines) {
    const found = all.findIndex((one, index) => index >= from && one.includes(line));
    expect(found, `${name}: ${line}`).toBeGreaterThanOrEqual(0);
    from = found + 1;
  }
}
