/** Metrics over HTTP. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ListenAddress } from '../../../src/config/listen-address.ts';
import { createLog } from '../../../src/daemon/log.ts';
import { MetricsListener } from '../../../src/daemon/metrics-listener.ts';

let directory: string;
let path: string;
let lines: string[];
let text: () => Promise<string>;
let listener: MetricsListener | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'metrics-'));
  path = join(directory, 'metrics.sock');
  lines = [];
  text = () => Promise.resolve('up 1\n');
  listener = null;
});

afterEach(async () => {
  await listener?.close();
  rmSync(directory, { recursive: true, force: true });
});

async function listen(address: ListenAddress = { kind: 'unix', path }): Promise<void> {
  const log = createLog({ level: 'info', format: 'journal', write: (line) => lines.push(line.trimEnd()) });
  listener = await MetricsListener.listen({ address, text: () => text(), log });
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function ask(method: string, url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, method, path: url }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () => {
        resolve({ status: response.statusCode, type: response.headers['content-type'], body });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('GET /metrics, and nothing else', async () => {
  await listen();
  expect(await ask('GET', '/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: 'up 1\n',
  });
  expect((await ask('GET', '/metrics?collect=all')).status).toBe(200);
  expect(await ask('HEAD', '/metrics')).toMatchObject({ status: 200, body: '' });
  expect((await ask('POST', '/metrics')).status).toBe(405);
  expect((await ask('GET', '/')).status).toBe(404);
  expect((await ask('GET', '/metrics/../etc/passwd')).status).toBe(404);
});

test('the socket is for its owner and its group, and gone afterwards', async () => {
  await listen();
  expect((statSync(path).mode & 0o777).toString(8)).toBe('660');
  await listener?.close();
  listener = null;
  expect(() => statSync(path)).toThrow(/ENOENT/);
});

test('whoever asks while it is being made gets the same', async () => {
  const made = { times: 0 };
  let finish: (text: string) => void = () => {};
  text = () => {
    made.times += 1;
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  await listen();
  const answers = Promise.all([ask('GET', '/metrics'), ask('GET', '/metrics'), ask('GET', '/other')]);
  // The one that needs no text is answered first; then both others have been taken in, or will find it being made.
  await ask('GET', '/other');
  while (made.times === 0) await ask('GET', '/other');
  finish('up 2\n');
  text = () => Promise.resolve('up 2\n');
  expect((await answers).map(({ body }) => body)).toEqual(['up 2\n', 'up 2\n', 'see /metrics\n']);
});

test('what fails is an answer, too', async () => {
  text = () => Promise.reject(new Error('no'));
  await listen();
  expect((await ask('GET', '/metrics')).status).toBe(500);
  expect(lines).toEqual(['<3>metrics could not be made why=no']);
});

test('bytes that are no HTTP end their connection and nothing else', async () => {
  await listen();
  const ended = new Promise((resolve) => {
    const socket = connect(path, () => socket.write('\0\0\0\u0020bomb\r\n\r\n'));
    socket.on('error', () => undefined);
    socket.on('close', resolve);
    socket.resume();
  });
  await ended;
  expect((await ask('GET', '/metrics')).status).toBe(200);
});

describe('the place', () => {
  test('a socket that a run before has left is replaced', async () => {
    await new Promise<void>((resolve, reject) => {
      // Without a close the file stays.
      const server = createServer().listen(path, () => {
        server.unref();
        resolve();
      });
      server.on('error', reject);
    });
    await listen();
    expect((await ask('GET', '/metrics')).status).toBe(200);
  });

  test('another file is left alone; that is told, and stops nothing', async () => {
    writeFileSync(path, 'mine');
    await listen();
    expect(listener).toBeNull();
    expect(lines).toEqual([`<3>metrics cannot be given over HTTP why="${path} is there and isn't a socket"`]);
    expect(statSync(path).size).toBe(4);
  });

  test('a port of the loopback interface', async () => {
    const free = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
      });
    });
    await listen({ kind: 'tcp', host: '127.0.0.1', port: free });
    const response = await fetch(`http://127.0.0.1:${free}/metrics`);
    expect(await response.text()).toBe('up 1\n');
  });
});
