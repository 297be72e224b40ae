/**
 * Proof of the ground that all other netns tests stand on: what the lab says is there is there, what it says doesn't
 * arrive doesn't, and nothing is left of it afterwards.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

import { checkoutDir } from './lab/checkout.ts';
import { run } from './lab/command.ts';
import type { ConnectionOptions } from './lab/connection.ts';
import { dropAt, silence } from './lab/firewall.ts';
import { spis } from './lab/ike-sas.ts';
import { ManagedProcess } from './lab/managed-process.ts';
import { scenario } from './lab/scenario.ts';
import { merge, settingsText } from './lab/settings-text.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, WaitFailed, within } from './lab/wait.ts';

scenario(
  'lab-tunnel',
  'sun initiates; both ends show the same SA, traffic passes, and the capture has both exchanges with their roles and times',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const beforeMs = Date.now();
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    await untilUp(sun, 1);
    const [[atMoon], [atSun]] = await Promise.all([moon.sas(), sun.sas()]);
    expect(atMoon).toMatchObject({
      name: 'sun',
      isInitiator: false,
      remoteHost: lab.sun.ipv4.outer,
      majorVersion: 2,
    });
    expect(atSun).toMatchObject({ name: 'moon', isInitiator: true, remoteHost: lab.moon.ipv4.outer });
    expect(atMoon && spis(atMoon)).toBe(atSun && spis(atSun));

    const pinger = await lab.ping(lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
    await within(5_000, '5 echoes answered', (saw) => saw(pinger.received) >= 5);
    const pinged = await pinger.stop();
    expect(pinged).toMatchObject({ lost: [], errors: [] });
    expect(pinged.received).toBeGreaterThanOrEqual(5);
    await capture.caughtUp();
    expect(capture.espBySource.get(lab.moon.ipv4.outer)).toBeGreaterThanOrEqual(5);
    expect(capture.espBySource.get(lab.sun.ipv4.outer)).toBeGreaterThanOrEqual(5);

    const first = capture.packets.slice(0, 4).map((packet) => ({
      exchange: packet.exchange,
      from: packet.source,
      fromInitiator: packet.fromInitiator,
      isResponse: packet.isResponse,
      messageId: packet.messageId,
      initiatorSpi: packet.initiatorSpi,
    }));
    const request = { from: lab.sun.ipv4.outer, fromInitiator: true, isResponse: false };
    const response = { from: lab.moon.ipv4.outer, fromInitiator: false, isResponse: true };
    const initiatorSpi = atSun?.initiatorSpi;
    expect(first).toEqual([
      { exchange: 'IKE_SA_INIT', ...request, messageId: 0, initiatorSpi },
      { exchange: 'IKE_SA_INIT', ...response, messageId: 0, initiatorSpi },
      { exchange: 'IKE_AUTH', ...request, messageId: 1, initiatorSpi },
      { exchange: 'IKE_AUTH', ...response, messageId: 1, initiatorSpi },
    ]);
    const times = capture.packets.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(beforeMs);
    expect(times.at(-1)).toBeLessThanOrEqual(Date.now());
    await capture.stop();
    expect(readFileSync(capture.pcapFile).length).toBeGreaterThan(1_000);
  },
);

scenario('lab-ipv6', 'the same over IPv6, outside and inside, and the capture reads IPv6', async (lab) => {
  const { moon, sun } = await twoCharons(lab, { connection: { family: 'ipv6' } });
  const capture = await lab.capture(lab.sun);
  await sun.initiate({ ike: 'moon' });
  await untilUp(moon, 1);
  const pinger = await lab.ping(lab.sun, { source: lab.sun.ipv6.inner, destination: lab.moon.ipv6.inner });
  await within(5_000, 'an echo answered', (saw) => saw(pinger.received) >= 1);
  await pinger.stop();
  expect(capture.ike({ from: lab.sun.ipv6.outer, exchange: 'IKE_SA_INIT' })).toHaveLength(1);
  expect(capture.ike({ from: lab.moon.ipv6.outer, exchange: 'IKE_AUTH', isResponse: true })).toHaveLength(1);
});

scenario(
  'lab-ikev1',
  'an IKEv1 connection with two children comes up; its packets have no IKEv2 roles',
  async (lab) => {
    const options: ConnectionOptions = {
      settings: { version: 1 },
      children: { net: {}, more: { local_ts: '10.9.0.0/16', remote_ts: '10.9.0.0/16' } },
    };
    const { moon, sun } = await twoCharons(lab, { connection: options });
    const capture = await lab.capture(lab.moon);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    expect((await moon.sas())[0]).toMatchObject({ majorVersion: 1, isInitiator: false });
    await capture.caughtUp();
    expect(capture.ike({ exchange: 'ID_PROT', from: lab.sun.ipv4.outer })).toHaveLength(3);
    expect(capture.packets.every(({ majorVersion }) => majorVersion === 1)).toBe(true);
  },
);

scenario(
  'lab-silence',
  'while sun is silenced its call does not arrive, charon sees no error, and after lifting it comes up by retransmission',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const drop = await silence(lab.moon, lab.sun);
    const capture = await lab.capture(lab.moon);
    await sun.initiate({ ike: 'moon' });
    await neverFor(700, 'an IKE_SA at moon', async () => (await moon.sas()).at(0));
    await capture.caughtUp();
    expect(capture.ike({ from: lab.sun.ipv4.outer, exchange: 'IKE_SA_INIT' }).length).toBeGreaterThanOrEqual(
      1,
    );
    expect(capture.ike({ from: lab.moon.ipv4.outer })).toEqual([]);
    expect(await drop.dropped()).toBeGreaterThanOrEqual(1);
    expect(sun.grep(/error writing to socket/)).toEqual([]);
    await drop.lift();
    await untilUp(moon, 1);
    await capture.caughtUp();
    expect(capture.ike({ from: lab.sun.ipv4.outer, exchange: 'IKE_SA_INIT' }).length).toBeGreaterThanOrEqual(
      2,
    );
  },
);

scenario(
  'lab-drop-by-exchange',
  'the first IKE_AUTH answer is dropped at sun: moon is up while sun still connects, and the second answer completes it',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab, { charon: { settings: { retransmit_timeout: 3 } } });
    const drop = await dropAt(lab.sun, { exchange: 'IKE_AUTH', message: 'response', count: 1 });
    const capture = await lab.capture(lab.sun);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    expect((await sun.sas()).map(({ state }) => state)).toEqual(['CONNECTING']);
    await untilUp(sun, 1);
    expect(await drop.dropped()).toBe(1);
    await capture.caughtUp();
    expect(capture.ike({ exchange: 'IKE_AUTH', isResponse: true })).toHaveLength(2);
    expect(capture.ike({ exchange: 'IKE_SA_INIT' })).toHaveLength(2);
  },
);

scenario(
  'lab-firewall-loss',
  'half of what arrives at moon on the ports of IKE is lost by chance: some echoes in the tunnel are answered, some are not',
  async (lab) => {
    const { sun } = await twoCharons(lab);
    await sun.initiate({ ike: 'moon' });
    await untilUp(sun, 1);
    const drop = await dropAt(lab.moon, { from: lab.sun.ipv4.outer, lossPercent: 50 });
    const target = { source: lab.sun.ipv4.inner, destination: lab.moon.ipv4.inner, intervalMs: 10 };
    const pinger = await lab.ping(lab.sun, target);
    await within(10_000, 'both kinds of echo', (saw) => {
      const { received, lost } = saw(pinger.result());
      return received >= 10 && lost.length >= 10;
    });
    const { lost } = await pinger.stop();
    expect(await drop.dropped()).toBeGreaterThanOrEqual(lost.length);
  },
);

scenario(
  'lab-collision',
  'with 30 ms each way, both ends call within the other call: strongSwan alone ends with two IKE_SAs, one by each end',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    await Promise.all([moon.initiate({ ike: 'sun' }), sun.initiate({ ike: 'moon' })]);
    await untilUp(moon, 2);
    await untilUp(sun, 2);
    expect((await moon.sas()).map(({ name, isInitiator }) => `${name} ${isInitiator}`).sort()).toEqual([
      'sun false',
      'sun true',
    ]);
    await capture.caughtUp();
    // The wire delays as it was told to: no answer is there before a round trip.
    const [call] = capture.ike({ from: lab.moon.ipv4.outer, exchange: 'IKE_SA_INIT', isResponse: false });
    const [answer] = capture.ike({
      exchange: 'IKE_SA_INIT',
      isResponse: true,
      initiatorSpi: call?.initiatorSpi ?? '',
    });
    expect((answer?.atMs ?? 0) - (call?.atMs ?? 0)).toBeGreaterThanOrEqual(60);
  },
  { relay: { delayMs: 30 } },
);

scenario(
  'lab-hold',
  'IKE_AUTH requests of sun are held: moon stays half-open until they are released, then one tunnel comes up',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const rule = await lab.relay.hold({ from: 'sun', exchange: 'IKE_AUTH', message: 'request', count: 1 });
    await sun.initiate({ ike: 'moon' });
    await rule.took(1, 3_000);
    expect((await moon.sas()).map(({ state }) => state)).toEqual(['CONNECTING']);
    expect((await sun.sas()).map(({ state }) => state)).toEqual(['CONNECTING']);
    await rule.release();
    await untilUp(moon, 1);
    await untilUp(sun, 1);
    expect(rule.taken).toBe(1);
  },
  { relay: {} },
);

scenario(
  'lab-loss',
  'the relay loses as many as it is told: all with 100, none with 0, some with 50',
  async (lab) => {
    const target = { source: lab.moon.ipv4.outer, destination: lab.sun.ipv4.outer, intervalMs: 10 };
    await lab.relay.loss('moon', 100);
    const cut = await lab.ping(lab.moon, target);
    await within(5_000, '20 echoes lost', (saw) => saw(cut.result().lost.length) >= 20);
    expect((await cut.stop()).received).toBe(0);
    await lab.relay.loss('any', 0);
    const whole = await lab.ping(lab.moon, target);
    await within(5_000, '20 echoes answered', (saw) => saw(whole.received) >= 20);
    expect((await whole.stop()).lost).toEqual([]);
    await lab.relay.loss('sun', 50);
    const half = await lab.ping(lab.moon, target);
    await within(10_000, 'both kinds of echo', (saw) => {
      const { received, lost } = saw(half.result());
      return received >= 20 && lost.length >= 20;
    });
    await half.stop();
  },
  { relay: {} },
);

scenario(
  'lab-many-peers',
  'forty peers at one charon, each with an address and an inner network of its own, come up and carry traffic side by side',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await moon.initiateAll(lab.peers.map(({ name }) => ({ ike: name })));
    await untilUp(moon, 40);
    await untilUp(sun, 40);
    expect(new Set((await moon.sas()).map(({ remoteHost }) => remoteHost)).size).toBe(40);
    const pingers = await Promise.all(
      lab.peers.flatMap((peer) => [
        lab.ping(lab.moon, { source: peer.innerMoon, destination: peer.innerSun, intervalMs: 200 }),
        lab.ping(lab.sun, { source: peer.innerSun, destination: peer.innerMoon, intervalMs: 200 }),
      ]),
    );
    await within(15_000, 'each tunnel answers both ways', (saw) => {
      return saw(pingers.map(({ received }) => received)).every((received) => received >= 3);
    });
    const results = await Promise.all(pingers.map((pinger) => pinger.stop()));
    expect(results.flatMap(({ lost, errors }) => [...lost, ...errors])).toEqual([]);
    const silent = lab.peers[6];
    if (silent === undefined) throw new Error('fewer than seven peers');
    const drop = await silence(lab.moon, lab.sun, silent.outer);
    const silenced = await lab.ping(lab.moon, { source: silent.innerMoon, destination: silent.innerSun });
    await within(5_000, 'echoes to the silenced peer lost', (saw) => saw(silenced.result().lost.length) >= 5);
    expect((await silenced.stop()).received).toBe(0);
    expect(await drop.dropped()).toBeGreaterThanOrEqual(5);
  },
  { manyPeers: 40 },
);

scenario(
  'lab-charon-life',
  'a frozen charon gives no answer, a killed one is gone, a restarted one has its connections again and its SAs no more',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    expect(moon.process.rssKib()).toBeGreaterThan(1_000);
    expect(moon.process.cpuMs()).toBeGreaterThanOrEqual(0);
    moon.pause();
    const answer = moon.sas();
    let hasAnswered = false;
    void answer.then(() => {
      hasAnswered = true;
    });
    await neverFor(300, 'an answer of a frozen charon', () => hasAnswered);
    moon.resume();
    expect((await answer).length).toBe(1);
    expect(await moon.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(() => moon.process).toThrow("isn't running");
    await moon.start();
    expect(await moon.sas()).toEqual([]);
    await moon.loadAgain();
    await moon.restart();
    await moon.initiate({ ike: 'sun' });
    await untilUp(moon, 1);
    await moon.load([]);
    await expect(moon.initiate({ ike: 'sun' })).rejects.toThrow('not found');
    expect(moon.grep(/sun\|\d+/).length).toBeGreaterThan(0);
  },
);

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
    expect(await namespaces()).not.toContain(lab.name);
  },
  { relay: {} },
);

scenario(
  'lab-afteryou',
  'the daemon gets its file and is waited for, its lines and exit are kept, and the command line is asked about it',
  async (lab) => {
    process.env['AFTERYOU_EXECUTABLE'] = join(lab.dir, 'stand-in.mjs');
    try {
      writeFileSync(join(lab.dir, 'stand-in.mjs'), STAND_IN);
      const moon = await lab.charon(lab.moon);
      const afteryou = await lab.afteryou(moon, { config: { services: { all: { connections: '*' } } } });
      expect(await afteryou.cli(['status', '-o', 'json'])).toMatchObject({
        code: 1,
        json: {
          args: ['status', '-o', 'json', '-c', afteryou.configFile],
          config: {
            version: 1,
            services: { all: { connections: '*' } },
            charon: { socket: moon.viciSocket },
            control: { socket: afteryou.controlSocket },
            state: { file: afteryou.stateFile },
          },
        },
      });
      afteryou.reload();
      await within(5_000, 'the reload is logged', () => afteryou.grep(/^reloaded$/)[0]);
      expect(await afteryou.stop()).toEqual({ code: 7, signal: null });
      expect(afteryou.log.map(({ stream, text }) => `${stream} ${text}`)).toEqual([
        'stdout ready',
        'stderr reloaded',
        'stdout bye',
      ]);
      await afteryou.start();
      expect(await afteryou.kill()).toEqual({ code: null, signal: 'SIGKILL' });
      writeFileSync(join(lab.dir, 'stand-in.mjs'), "console.error('bad file'); process.exit(78);");
      await expect(afteryou.start()).rejects.toThrow('bad file');
    } finally {
      delete process.env['AFTERYOU_EXECUTABLE'];
    }
  },
);

/** As much of afteryou as the lab relies on. */
const STAND_IN = `
  import { readFileSync, rmSync, writeFileSync } from 'node:fs';
  import { createServer } from 'node:net';
  const args = process.argv.slice(2);
  const config = JSON.parse(readFileSync(args.at(-1), 'utf8'));
  if (args[0] === 'status') {
    console.log(JSON.stringify({ args, config }));
    process.exitCode = 1;
  } else {
    rmSync(config.control.socket, { force: true });
    createServer((socket) => socket.resume()).listen(config.control.socket, () => console.log('ready'));
    process.on('SIGHUP', () => console.error('reloaded'));
    process.on('SIGTERM', () => {
      console.log('bye');
      process.exit(7);
    });
  }`;

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
    expect(await namespaces()).toContain(name);
    const exit = await maker.stop(signal);
    expect(exit.signal).toBe(signal);
    if (signal === 'SIGKILL') {
      expect(await namespaces()).toContain(name);
      const cleaner = await bundledScript('clean');
      await run([process.execPath, cleaner]);
      rmSync(dirname(cleaner), { recursive: true });
    }
    await within(
      5_000,
      'its processes are gone',
      (saw) => saw(pids.filter((pid) => existsSync(`/proc/${pid}`))).length === 0,
    );
    expect(await namespaces()).not.toContain(name);
    expect(existsSync(dir)).toBe(false);
    rmSync(dirname(script), { recursive: true });
  },
);

