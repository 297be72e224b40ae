/**
 * Who competes in the VICI benchmarks: each asks the replay server something and makes of the answers what its
 * name says. The first two of each kind don't use our sessions; all use our frames, since what is compared comes after.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { EVENTS, LOG_EVENT, readEventNews } from '../src/daemon/event-news.ts';
import { ListingReader } from '../src/daemon/listing-reader.ts';
import { settleV8 } from '../src/daemon/v8.ts';
import {
  decodeMessage,
  encodePacket,
  FrameReader,
  listSas,
  type MessageCursor,
  Session,
  version,
} from '../src/vici/index.ts';
import { decodePlain } from './plain-decoder.ts';

/** Asks once; @returns how many messages came. */
export type Ask = () => Promise<number>;

/** First byte of the packets that matter here (VICI README, "Packet layer"). */
const CMD_RESPONSE = 1;
const EVENT = 7;

/** The SAs of a listing. */
const LISTED = 1_000;

/** Where decoded messages go, so that they can't be optimized away. */
interface Keeper {
  put(item: unknown): void;
}

/** Keeps the last one only. */
class Hand implements Keeper {
  held: unknown;

  put(item: unknown): void {
    this.held = item;
  }
}

/** Keeps a listing, until the next one begins. */
class Shelf implements Keeper {
  readonly #kept: unknown[] = Array.from({ length: LISTED });
  #next = 0;

  put(item: unknown): void {
    if (this.#next === LISTED) {
      this.#kept.fill(undefined);
      this.#next = 0;
    }
    this.#kept[this.#next++] = item;
  }
}

/** A client of frames alone; `onMessage` is given each event's bytes after its name. */
async function framesClient(
  path: string,
  onMessage: (bytes: Buffer) => void,
): Promise<(request: Buffer) => Promise<number>> {
  const socket = await opened(path);
  let answered: (messages: number) => void = () => undefined;
  let messages = 0;
  const frames = new FrameReader();
  socket.on('data', (chunk) => {
    frames.push(chunk);
    while (frames.next()) {
      const { bytes, start, end } = frames;
      if (bytes[start] === EVENT) {
        messages++;
        onMessage(bytes.subarray(start + 2 + (bytes[start + 1] ?? 0), end));
      } else if (bytes[start] === CMD_RESPONSE) {
        answered(messages);
      }
    }
  });
  return (request) =>
    new Promise((resolve) => {
      messages = 0;
      answered = resolve;
      socket.write(request);
    });
}

