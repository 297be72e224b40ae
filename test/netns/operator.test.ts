/**
 * An operator's hand on a living daemon: pause, resume, initiate, wait, observing only, and one daemon too many.
 */
import { expect, onTestFinished } from 'vitest';

import { afteryouExecutable } from './lab/checkout.ts';
import { tryRun } from './lab/command.ts';
import { ManagedProcess } from './lab/managed-process.ts';
import { scenario } from './lab/scenario.ts';
import { twoCharons, untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';
import { historyOf, peerOf, startDaemon, statusOf, transitions, untilState } from './sidecar/daemon.ts';
import { calls, untilCalls } from './sidecar/wire.ts';

scenario(
  'operator-pause-resume',
  'Paused, a peer is neither called nor cut off, and may call itself; resumed, the modes begin anew.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { config: { initial: 'paused' } });
    await untilState(daemon, 'paused');
    await neverFor(1_500, 'a call of ours while paused', () => calls(capture, lab.moon.ipv4.outer)[0]);
    expect(await daemon.cli(['initiate', 'sun'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('paused'),
    });
    expect(await daemon.cli(['resume', 'sun'])).toMatchObject({ code: 0 });
    expect(await untilState(daemon, 'up')).toMatchObject({ role: 'initiator' });

    expect(await daemon.cli(['pause', '--all'])).toMatchObject({ code: 0 });
    expect(await peerOf(daemon)).toMatchObject({ state: 'paused', paused: true, role: 'initiator' });
    expect(await moon.sas()).toMatchObject([{ state: 'ESTABLISHED' }]);
    await sun.terminate({ ike: 'moon' });
    await within(10_000, 'no IKE_SA at moon', async (saw) => saw(await moon.sas()).length === 0);
    await neverFor(1_500, 'a second call of ours while paused', () => calls(capture, lab.moon.ipv4.outer)[1]);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    const known = await within(10_000, "the peer's IKE_SA in the status", async (saw) => {
      const status = saw(await peerOf(daemon));
      return status.ike_sas.some(({ initiated_by: by }) => by === 'peer') && status;
    });
    expect(known).toMatchObject({ state: 'paused' });
    expect(await daemon.cli(['resume', '--service', 'all'])).toMatchObject({ code: 0 });
    expect(await peerOf(daemon)).toMatchObject({ state: 'up', role: 'responder' });
    await capture.caughtUp();
    expect(calls(capture, lab.moon.ipv4.outer)).toHaveLength(1);
  },
);

scenario(
  'operator-initiate-wait',
  '`initiate` ends a long responder mode at once; `wait` tells by its exit code what became of it.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    const daemon = await startDaemon(lab, moon, { service: { 'responder-mode-duration': 250 } });
    expect(await daemon.cli(['wait', 'sun', '--up', '--timeout', '0'])).toMatchObject({ code: 1 });
    expect(await daemon.cli(['wait', 'sun', '--down', '--timeout', '0'])).toMatchObject({ code: 0 });
    expect(calls(capture, lab.moon.ipv4.outer)).toEqual([]);
    const waiting = daemon.cli(['wait', 'sun', '--up', '--timeout', '10']);
    expect(await daemon.cli(['initiate', lab.sun.ipv4.outer])).toMatchObject({ code: 0 });
    expect(await waiting).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await untilUp(sun, 1);
    expect(transitions(await historyOf(daemon)).map(({ rule, to }) => `${rule} ${to}`)).toEqual([
      'R1 responder-mode',
      'R2 initiator-mode',
      'R5 up',
    ]);
    const status = await daemon.cli(['status', 'sun', '-o', 'json']);
    expect(status).toMatchObject({
      code: 0,
      json: { schema: 1, peers: [{ peer: 'sun', state: 'up', role: 'initiator' }] },
    });
    expect(await daemon.cli(['initiate', 'sun'])).toMatchObject({ code: 1 });
    expect(await daemon.cli(['initiate', 'nobody'])).toMatchObject({ code: 2 });
    await untilCalls(capture, lab.moon.ipv4.outer, 1);
    expect(calls(capture, lab.moon.ipv4.outer)).toHaveLength(1);
  },
);

scenario(
  'operator-observe',
  'Without a configuration file the daemon watches, decides and says what it would do, and there is no packet of ours.',
  async (lab) => {
    const { moon, sun } = await twoCharons(lab);
    const capture = await lab.capture(lab.moon);
    // The usual places, in a mount namespace of its own.
    const places = [
      'mount -t tmpfs none /run; mount -t tmpfs none /var/lib',
      'if [ -d /etc/afteryou ]; then mount -t tmpfs none /etc/afteryou; fi',
      'ln -s "$1" /run/charon.vici; shift',
      'exec "$@"',
    ].join('; ');
    const lines: string[] = [];
    const argv = [
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-ec',
      places,
      'sh',
      moon.viciSocket,
    ];
    const observer = await ManagedProcess.start(
      lab.moon.inside([...argv, process.execPath, afteryouExecutable(), 'run']),
      { onStdoutLine: (line) => lines.push(line), onStderrLine: (line) => lines.push(line) },
    );
    onTestFinished(async () => {
      await observer.stop('SIGKILL');
    });
    const cli = (...args: string[]) =>
      tryRun([
        'nsenter',
        '--target',
        String(observer.pid),
        '--mount',
        process.execPath,
        afteryouExecutable(),
        ...args,
      ]);
    await within(10_000, 'it is attached', (saw) =>
      saw(lines).some((line) => line.includes('attached to charon')),
    );
    expect(JSON.parse((await cli('status', '-o', 'json')).stdout)).toMatchObject({
      mode: 'observe',
      config: { file: null },
      peers: [{ peer: 'sun', state: 'responder-mode' }],
    });
    expect((await cli('initiate', 'sun')).code).toBe(0);
    await within(10_000, 'what it would do', (saw) =>
      saw(lines).some((line) => line.includes('would initiate')),
    );
    await neverFor(1_000, 'a packet of ours', () => capture.ike({ from: lab.moon.ipv4.outer })[0]);
    await sun.initiate({ ike: 'moon' });
    await untilUp(moon, 1);
    await within(10_000, 'the peer is up', async (saw) => {
      return saw((await cli('wait', 'sun', '--up', '--timeout', '0')).code) === 0;
    });
    expect(await observer.stop()).toEqual({ code: 0, signal: null });
  },
);

scenario(
  'operator-second-daemon',
  'A second daemon on the same control socket is refused, and the first one goes on.',
  async (lab) => {
    const { moon } = await twoCharons(lab);
    const daemon = await startDaemon(lab, moon);
    const second = [process.execPath, afteryouExecutable(), 'run', '-c', daemon.configFile];
    const refused = await tryRun(lab.moon.inside(second), { timeoutMs: 10_000 });
    expect(refused).toMatchObject({ code: 69, stderr: expect.stringContaining('CONTROL_IN_USE') });
    expect((await statusOf(daemon)).charon.attached).toBe(true);
    await untilState(daemon, 'up');
  },
);
