/**
 * Runs the bundle on every Node that distributions ship or operators install: 18, 20, 22 and 24, with a charon that speaks VICI.
 *
 *     npm run runtimes              fetches each Node from the npm registry, once, into the cache
 *     npm run runtimes -- 18 22     only these
 *
 * Prints a line for each step, and exits with 1 if one of them failed. The tests themselves run on 20 and later.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FakeCharon } from '../test/helpers/fake-charon.ts';

/** Debian 12 ships 18.20.4 or later, Debian 13 20.19.2 or later. */
const VERSIONS = ['18.20.8', '20.20.2', '22.23.3', '24.21.0'];

/** A daemon that has just been started; the machine may be busy. */
const START_MS_MAX = 20_000;

const CONNECTION = {
  remote_addrs: ['192.0.2.2'],
  local_addrs: ['%any'],
  version: 'IKEv2',
  unique: 'UNIQUE_NEVER',
  dpd_delay: '10',
  children: { net: { mode: 'TUNNEL', dpd_action: 'none', close_action: 'none' } },
};

interface Ran {
  readonly code: number;
  readonly out: string;
}

const packageName = `node-linux-${process.arch}`;
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'afteryou-runtimes');

/** The program of a Node, fetched if need be. */
async function nodeOf(version: string): Promise<string> {
  const place = join(cache, version);
  const program = join(place, 'node_modules', packageName, 'bin/node');
  if (existsSync(program)) return program;
  mkdirSync(place, { recursive: true });
  const install = [
    'install',
    '--prefix',
    place,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { code, out } = await run('npm', [...install, `${packageName}@${version}`]);
  if (code !== 0) throw new Error(`Node ${version} could not be installed: ${out}`);
  return program;
}

function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: `${out}${err}` });
    });
  });
}

/** A charon with one connection, which takes calls on and never has an IKE_SA. */
async function startCharon(): Promise<FakeCharon> {
  const charon = await FakeCharon.start();
  return charon
    .on('stats', () => ({ workers: { total: '16' } }))
    .on('get-pools', () => ({}))
    .on('initiate', () => ({ success: 'yes' }))
    .onStream('list-conns', 'list-conn', () => [{ far: CONNECTION }])
    .onStream('list-sas', 'list-sa', () => []);
}

/** Plays one Node through; `step` is told of each outcome. */
async function play(
  node: string,
  bundle: string,
  step: (name: string, fault: string | null) => void,
): Promise<void> {
  const charon = await startCharon();
  const place = mkdtempSync(join(tmpdir(), 'runtimes-'));
  const configFile = join(place, 'afteryou.yaml');
  const config = {
    version: 1,
    laboratory: true,
    charon: { socket: charon.path },
    control: { socket: join(place, 'control.sock') },
    state: { file: join(place, 'state') },
    metrics: { 'ipsec-exporter': true },
    services: { all: { 'responder-mode-duration': 0.2 } },
  };
  writeFileSync(configFile, JSON.stringify(config));
  const ask = (...args: string[]) => run(node, [bundle, ...args, '-c', configFile]);
  const expect = ({ code, out }: Ran, pattern: RegExp, expectedCode = 0): string | null =>
    code === expectedCode && pattern.test(out) ? null : `exit code ${code}: ${out.slice(0, 400)}`;
  const daemon = spawn(node, [bundle, 'run', '-c', configFile], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(daemon, 'exit');
  let log = '';
  let complaints = '';
  daemon.stdout.on('data', (chunk) => (log += String(chunk)));
  daemon.stderr.on('data', (chunk) => (complaints += String(chunk)));
  try {
    step('check', expect(await ask('check'), /no problems/));
    const deadlineMs = Date.now() + START_MS_MAX;
    while (!log.includes('attached to charon') && Date.now() < deadlineMs) await delay(50);
    step('run attaches', log.includes('attached to charon') ? null : log + complaints);
    step('status', expect(await ask('status'), /^far +all +(?:responder|initiator)-mode/m));
    step('explain', expect(await ask('explain', 'far'), /^connection|connection +far/m));
    while (charon.seen('initiate').length === 0 && Date.now() < deadlineMs) await delay(50);
    step('calls', charon.seen('initiate').length > 0 ? null : 'it never initiated');
    step('events', expect(await ask('events'), /responder-mode -> initiator-mode/));
    step('pause', expect(await ask('pause', '--all'), /done/));
    step('metrics', expect(await ask('metrics'), /^ipsec_up 1$/m));
    step('reload', expect(await ask('reload'), /0 added/));
    step('bugreport', expect(await ask('bugreport', '--file', '-'), /\[list-conns\]\n {2}far:/));
    step('wait', expect(await ask('wait', 'far', '--up', '--timeout', '0'), /isn't up/, 1));
    step('completion', expect(await ask('completion', 'peers'), /^far$/m));
    daemon.kill('SIGTERM');
    const [code] = await ended;
    step(
      'stops',
      code === 0 && log.includes('afteryou stops') ? null : `exit code ${code}: ${log.slice(-400)}`,
    );
    // V8 tells there of flags that it doesn't know, Node of what is to go in a later version.
    step('no complaint', complaints === '' ? null : complaints);
    step(
      'state file',
      readFileSync(join(place, 'state')).subarray(0, 4).equals(Buffer.from('AYS1')) ? null : 'none',
    );
  } finally {
    daemon.kill('SIGKILL');
    await charon.stop();
    rmSync(place, { recursive: true, force: true });
  }
}

const work = mkdtempSync(join(tmpdir(), 'runtimes-bundle-'));
// Without a package.json beside it the ending says that it is a module.
const bundle = join(work, 'afteryou.mjs');
try {
  const built = await run(process.execPath, ['scripts/build.mjs', bundle]);
  if (built.code !== 0) throw new Error(built.out);
  let failures = 0;
  const wanted = process.argv.slice(2);
  for (const version of VERSIONS) {
    if (wanted.length > 0 && !wanted.includes(version.split('.')[0] ?? '')) continue;
    await play(await nodeOf(version), bundle, (name, fault) => {
      if (fault !== null) failures += 1;
      process.stdout.write(
        `Node ${version.padEnd(8)} ${name.padEnd(13)} ${fault === null ? 'ok' : `FAILED: ${fault}`}\n`,
      );
    });
  }
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
