/**
 * Numbers out of notes: percentiles, and what a sidecar took of the machine. All names carry their unit.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Afteryou } from '../../test/netns/lab/afteryou.ts';
import { HINTS, type Notes, type Span } from './notes.ts';
import { takeNotes, Usage } from './probe.ts';

export type Figures = Readonly<Record<string, number>>;

/** The value that this share of all is at most; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** How many, p50, p99 and largest. */
export function spread(name: string, values: readonly number[]): Figures {
  return {
    [`${name}Count`]: values.length,
    ...(values.length === 0
      ? {}
      : {
          [`${name}P50Ms`]: percentile(values, 0.5),
          [`${name}P99Ms`]: percentile(values, 0.99),
          [`${name}MaxMs`]: percentile(values, 1),
        }),
  };
}

/** Those that no garbage collection fell into. */
export function undisturbed(spans: readonly Span[], collections: readonly Span[]): Span[] {
  return spans.filter(
    ({ atMs, tookMs }) =>
      !collections.some((one) => one.atMs < atMs + tookMs && one.atMs + one.tookMs > atMs),
  );
}

/** Runs `use` and says what the sidecar did meanwhile. */
export async function during<T>(
  sidecar: Afteryou,
  labDir: string,
  use: () => Promise<T>,
): Promise<{ readonly answer: T; readonly notes: Notes; readonly figures: Figures }> {
  await takeNotes(sidecar, labDir);
  const usage = new Usage(sidecar.process);
  // What the machine alone does to a process that has next to nothing to do: this one.
  const idler = monitorEventLoopDelay({ resolution: 1 });
  idler.enable();
  const answer = await use();
  idler.disable();
  const { cpuMs, seconds, rssMiB, peakRssMiB } = usage.take();
  const notes = await takeNotes(sidecar, labDir);
  const figures = {
    seconds,
    cpuMs,
    cpuPercent: cpuMs / (seconds * 10),
    rssMiB,
    peakRssMiB,
    heapMiB: notes.heapMiB,
    machineDelayP50Ms: Math.max(0, idler.percentile(50) / 1e6 - 1),
    machineDelayP99Ms: Math.max(0, idler.percentile(99) / 1e6 - 1),
    machineDelayMaxMs: Math.max(0, idler.max / 1e6 - 1),
    ...ofNotes(notes),
  };
  return { answer, notes, figures };
}

function ofNotes(notes: Notes): Figures {
  const { collections, decisions, effects, effectsWaitedMs, effectsWritten } = notes;
  const calm = new Set(undisturbed(effects, collections));
  const isHint = ({ what }: Span): boolean => HINTS.has(what);
  const isEvent = (span: Span): boolean => !isHint(span);
  const ofEvents = effects.filter(isEvent);
  const waited = effects.flatMap((span, index) => (isEvent(span) ? [effectsWaitedMs[index] ?? 0] : []));
  const running = ofEvents.flatMap((span, index) =>
    calm.has(span) ? [span.tookMs - (waited[index] ?? 0)] : [],
  );
  const modes = [...notes.callsWithoutWait, ...notes.responderModes];
  return {
    ...spread('toInitiatorMode', tookMs(notes.initiatorModes)),
    ...spread('toTurnAsked', tookMs(notes.turnsAsked)),
    ...spread('turnToCall', tookMs(notes.calls)),
    ...spread('toCallWithoutWait', tookMs(notes.callsWithoutWait)),
    ...spread('toResponderMode', tookMs(notes.responderModes)),
    ...spread('toEndAsked', tookMs(notes.endsAsked)),
    ...spread('modeChange', tookMs(modes)),
    ...spread('modeChangeWithoutGc', tookMs(undisturbed(modes, collections))),
    ...spread('callAnswered', tookMs(notes.answers)),
    ...spread('timerLag', notes.timerLagMs),
    ...spread('eventToDecision', tookMs(decisions.filter(isEvent))),
    ...spread('eventToEffect', tookMs(ofEvents)),
    ...spread('eventToEffectWithoutGc', tookMs(ofEvents.filter((span) => calm.has(span)))),
    ...spread('eventToEffectWaited', waited),
    ...spread('eventToEffectRunning', running),
    ...spread('hintToEffect', tookMs(effects.filter(isHint))),
    ...spread('hintToDecision', tookMs(decisions.filter(isHint))),
    ...spread('causeToRequestWritten', tookMs(effectsWritten)),
    ...spread('gc', tookMs(collections)),
    gcTotalMs: tookMs(collections).reduce((sum, ms) => sum + ms, 0),
    ...spread('blocking', tookMs(notes.reconcilings)),
    loopDelayP50Ms: notes.loopDelayMs.p50,
    loopDelayP99Ms: notes.loopDelayMs.p99,
    loopDelayMaxMs: notes.loopDelayMs.max,
  };
}

function tookMs(spans: readonly Span[]): number[] {
  return spans.map((span) => span.tookMs);
}
