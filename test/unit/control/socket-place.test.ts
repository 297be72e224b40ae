import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ControlServer } from '../../../src/control/server.ts';
import { directoryFault } from '../../../src/control/socket-place.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { startServer, temporaryDirectory } from './places.ts';

const UNUSABLE = expect.objectContaining({ code: 'CONTROL_UNUSABLE' });

async function listen(path: string): Promise<ControlServer> {
  const server = await ControlServer.listen({ path, api: new FakeDaemon() });
  onTestFinished(() => server.close());
  return server;
}

/** Leaves a socket behind that nobody listens on, as a killed daemon does. */
async function leaveStaleSocket(path: string): Promise<void> {
  const other = `${path}.moved`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(other, resolve));
  // Node removes the file that it has bound; under another name it stays.
  renameSync(other, path);
  await new Promise((resolve) => server.close(resolve));
}

describe('the place of the control socket', () => {
  test('its directory is made for owner and group, the socket is theirs, and goes at close', async () => {
    const directory = join(temporaryDirectory(), 'afteryou');
    const path = join(directory, 'control.sock');
    const server = await listen(path);
    expect(lstatSync(directory).mode & 0o777).toBe(0o750);
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
    await server.close();
    expect(existsSync(path)).toBe(false);
    await server.close();
  });

  test('the socket of a daemon that is gone is replaced', async () => {
    const path = join(temporaryDirectory(), 'control.sock');
    await leaveStaleSocket(path);
    expect(lstatSync(path).isSocket()).toBe(true);
    await listen(path);
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
  });

  test('a daemon that lives is left alone', async () => {
    const { path } = await startServer();
    await expect(listen(path)).rejects.toThrow(expect.objectContaining({ code: 'CONTROL_IN_USE' }));
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  test('a file that is no socket is never removed', async () => {
    const path = join(temporaryDirectory(), 'control.sock');
    writeFileSync(path, 'precious');
    await expect(listen(path)).rejects.toThrow(UNUSABLE);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  test('a link in place of the socket is no socket', async () => {
    const { path } = await startServer();
    const link = join(temporaryDirectory(), 'control.sock');
    symlinkSync(path, link);
    await expect(listen(link)).rejects.toThrow(UNUSABLE);
  });

  test('a directory that is a symbolic link is refused', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'real'));
    symlinkSync(join(directory, 'real'), join(directory, 'link'));
    await expect(listen(join(directory, 'link', 'control.sock'))).rejects.toThrow(/is a symbolic link/);
  });

  test('a directory that is a file is refused', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    await expect(listen(join(directory, 'file', 'control.sock'))).rejects.toThrow(UNUSABLE);
  });

  test.each([
    [0o757, /can be written to by everybody/],
    [0o1777, /can be written to by everybody/],
  ])('a directory with mode %o is refused', async (mode, why) => {
    const directory = temporaryDirectory();
    chmodSync(directory, mode);
    await expect(listen(join(directory, 'control.sock'))).rejects.toThrow(why);
  });

  test.each([0o755, 0o775, 0o700])('a directory with mode %o is good', async (mode) => {
    const directory = temporaryDirectory();
    chmodSync(directory, mode);
    await listen(join(directory, 'control.sock'));
    expect(lstatSync(directory).mode & 0o777).toBe(mode);
  });

  test("a directory is ours or root's", () => {
    const ownedBy = (uid: number) => ({
      isSymbolicLink: () => false,
      isDirectory: () => true,
      mode: 0o40750,
      uid,
    });
    expect(directoryFault(ownedBy(990), 990)).toBeNull();
    expect(directoryFault(ownedBy(0), 990)).toBeNull();
    expect(directoryFault(ownedBy(991), 990)).toBe('belongs to user 991');
    expect(directoryFault(ownedBy(991), 0)).toBe('belongs to user 991');
  });

  test('a path is as long as a socket may have, and no longer', async () => {
    const directory = temporaryDirectory();
    const fitting = join(directory, 'x'.repeat(107 - directory.length - 1));
    expect(fitting).toHaveLength(107);
    await listen(fitting);
    expect(lstatSync(fitting).isSocket()).toBe(true);
    await expect(listen(`${fitting}y`)).rejects.toThrow(/has 108 bytes, at most 107/);
  });
});
