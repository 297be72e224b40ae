/**
 * afteryou with a stop-watch: the daemon as it ships, with its own methods wrapped, so that what is measured is what runs.
 *
 * Started as `run -c FILE`; on SIGUSR2 it writes what it has noted since the last time to the file that
 * AFTERYOU_NOTES names, and begins anew. Changes nothing of what the daemon decides.
 */
import { openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import type { Charon, News } from '../../src/daemon/charon.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { Fleet } from '../../src/daemon/fleet.ts';
import { runDaemon } from '../../src/daemon/main.ts';
import { settleV8 } from '../../src/daemon/v8.ts';
import { Recorder } from '../../src/metrics/recorder.ts';
import { usableOf } from '../../src/policy/ike-sas.ts';
import { Pacer } from '../../src/policy/pacer.ts';
import type { Window } from '../../src/policy/state.ts';
import { FrameReader } from '../../src/vici/index.ts';
import { around } from '../around.ts';
import type { Notes } from './notes.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };

const NOTES_MAX = 2_000_000;
const NO_DELAY = { p50: 0, p99: 0, max: 0 };

const loop = monitorEventLoopDelay({ resolution: 1 });
let notes = none();
/** When the bytes were read that are being worked on; null outside of an event. */
let causeMs: number | null = null;
let lastReadMs = 0;
let waitedAtReadMs = 0;
/** It has led to a request, or has changed the mode of a peer. */
let hasEffect = false;
/** The peer that is told something just now, and its window before. */
let told: { readonly key: string; readonly window: Window } | null = null;
/** How late each peer asked for the turn that it waits for or has. */
const askedLateMs = new Map<string, number>();
/** Modes whose lateness has been noted: one step may be seen from within another. */
const noted = new WeakSet<Window>();

function none(): Writable<Notes> {
  return {
    timerLagMs: [],
    initiatorModes: [],
    turnsAsked: [],
    callsWithoutWait: [],
    responderModes: [],
    endsAsked: [],
    turns: [],
    calls: [],
    answers: [],
    decisions: [],
    effects: [],
    effectsWaitedMs: [],
    effectsWritten: [],
    collections: [],
    reconcilings: [],
    tables: [],
    loopDelayMs: NO_DELAY,
    heapMiB: 0,
  };
}

const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
const schedstatBytes = Buffer.alloc(128);

/** How long this thread has been ready to run so far while others ran: the second number of proc_pid_schedstat(5), in ns there. */
function waitedMs(): number {
  const length = readSync(schedstat, schedstatBytes, 0, schedstatBytes.length, 0);
  return Number(schedstatBytes.toString('latin1', 0, length).split(' ')[1]) / 1e6;
}

function wall(ms: number): number {
  return performance.timeOrigin + ms;
}

function note<Item>(list: Item[], item: Item): void {
  if (list.length < NOTES_MAX) list.push(item);
}

function span(list: Notes['calls'], fromMs: number, what: string): void {
  note(list as Writable<Notes>['calls'], { atMs: wall(fromMs), tookMs: performance.now() - fromMs, what });
}

around<[Buffer], void>(FrameReader.prototype, 'push', (push, _self, [chunk]) => {
  lastReadMs = performance.now();
  waitedAtReadMs = waitedMs();
  push(chunk);
});

around<[number], void>(Recorder.prototype, 'timerLag', (timerLag, _self, [ms]) => {
  note(notes.timerLagMs, ms);
  timerLag(ms);
});

around<[News], void>(Daemon.prototype, 'onNews', (onNews, _self, [news]) => {
  causeMs = lastReadMs;
  hasEffect = false;
  onNews(news);
  if (news.type === 'peer') {
    span(notes.decisions, causeMs, news.news.type);
    if (hasEffect) {
      note(notes.effectsWaitedMs, waitedMs() - waitedAtReadMs);
      span(notes.effects, causeMs, news.news.type);
    }
  }
  causeMs = null;
});

around<[Charon, string], Promise<void>>(
  Daemon.prototype,
  'onAttached',
  (onAttached, _self, [charon, version]) => onAttached(timed(charon), version),
);

around<Parameters<Fleet['tell']>, void>(Fleet.prototype, 'tell', (tell, _self, [peer, news]) => {
  const { name, window } = peer.state;
  const outer = told;
  told = { key: peer.definition.key, window };
  tell(peer, news);
  told = outer;
  if (peer.state.name !== name) hasEffect = true;
  const now = peer.state.window;
  if (now === window || window.kind === 'none' || now.kind === 'none' || noted.has(now)) return;
  const nowMs = performance.now();
  const isOver = window.deadlineMs <= nowMs;
  if (now.kind === 'initiator' && window.kind !== 'initiator' && isOver) {
    noted.add(now);
    span(notes.initiatorModes, window.deadlineMs, peer.definition.key);
  } else if (now.kind === 'responder' && window.kind === 'initiator' && isOver) {
    noted.add(now);
    span(notes.responderModes, window.deadlineMs, peer.definition.key);
  }
});

around<Parameters<Fleet['reconcile']>, void>(Fleet.prototype, 'reconcile', (reconcile, _self, args) => {
  const fromMs = performance.now();
  reconcile(...args);
  span(notes.reconcilings, fromMs, 'reconcile');
});

around<Parameters<Fleet['attach']>, void>(Fleet.prototype, 'attach', (attach, self: Fleet, args) => {
  const fromMs = performance.now();
  attach(...args);
  span(notes.reconcilings, fromMs, 'attach');
  noteTable(self);
});

around<Parameters<Fleet['setPeers']>, ReturnType<Fleet['setPeers']>>(
  Fleet.prototype,
  'setPeers',
  (setPeers, self: Fleet, args) => {
    const fromMs = performance.now();
    const change = setPeers(...args);
    span(notes.reconcilings, fromMs, 'set peers');
    noteTable(self);
    return change;
  },
);

function noteTable(fleet: Fleet): void {
  const up = [...fleet.peers.values()].filter(({ state }) => usableOf(state).length > 0).length;
  note(notes.tables, { atMs: wall(performance.now()), peers: fleet.peers.size, up });
}

/** Deadlines of those who wait for a turn. */
const waiting = new Map<string, number>();

around<[string, number], void>(Pacer.prototype, 'ask', (ask, _self, [key, deadlineMs]) => {
  waiting.set(key, deadlineMs);
  const lateMs = Math.max(0, performance.now() - deadlineMs);
  askedLateMs.set(key, lateMs);
  note(notes.turnsAsked, { atMs: wall(deadlineMs), tookMs: lateMs, what: key });
  ask(key, deadlineMs);
});

around<[string], void>(Pacer.prototype, 'drop', (drop, _self, [key]) => {
  waiting.delete(key);
  drop(key);
});

around<[number, number], string | undefined>(Pacer.prototype, 'take', (take, _self, [nowMs, openCalls]) => {
  const peer = take(nowMs, openCalls);
  if (peer === undefined) return peer;
  const deadlineMs = waiting.get(peer) ?? nowMs;
  waiting.delete(peer);
  const isOutOfOrder = IS_ORDER_CHECKED && [...waiting.values()].some((other) => other < deadlineMs);
  note(notes.turns, { peer, atMs: wall(nowMs), lateMs: nowMs - deadlineMs, openCalls, isOutOfOrder });
  return peer;
});

/** Looking at all who wait for each turn costs more than the turn: only where the order is the question. */
const IS_ORDER_CHECKED = process.env['AFTERYOU_NOTE_ORDER'] === '1';

/** The same charon; `isWanted` and `onSent` are asked and called right before a request goes to the socket. */
function timed(charon: Charon): Charon {
  const watch = (what: string, isWanted: (() => boolean) | undefined, onSent?: () => void) => {
    const fromMs = causeMs;
    hasEffect = true;
    return (): boolean => {
      if (isWanted?.() === false) return false;
      if (fromMs !== null) span(notes.effectsWritten, fromMs, what);
      onSent?.();
      return true;
    };
  };
  return {
    listIkeSas: (connection, onSent) => {
      const endMs = told?.window.kind === 'initiator' ? told.window.deadlineMs : Number.POSITIVE_INFINITY;
      const isEnd = endMs <= performance.now();
      const seen = watch('list', undefined, () => {
        if (isEnd) span(notes.endsAsked, endMs, connection ?? '');
        onSent?.();
      });
      return charon.listIkeSas(connection, () => void seen());
    },
    listConnections: () => charon.listConnections(),
    initiate: (connection, child, isWanted) => {
      const fromMs = performance.now();
      const lateMs = askedLateMs.get(told?.key ?? '') ?? 0;
      let sentMs = fromMs;
      const sent = (): void => {
        span(notes.calls, fromMs, connection);
        span(notes.callsWithoutWait, fromMs - lateMs, connection);
        sentMs = performance.now();
      };
      const answer = charon.initiate(connection, child, watch('initiate', isWanted, sent));
      // Whoever asked hears of a failure; here only the time counts.
      void answer.then(
        (isSent) => isSent && span(notes.answers, sentMs, connection),
        () => undefined,
      );
      return answer;
    },
    rekeyChild: (id, isWanted) => charon.rekeyChild(id, watch('rekey', isWanted)),
    terminate: (id, isWanted) => charon.terminate(id, watch('terminate', isWanted)),
    terminateChild: (id, isWanted) => charon.terminateChild(id, watch('terminate', isWanted)),
  };
}

/** Names of the kinds: the constants of perf_hooks. */
const KINDS: Readonly<Record<number, string>> = {
  1: 'scavenge',
  4: 'mark-compact',
  8: 'incremental',
  16: 'weak',
};

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const kind: unknown = Reflect.get(Object(Reflect.get(entry, 'detail')), 'kind');
    const what = KINDS[Number(kind)] ?? 'other';
    note(notes.collections, { atMs: wall(entry.startTime), tookMs: entry.duration, what });
  }
}).observe({ entryTypes: ['gc'] });
loop.enable();

process.on('SIGUSR2', () => {
  const file = process.env['AFTERYOU_NOTES'] ?? '/dev/null';
  // The timer of the watch itself takes the first millisecond.
  const delayMs = (share: number): number => Math.max(0, loop.percentile(share) / 1e6 - 1);
  notes.loopDelayMs = { p50: delayMs(50), p99: delayMs(99), max: Math.max(0, loop.max / 1e6 - 1) };
  notes.heapMiB = process.memoryUsage().heapUsed / 2 ** 20;
  writeFileSync(`${file}.new`, JSON.stringify(notes));
  renameSync(`${file}.new`, file);
  notes = none();
  loop.reset();
});

settleV8();
const configFile = process.argv.at(-1) ?? '';
process.exit(await runDaemon({ configFile, configGiven: true }));
