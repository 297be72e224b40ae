/**
 * What the lab relies on in afteryou, shown with a stand-in for it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

import { scenario } from './scenario.ts';
import { within } from './wait.ts';

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
      await within(10_000, 'the reload is logged', () => afteryou.grep(/^reloaded$/)[0]);
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