function opened(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

const command = (name: string): Buffer => encodePacket({ type: 'CMD_REQUEST', name });

async function rawAsk(path: string, name: string, onMessage: (bytes: Buffer) => void): Promise<Ask> {
  const ask = await framesClient(path, onMessage);
  return () => ask(command(name));
}

async function listing(path: string, onItem: (item: MessageCursor) => void): Promise<Ask> {
  const session = await Session.connect(path);
  await session.subscribe(['list-sa'], () => undefined);
  return async () => {
    let messages = 0;
    await session.stream('list-sas', 'list-sa', {}, (item) => {
      messages++;
      onItem(item);
    });
    return messages;
  };
}

async function listening(path: string, onEvent: (name: string, body: MessageCursor) => void): Promise<Ask> {
  const session = await Session.connect(path, { timeoutMs: 60_000 });
  let messages = 0;
  await session.subscribe([...EVENTS, LOG_EVENT], (name, body) => {
    messages++;
    onEvent(name, body);
  });
  return async () => {
    messages = 0;
    await session.request('replay-events');
    return messages;
  };
}

/** One round trip at a time. */
function roundTrips(count: number, trip: () => Promise<unknown>): Ask {
  return async () => {
    for (let index = 0; index < count; index++) await trip();
    return count;
  };
}

const ROUND_TRIPS = 5_000;

const PAUSE_MS = 10_000;
/** In the middle of a chunk. */
const PAUSED_AFTER = 1_234;

function blockThread(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

/** Asks without a pause, and from then on with one. @throws if not as much came with it as without */
function pausedOnce(ask: (pause: () => Promise<unknown>, isPausing: boolean) => Promise<number>): Ask {
  let expected: number | undefined;
  return async () => {
    const isPausing = expected !== undefined;
    const pause = () => setTimeout(isPausing ? PAUSE_MS : 0);
    const messages = await ask(pause, isPausing);
    expected ??= messages;
    if (messages !== expected) throw new Error(`${messages} messages came instead of ${expected}`);
    return messages;
  };
}

type Contenders = Readonly<Record<string, (path: string) => Promise<Ask>>>;

/** Readers of a listing; the daemon's keeps what it needs of a whole one in any case. */
function listReaders(newKeeper: () => Keeper): Contenders {
  return {
    'plain decoder': (path) => {
      const keeper = newKeeper();
      return rawAsk(path, 'list-sas', (bytes) => keeper.put(decodePlain(bytes)));
    },
    'afteryou, whole messages': (path) => {
      const keeper = newKeeper();
      return listing(path, (item) => keeper.put(decodeMessage(item)));
    },
    'afteryou, typed SAs': async (path) => {
      const session = await Session.connect(path);
      const keeper = newKeeper();
      return async () => {
        let messages = 0;
        for await (const sa of listSas(session)) {
          messages++;
          keeper.put(sa);
        }
        return messages;
      };
    },
    'afteryou, what the daemon reads': (path) => {
      settleV8();
      let reader = new ListingReader();
      return listing(path, (item) => {
        // Twenty listings come as one; the daemon has a reader for each.
        if (reader.listed.length === LISTED) reader = new ListingReader(reader.remembered);
        reader.read(item);
      });
    },
  };
}

/** Each benchmark's contenders; the first is the floor, `plain` the baseline. */
export const VICI_CONTENDERS: Readonly<Record<string, Contenders>> = {
  'list-sas': {
    'frames only': (path) => rawAsk(path, 'list-sas', () => undefined),
    ...listReaders(() => new Hand()),
  },
  'list-sas, a whole listing kept': {
    'each frame as a string': (path) => {
      const shelf = new Shelf();
      return rawAsk(path, 'list-sas', (bytes) => shelf.put(bytes.toString('latin1')));
    },
    ...listReaders(() => new Shelf()),
  },
  events: {
    'frames only': (path) => rawAsk(path, 'replay-events', () => undefined),
    'plain decoder': (path) => {
      const hand = new Hand();
      return rawAsk(path, 'replay-events', (bytes) => hand.put(decodePlain(bytes)));
    },
    'afteryou, whole messages': (path) => {
      const hand = new Hand();
      return listening(path, (_name, body) => hand.put(decodeMessage(body)));
    },
    'afteryou, what the daemon reads': (path) => {
      settleV8();
      const hand = new Hand();
      return listening(path, (name, body) => {
        for (const news of readEventNews(name, body)) hand.put(news);
      });
    },
  },
  'version round trip': {
    'frames only': async (path) => {
      const ask = await framesClient(path, () => undefined);
      const request = command('version');
      return roundTrips(ROUND_TRIPS, () => ask(request));
    },
    'afteryou, typed answer': async (path) => {
      const session = await Session.connect(path);
      return roundTrips(ROUND_TRIPS, () => version(session));
    },
  },
  'a consumer that pauses': {
    'list-sas': async (path) => {
      const session = await Session.connect(path, { timeoutMs: PAUSE_MS / 2 });
      return pausedOnce(async (pause) => {
        let messages = 0;
        for await (const _sa of listSas(session)) {
          if (++messages === PAUSED_AFTER) await pause();
        }
        return messages;
      });
    },
    events: async (path) => {
      let messages = 0;
      let block = (): void => undefined;
      const ask = await listening(path, () => {
        if (++messages === PAUSED_AFTER) block();
      });
      return pausedOnce(async (_pause, isPausing) => {
        messages = 0;
        block = isPausing ? blockThread : () => undefined;
        return await ask();
      });
    },
  },
};
