import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAddress } from '../../../src/vici/address.ts';
import { Session } from '../../../src/vici/index.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vici-connect-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test.each([
  ['/run/charon.vici', { path: '/run/charon.vici' }],
  ['unix:///run/charon.vici', { path: '/run/charon.vici' }],
  ['tcp://127.0.0.1:4502', { host: '127.0.0.1', port: 4502 }],
  ['tcp://localhost:1', { host: 'localhost', port: 1 }],
  ['tcp://[::1]:65535', { host: '::1', port: 65_535 }],
])('%s is an address', (address, options) => {
  expect(parseAddress(address)).toEqual(options);
});

test.each([
  '',
  'charon.vici',
  'unix://charon.vici',
  'unix://',
  'tcp://127.0.0.1',
  'tcp://127.0.0.1:0',
  'tcp://h:65536',
  'tcp://::1:4502',
  'http://h:1',
])('"%s" is none', (address) => {
  expect(() => parseAddress(address)).toThrow(expect.objectContaining({ code: 'VICI_CLOSED' }));
});

test('no socket: VICI_CLOSED that says to start charon', async () => {
  await expect(Session.connect(join(directory, 'absent'))).rejects.toEqual(
    expect.objectContaining({
      code: 'VICI_CLOSED',
      message: expect.stringContaining('ENOENT'),
      nextStep: expect.stringContaining('start charon'),
    }),
  );
});

test('nobody behind the file: VICI_CLOSED with ECONNREFUSED', async () => {
  const path = join(directory, 'left-behind');
  await writeFile(path, '');
  await expect(Session.connect(path)).rejects.toEqual(
    expect.objectContaining({ code: 'VICI_CLOSED', message: expect.stringContaining('ECONNREFUSED') }),
  );
});

test('a full backlog: VICI_CLOSED with EAGAIN', async () => {
  // charon's backlog is 3; a stopped process takes nobody off its own.
  const path = join(directory, 'stalled');
  const script = `require('node:net').createServer().listen({ path: '${path}', backlog: 1 }, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => Session.connect(path)));
    const taken = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    const refused = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason] : []));
    for (const session of taken) session.close();
    expect(taken.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) {
      expect(reason).toMatchObject({ code: 'VICI_CLOSED', nextStep: expect.stringContaining('backlog') });
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('over TCP as well', async () => {
  const charon = await FakeCharon.start();
  const bridge = createServer((socket) => socket.pipe(connect(charon.path)).pipe(socket));
  await new Promise<void>((resolve) => bridge.listen(0, '127.0.0.1', resolve));
  const bound = bridge.address();
  const port = typeof bound === 'object' ? bound?.port : undefined;
  const session = await Session.connect(`tcp://127.0.0.1:${port}`);
  expect((await session.request('version')).get('daemon')).toBe('fake-charon');
  session.close();
  await new Promise((resolve) => bridge.close(resolve));
  await charon.stop();
});
