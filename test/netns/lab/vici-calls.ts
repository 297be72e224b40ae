/**
 * The few words a test says to charon over VICI, each over a connection of its own: charon may be restarted or frozen
 * between any two of them.
 */
import type { MessageInput } from '../../../src/vici/encode.ts';
import { decodeMessage, type Section } from '../../../src/vici/message.ts';
import { Session } from '../../../src/vici/session.ts';

export interface Initiation {
  /** Name of the connection. */
  readonly ike: string;
  /** Default `net`. */
  readonly child?: string;
}

/** Exactly one of the names or ids; `force` destroys without waiting for the peer. */
export interface Termination {
  readonly ike?: string;
  readonly ikeId?: string;
  readonly child?: string;
  readonly childId?: string;
  readonly force?: boolean;
}

const CONNECT_WITHIN_MS = 15_000;
/** Longer than charon is busy when a thousand SAs come up at once on two cores. */
const ANSWER_WITHIN_MS = 30_000;
const VERSION_WITHIN_MS = 1_000;

/** Runs `use` with a session to the charon at `socket` and closes it afterwards. */
export async function withSession<T>(socket: string, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await Session.connect(socket, {
    connectTimeoutMs: CONNECT_WITHIN_MS,
    timeoutMs: ANSWER_WITHIN_MS,
  });
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

/** Whether charon answers; false while it doesn't take connections. */
export async function answersVersion(socket: string): Promise<boolean> {
  try {
    await withSession(socket, (session) => session.request('version', {}, { timeoutMs: VERSION_WITHIN_MS }));
    return true;
  } catch {
    return false;
  }
}

/** charon's version, as it says it: `5.9.8`. */
export function charonVersion(socket: string): Promise<string> {
  return withSession(socket, async (session) => (await session.request('version')).get('version') ?? '');
}

/** What `list-sas` tells, one message for each IKE_SA. */
export function streamSas(socket: string): Promise<Section[]> {
  return withSession(socket, async (session) => {
    const messages: Section[] = [];
    await session.stream('list-sas', 'list-sa', {}, (item) => messages.push(decodeMessage(item)));
    return messages;
  });
}

/** Begins to initiate and doesn't wait for the end: blocking calls use up charon's threads. */
export async function initiate(socket: string, what: Initiation): Promise<void> {
  await initiateAll(socket, [what]);
}

/** The same for many, one after the other over one connection. */
export async function initiateAll(socket: string, all: readonly Initiation[]): Promise<void> {
  await withSession(socket, async (session) => {
    for (const { ike, child } of all)
      await session.request('initiate', { ike, child: child ?? 'net', timeout: -1 });
  });
}

/** Begins to terminate and doesn't wait for the peer. */
export async function terminate(socket: string, what: Termination): Promise<void> {
  const message: MessageInput = {
    ike: what.ike,
    'ike-id': what.ikeId,
    child: what.child,
    'child-id': what.childId,
    force: what.force,
    timeout: -1,
  };
  await withSession(socket, (session) => session.request('terminate', message));
}