test('settings are written so that strongSwan reads them back: quotes where needed, sections, lists, nothing for null', () => {
  const base = { a: { yes: true, list: ['x', 'y'], gone: 1 }, plain: '10.1.0.0/16' };
  expect(settingsText(merge(base, { a: { gone: null, secret: 'a "b" # {c}\\\\' } }))).toBe(
    'a {\n  yes = yes\n  list = x, y\n  secret = "a \\"b\\" # {c}\\\\\\\\"\n}\nplain = 10.1.0.0/16\n',
  );
  expect(() => settingsText({ 'a b': 1 })).toThrow(RangeError);
});

test('within and neverFor say what they waited for and what they saw', async () => {
  await expect(within(30, 'a seven', (saw) => saw([1, 2]).includes(7))).rejects.toThrow(
    'not within 30 ms: a seven; last seen: [ 1, 2 ]',
  );
  await expect(within(30, 'a seven', () => Promise.reject(new Error('no dice')))).rejects.toThrow(
    'last look failed: no dice',
  );
  expect(await within(30, 'a zero', () => 0)).toBe(0);
  await expect(neverFor(30, 'a seven', () => 7)).rejects.toThrow(WaitFailed);
  await expect(neverFor(30, 'a seven', () => Promise.reject(new Error('no dice')))).rejects.toThrow(
    "can't tell",
  );
  await neverFor(30, 'a seven', () => undefined);
});

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
    outfile,
  });
  return outfile;
}
