/**
 * The sidecar's own word in a scenario: started with short modes, asked over its control socket, waited for.
 *
 * Asks as the command line does, but without a process for each question. Decides nothing about what is right.
 */
import type { ExplainReport, HistoryEntry, PeerStatus, StatusReport } from '../../../src/control/api.ts';
import { ControlClient } from '../../../src/control/client.ts';
import type { Afteryou, ConfigSection } from '../lab/afteryou.ts';
import type { Charon } from '../lab/charon.ts';
import type { Lab } from '../lab/lab.ts';
import { within } from '../lab/wait.ts';

/** What a scenario says about itself; the rest is as short as a laboratory allows. */
export interface DaemonOptions {
  /** Keys of the service `all`, over short modes. */
  readonly service?: ConfigSection;
  /** Keys of the whole file, over everything. */
  readonly config?: ConfigSection;
  /** Sub-directory, for a second one in the same lab. */
  readonly name?: string;
}

const ATTACH_WITHIN_MS = 30_000;
const STATE_WITHIN_MS = 20_000;
/** How much earlier than promised a time may look: clocks are read in whole milliseconds. */
export const ROUNDING_MS = 5;
/** How much later something may come on a machine that stands still now and then, and still count as "then". */
export const SLACK_MS = 2_000;

/** A configuration of one service for all connections, with short modes: 1 s for the peer, 3 s for us. */
export function shortConfig({ service, config }: DaemonOptions = {}): ConfigSection {
  const all = {
    connections: '*',
    'responder-mode-duration': 1,
    'initiator-mode-duration': 3,
    'retry-interval': 0.5,
    ...service,
  };
  return { laboratory: true, services: { all }, log: { format: 'text' }, ...config };
}

/** Starts afteryou beside `charon` and waits until it is attached. */
export async function startDaemon(lab: Lab, charon: Charon, options: DaemonOptions = {}): Promise<Afteryou> {
  const name = options.name === undefined ? {} : { name: options.name };
  const daemon = await lab.afteryou(charon, { config: shortConfig(options), ...name });
  await untilAttached(daemon);
  return daemon;
}

/** Has `use` ask the daemon over a connection of its own. */
export async function asking<T>(daemon: Afteryou, use: (client: ControlClient) => Promise<T>): Promise<T> {
  const client = await ControlClient.connect(daemon.controlSocket);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

export function statusOf(daemon: Afteryou): Promise<StatusReport> {
  return asking(daemon, (client) => client.status());
}

export function explained(daemon: Afteryou, peer = 'sun'): Promise<ExplainReport> {
  return asking(daemon, (client) => client.explain(peer));
}

/** One peer's status; the peer of a lab without many is `sun`. */
export async function peerOf(daemon: Afteryou, peer = 'sun'): Promise<PeerStatus> {
  return (await explained(daemon, peer)).status;
}

export async function historyOf(daemon: Afteryou, peer = 'sun'): Promise<readonly HistoryEntry[]> {
  return (await explained(daemon, peer)).history;
}

/** Waits until charon is attached (or not). */
export async function untilAttached(daemon: Afteryou, attached = true, ms = ATTACH_WITHIN_MS): Promise<void> {
  await within(ms, `charon is ${attached ? '' : 'not '}attached`, async (saw) => {
    return saw((await statusOf(daemon)).charon).attached === attached;
  });
}

/** Waits until the peer is in `state` and returns its status of that moment. */
export async function untilState(
  daemon: Afteryou,
  state: string,
  { peer = 'sun', ms = STATE_WITHIN_MS } = {},
): Promise<PeerStatus> {
  return await within(ms, `${peer} is in state ${state}`, async (saw) => {
    const status = saw(await peerOf(daemon, peer));
    return status.state === state && status;
  });
}

/** Waits until the peer has entered `state` at or after `sinceMs` of the wall clock, also one that it has left again. */
export async function untilEntered(
  daemon: Afteryou,
  state: string,
  { peer = 'sun', sinceMs = 0, ms = STATE_WITHIN_MS } = {},
): Promise<HistoryEntry> {
  return await within(ms, `${peer} has entered state ${state}`, async (saw) => {
    const entries = saw(transitions(await historyOf(daemon, peer)));
    return entries.find(({ to, at }) => to === state && Date.parse(at) >= sinceMs);
  });
}

/** The changes of state so far, oldest first. */
export function transitions(history: readonly HistoryEntry[]): HistoryEntry[] {
  return history.filter(({ kind }) => kind === 'transition');
}

/** Wall clock in ms of the latest change to `state`. @throws Error when there was none */
export async function enteredMs(daemon: Afteryou, state: string, peer = 'sun'): Promise<number> {
  const history = await historyOf(daemon, peer);
  const entry = transitions(history).findLast(({ to }) => to === state);
  if (entry === undefined) throw new Error(`${peer} has never been in state ${state}`);
  return Date.parse(entry.at);
}
