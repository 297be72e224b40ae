/**
 * Nothing is left of a lab: closed, failed, or killed with its maker.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

import { checkoutDir } from './checkout.ts';
import { run } from './command.ts';
import { ManagedProcess } from './managed-process.ts';
import { scenario } from './scenario.ts';
import { twoCharons } from './two-charons.ts';
import { within } from './wait.ts';

scenario(
  'lab-close',
  'closing ends all processes and removes namespaces and files; closing again is harmless; evidence is kept when asked',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await lab.capture(lab.moon);
    await lab.ping(lab.moon, { source: lab.moon.ipv4.outer, destination: lab.sun.ipv4.outer });
    const pids = [moon.process.pid, sun.process.pid, lab.relay.process.pid];
    expect(pids.every((pid) => existsSync(`/proc/${pid}`))).toBe(true);
    const evidence = await lab.close({ hasFailed: true });
    expect(evidence).toBe(join(checkoutDir(), '.netns-logs', 'lab-close'));
    expect(readdirSync(join(evidence ?? '', 'moon'))).toEqual(
      expect.arrayContaining(['charon.log', 'sas.txt', 'strongswan.conf', 'swanctl.conf']),
    );
    rmSync(evidence ?? '', { recursive: true });
    expect(await lab.close()).toBe(evidence);
    expect(pids.some((pid) => existsSync(`/proc/${pid}`))).toBe(false);
    expect(existsSync(lab.dir)).toBe(false);
    expect(await namespaces()).not.toContain(`${lab.name}-`);
  },
  { relay: {} },
);

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'lab-killed: after %s of its maker nothing of a lab is left',
  async (signal) => {
    const script = await bundledScript('kill-me');
    let found: string[] | undefined;
    const maker = await ManagedProcess.start([process.execPath, script], {
      onStdoutLine: (line) => {
        found = line.split(' ');
      },
      logFile: join(dirname(script), 'stderr.log'),
    });
    const [name = '', dir = '', ...pids] = await within(20_000, 'the script has its lab', () => found);
    expect(pids).toHaveLength(2);
    expect(await namespaces()).toContain(`${name}-moon`);
    const exit = await maker.stop(signal);
    expect(exit.signal).toBe(signal);
    if (signal === 'SIGKILL') {
      const cleaner = await bundledScript('clean');
      await run([process.execPath, cleaner]);
      rmSync(dirname(cleaner), { recursive: true });
    }
    await within(
      5_000,
      'its processes are gone',
      (saw) => saw(pids.filter((pid) => existsSync(`/proc/${pid}`))).length === 0,
    );
    expect(await namespaces()).not.toContain(`${name}-moon`);
    expect(existsSync(dir)).toBe(false);
    rmSync(dirname(script), { recursive: true });
  },
);

async function namespaces(): Promise<string> {
  return await run(['ip', 'netns', 'list']);
}

/** Small programs that use the lab outside vitest, bundled as scripts/demo is. */
async function bundledScript(name: 'kill-me' | 'clean'): Promise<string> {
  const lab = join(checkoutDir(), 'test', 'netns', 'lab');
  const contents = {
    'kill-me': `
      import { Lab } from './lab.ts';
      const lab = await Lab.create();
      const moon = await lab.charon(lab.moon);
      const sun = await lab.charon(lab.sun);
      await lab.ping(lab.moon, { source: lab.moon.ipv4.outer, destination: lab.sun.ipv4.outer });
      console.log(lab.name, lab.dir, moon.process.pid, sun.process.pid);
      setInterval(() => undefined, 1000);`,
    clean: `
      import { cleanStaleLabs } from './stale.ts';
      await cleanStaleLabs();`,
  }[name];
  const dir = join(tmpdir(), `ay${process.pid}-0-${name}-${Date.now()}`);
  mkdirSync(dir);
  const outfile = join(dir, `${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: lab, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Packages in CommonJS inside a bundle of modules still call require().
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile,
  });
  return outfile;
}
