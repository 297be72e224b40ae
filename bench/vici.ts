/** The VICI benchmarks: the replay server in one process, each contender in another, other clients beside them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { inRounds, type Result, type Sample } from './rounds.ts';
import { VICI_CONTENDERS } from './vici-contenders.ts';

/** 20 listings of 1,000 IKE_SAs, or as many times the 5,000 recorded events, in one answer. */
const REPEATED = 20;
/** How often a contender is asked in a round, to warm up and then measured. */
const ASKED: Readonly<Record<string, readonly [warmUps: number, times: number]>> = {
  'version round trip': [2, 8],
  // Only the first time is without a pause.
  'a consumer that pauses': [1, 1],
};
const OTHERS_ASKED = [3, 6] as const;
const SWANCTL = '/usr/sbin/swanctl';

export interface ViciOptions {
  readonly rounds: number;
  /** The bundles of worker.ts and replay-server.ts. */
  readonly worker: string;
  readonly server: string;
  /** Command lines of other clients for `list-sas`; `{}` stands for the server's socket. */
  readonly others: readonly string[];
}

export async function runVici(benchmark: string, options: ViciOptions): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), `afteryou-bench-${process.pid}-`));
  const path = join(folder, 'vici');
  const server = spawn(process.execPath, [options.server, path, `${REPEATED}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await ready(server);
    const asked = (ASKED[benchmark] ?? OTHERS_ASKED).map(String);
    const contenders = Object.keys(VICI_CONTENDERS[benchmark] ?? {}).map((name) => ({
      name,
      run: () => sampleOf(options.worker, [benchmark, name, path, ...asked]),
    }));
    const others = benchmark === 'list-sas' ? await otherClients(options.others, path) : [];
    return await inRounds(options.rounds, [...contenders, ...others]);
  } finally {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function ready(server: ChildProcess): Promise<void> {
  if (server.stdout === null) throw new Error('the replay server has no output');
  await once(server.stdout, 'data');
}

async function sampleOf(worker: string, commandLine: readonly string[]): Promise<Sample> {
  const { stdout } = await execa(process.execPath, [worker, ...commandLine], { timeout: 300_000 });
  return JSON.parse(stdout) as Sample;
}

async function otherClients(
  commandLines: readonly string[],
  path: string,
): Promise<{ name: string; run: () => Promise<Sample> }[]> {
  const isThere = await access(SWANCTL).then(
    () => true,
    () => false,
  );
  const all = [...(isThere ? [`${SWANCTL} --list-sas --raw --uri unix://{}`] : []), ...commandLines];
  return all.map((commandLine) => ({
    name: commandLine.split(' ').slice(0, 3).join(' '),
    run: () => timed(commandLine.replaceAll('{}', path)),
  }));
}

/** A whole process, its start included: a command line can't be asked for less. */
async function timed(commandLine: string): Promise<Sample> {
  const startedMs = performance.now();
  const script = `TIMEFORMAT='%U %S'; time ${commandLine} >/dev/null 2>/dev/null`;
  const { stderr } = await execa('bash', ['-c', script], { timeout: 300_000, env: { LC_ALL: 'C' } });
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  const wallMs = performance.now() - startedMs;
  return { messages: REPEATED * 1_000, cpuMs: (user + system) * 1_000, wallMs, peakRssKiB: 0 };
}
