/** charon over a VICI connection of its own, so that the daemon's requests don't stand behind somebody's curiosity. */
import { type IkeSa, listSas, Session } from '../vici/index.ts';

/** Longest wait for an answer, or between two items of a list. */
const TIMEOUT_MS = 5_000;

/** Most IKE_SAs that are read in full: more fit no frame of the control socket, and no scrape. */
const IKE_SAS_MAX = 10_000;

/** Has `use` ask the charon at `address`, and closes the connection. @throws VICI_CLOSED, VICI_TIMEOUT, VICI_PROTOCOL */
export async function overOwnSession<T>(address: string, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await Session.connect(address, { timeoutMs: TIMEOUT_MS });
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

/** The IKE_SAs with all that charon tells of them; the first ten thousand. */
export async function ikeSasInFull(session: Session): Promise<IkeSa[]> {
  const ikeSas: IkeSa[] = [];
  for await (const sa of listSas(session)) {
    if (ikeSas.push(sa) === IKE_SAS_MAX) break;
  }
  return ikeSas;
}
