import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError } from '../../../src/config/issues.ts';
import type { HistoryEntry } from '../../../src/control/api.ts';
import { ControlClient } from '../../../src/control/client.ts';
import { encode } from '../../../src/control/codec.ts';
import { RemoteError } from '../../../src/control/error-body.ts';
import { frame } from '../../../src/control/frames.ts';
import { REPLY_LIMITS } from '../../../src/control/limits.ts';
import { CALLING, entryWith, HISTORY, MISSPELT, UP } from './fake-daemon.ts';
import { eventually, startServer, temporaryDirectory } from './places.ts';

const UNREACHABLE = expect.objectContaining({ code: 'CONTROL_UNREACHABLE' });

async function connected(path: string, timeoutMs = 10_000): Promise<ControlClient> {
  const client = await ControlClient.connect(path, { timeoutMs });
  onTestFinished(() => client.close());
  return client;
}

/** Something that listens and answers each connection's first bytes with `respond`. */
async function listener(respond: (socket: Socket) => void): Promise<string> {
  const path = join(temporaryDirectory(), 'other.sock');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('data', () => respond(socket));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

function framed(value: unknown): Buffer {
  return frame(encode(value, REPLY_LIMITS), REPLY_LIMITS.bytesMax);
}

describe('ControlClient', () => {
  test('asks everything, over one connection', async () => {
    const { path, api } = await startServer();
    const client = await connected(path);
    expect(await client.status()).toEqual(api.status());
    expect((await client.status('branch-7')).peers).toEqual([CALLING]);
    expect((await client.explain('wsg1-a')).status).toEqual(UP);
    expect((await client.operate('pause', { peer: '192.0.2.10' })).results).toHaveLength(1);
    expect((await client.operate('resume', { all: true })).results).toHaveLength(3);
    expect(await client.reload()).toEqual(await api.reloading());
    expect(await client.history(1)).toEqual([HISTORY[1]]);
  });

  test("throws the daemon's errors as its own, and the connection goes on", async () => {
    const { path } = await startServer();
    const client = await connected(path);
    await expect(client.explain('nobody')).rejects.toThrow(
      expect.objectContaining({
        name: 'RemoteError',
        code: 'PEER_UNKNOWN',
        fault: 'operator',
        message: "there is no peer 'nobody'",
        nextStep: 'See `afteryou status` for the peers.',
      }),
    );
    expect((await client.status()).peers).toHaveLength(3);
  });

  test('says where a configuration is wrong', async () => {
    const { path, api } = await startServer();
    api.reloading = () => Promise.reject(new ConfigError([MISSPELT]));
    const client = await connected(path);
    const error = await client.reload().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', issues: [MISSPELT] });
  });

  test('carries a status of 1,000 peers, and of 5,000', async () => {
    const { path, api } = await startServer();
    const client = await connected(path);
    for (const count of [1_000, 5_000]) {
      api.peers = Array(count).fill(UP);
      expect((await client.status()).peers).toHaveLength(count);
    }
  });

  test('tells a socket that is missing from one without a daemon', async () => {
    const { path, server } = await startServer();
    await server.close();
    await expect(connected(path)).rejects.toThrow(UNREACHABLE);
    rmSync(path, { force: true });
    await expect(connected(path)).rejects.toThrow(/no daemon answers on/);
  });

  test('gives up on a daemon that hangs', async () => {
    const client = await connected(await listener(() => {}), 30);
    await expect(client.status()).rejects.toThrow(/didn't answer within 30 ms/);
  });

  test.each([
    ['ends', Buffer.alloc(0), 'CONTROL_UNREACHABLE'],
    ['ends inside a frame', Buffer.from([0, 0, 0, 9, 1]), 'CONTROL_PROTOCOL'],
    ['sends a frame too long', Buffer.from([1, 0, 0, 1]), 'CONTROL_PROTOCOL'],
    ['sends no MessagePack', Buffer.from([0, 0, 0, 1, 0xc1]), 'CONTROL_PROTOCOL'],
    ['answers another request', framed({ id: '2', ok: [] }), 'CONTROL_PROTOCOL'],
    ['answers in another shape', framed({ id: '1', ok: { schema: 2 } }), 'CONTROL_PROTOCOL'],
    ['answers with a key too many', framed({ id: '1', ok: [], more: 1 }), 'CONTROL_PROTOCOL'],
    ['sends an event instead', framed({ id: '1', event: HISTORY[0] }), 'CONTROL_PROTOCOL'],
  ])('a daemon that %s is an error', async (_, bytes, code) => {
    const client = await connected(await listener((socket) => socket.end(bytes)));
    await expect(client.history(1)).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('an error code that only a newer daemon knows is a refusal', async () => {
    const error = { code: 'NEWER', fault: 'operator', message: 'no', nextStep: null };
    const client = await connected(await listener((socket) => socket.write(framed({ id: '1', error }))));
    await expect(client.status()).rejects.toThrow(
      expect.objectContaining({ code: 'CONTROL_REFUSED', message: 'no', nextStep: undefined }),
    );
  });

  test('follows events until it is told to stop', async () => {
    const { path, api } = await startServer();
    const client = await connected(path);
    const stop = new AbortController();
    const seen: HistoryEntry[] = [];
    for await (const entry of client.follow(1, stop.signal)) {
      seen.push(entry);
      if (seen.length === 1) api.emit(entryWith('new'));
      else stop.abort();
    }
    expect(seen).toEqual([HISTORY[1], entryWith('new')]);
    await eventually(() => api.listeners.size === 0);
  });

  test('stops following while nothing happens', async () => {
    const { path, api } = await startServer();
    const client = await connected(path);
    const stop = new AbortController();
    const following = client.follow(0, stop.signal).next();
    await eventually(() => api.listeners.size === 1);
    stop.abort();
    expect(await following).toEqual({ value: undefined, done: true });
  });

  test('following ends with an error when the daemon goes', async () => {
    const { path, api, server } = await startServer();
    const client = await connected(path);
    const following = client.follow(0, new AbortController().signal).next();
    await eventually(() => api.listeners.size === 1);
    await server.close();
    await expect(following).rejects.toThrow(UNREACHABLE);
  });
});
