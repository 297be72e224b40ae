/**
 * The place of the control socket in the file system: is it safe, and is it free?
 *
 * Whoever may write to the socket may pause every tunnel, and whoever may write to its directory may put
 * another socket there. So the directory is no symbolic link, is ours or root's, and isn't writable for others; a
 * file that isn't a socket is never removed. Source for the length: unix(7), sun_path.
 */
import type { Stats } from 'node:fs';
import { lstat, mkdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { AfteryouError } from '../errors.ts';
import { controlUnusableError, systemErrorCode } from './errors.ts';

/** sun_path has 108 bytes, one of them for the end. A longer path would be cut without a word. */
const SOCKET_PATH_BYTES_MAX = 107;

const DIRECTORY_MODE = 0o750;
const WRITABLE_FOR_OTHERS = 0o002;

/** How long a daemon that may live behind the socket has to take a connection. */
const PROBE_MS = 2_000;

const ELSEWHERE = 'Name another path with control.socket in the configuration.';

/**
 * Makes the directory if need be and removes the socket of a daemon that is gone.
 *
 * @throws CONTROL_UNUSABLE for an unsafe or impossible place, CONTROL_IN_USE when a daemon answers there
 */
export async function preparePlace(path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_BYTES_MAX) {
    throw controlUnusableError(
      `the path of the control socket has ${bytes} bytes, at most ${SOCKET_PATH_BYTES_MAX} are possible: ${path}`,
      ELSEWHERE,
    );
  }
  await prepareDirectory(dirname(path));
  const there = await lstatOrNull(path);
  if (there === null) return;
  if (!there.isSocket()) throw controlUnusableError(`${path} is there and isn't a socket`, ELSEWHERE);
  const answer = await probe(path);
  if (answer === 'alive') {
    throw new AfteryouError('CONTROL_IN_USE', `another daemon answers on ${path}`, {
      nextStep:
        'Stop it first (SIGTERM ends it, no tunnel is touched), or give this one another control.socket.',
    });
  }
  if (answer === 'gone') await unlink(path).catch(unlessMissing);
}

async function prepareDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  } catch (cause) {
    // EEXIST: a file or a dangling link is there, of which the next lines will say more.
    if (systemErrorCode(cause) !== 'EEXIST') {
      throw controlUnusableError(
        `the directory ${directory} can't be made: ${systemErrorCode(cause) ?? String(cause)}`,
        'Make it and give it to the user that afteryou runs as.',
        cause,
      );
    }
  }
  const fault = directoryFault(await lstat(directory), process.geteuid?.() ?? 0);
  if (fault !== null) {
    throw controlUnusableError(
      `the directory of the control socket, ${directory}, ${fault}`,
      `Use a directory of afteryou's own, as /run/afteryou. ${ELSEWHERE}`,
    );
  }
}

/** What is wrong with a directory for a daemon of user `ownUserId`; null if nothing is. */
export function directoryFault(
  stats: Pick<Stats, 'isSymbolicLink' | 'isDirectory' | 'mode' | 'uid'>,
  ownUserId: number,
): string | null {
  if (stats.isSymbolicLink()) return 'is a symbolic link';
  if (!stats.isDirectory()) return "isn't a directory";
  if ((stats.mode & WRITABLE_FOR_OTHERS) !== 0) return 'can be written to by everybody';
  // Root's own directory may hold a socket of ours, if root made it writable for us.
  if (stats.uid !== ownUserId && stats.uid !== 0) return `belongs to user ${stats.uid}`;
  return null;
}

/** Whether a daemon lives behind the socket; `vanished` if there is no socket any more. */
function probe(path: string): Promise<'alive' | 'gone' | 'vanished'> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(PROBE_MS);
    // A hung daemon is one, too; so is one whose queue of connections is full (EAGAIN).
    socket.once('timeout', () => {
      socket.destroy();
      resolve('alive');
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve('alive');
    });
    socket.once('error', (error) => {
      const code = systemErrorCode(error);
      if (code === 'ECONNREFUSED') resolve('gone');
      else if (code === 'ENOENT') resolve('vanished');
      else if (code === 'EAGAIN') resolve('alive');
      else reject(controlUnusableError(`${path} can't be tried: ${code ?? error.message}`, ELSEWHERE, error));
    });
  });
}

async function lstatOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    unlessMissing(error);
    return null;
  }
}

function unlessMissing(error: unknown): void {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
}
