/**
 * Plays seeds: `npm run sim -- --seed N`, or many: `npm run sim -- --seeds 1000 --hours 1 --jobs 2`.
 *
 * Any text is a seed, a commit hash too; with --seeds the texts are SEED.1, SEED.2 ... Prints the seed and what it
 * makes first, and on failure the command that plays it again last. `--jobs all`: a thread for each processor. Exit status: 0 all well, 2 usage, 3 crash,
 * 4 safety, 5 liveness (the first failure counts).
 */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EXIT_STATUS, type Failure } from '../test/sim/failure.ts';
import { describe } from '../test/sim/options.ts';
import { optionsOf, type SimulationRequest, simulate } from '../test/sim/simulation.ts';

/** Lines of the trace that are shown before a failure. */
const TRACE_MAX = 120;

interface Task {
  readonly requests: readonly SimulationRequest[];
}

interface Report {
  readonly seed: string;
  readonly failure: Failure | null;
  readonly simulatedMs: number;
  readonly fired: number;
  readonly steps: number;
  readonly cpuMs: number;
  readonly counters: Readonly<Record<string, number>>;
}

async function play(request: SimulationRequest): Promise<Report> {
  const before = performance.now();
  const { failure, simulatedMs, fired, steps, counters } = await simulate(request);
  const cpuMs = performance.now() - before;
  return { seed: request.seed, failure, simulatedMs, fired, steps, cpuMs, counters };
}

function replayCommand({ seed, hours, canary, isStrict }: SimulationRequest): string {
  const planted = canary === undefined ? '' : ` --canary ${canary}`;
  return `npm run sim -- --seed ${seed}${hours === 1 ? '' : ` --hours ${hours}`}${planted}${isStrict === true ? ' --strict' : ''}`;
}

function failureLine({ class: kind, atMs, what }: Failure): string {
  return `${kind} after ${(atMs / 1000).toFixed(3)} s: ${what}`;
}

async function one(request: SimulationRequest, isVerbose: boolean): Promise<number> {
  console.log(`seed: ${request.seed}`);
  for (const line of describe(optionsOf(request.seed))) console.log(`  ${line}`);
  const lines: string[] = [];
  const trace = (line: string): void => {
    if (isVerbose) console.log(line);
    else if (lines.push(line) > TRACE_MAX) lines.shift();
  };
  const { failure, simulatedMs, fired, steps, cpuMs, counters } = await play({ ...request, trace });
  const hours = (simulatedMs / 3_600_000).toFixed(2);
  if (failure) for (const line of lines) console.log(line);
  console.log(`${hours} h in ${cpuMs.toFixed(0)} ms: ${fired} happenings, ${steps} steps; ${text(counters)}`);
  if (!failure) return 0;
  console.log(failureLine(failure));
  console.log(replayCommand(request));
  return EXIT_STATUS[failure.class];
}

async function many(requests: readonly SimulationRequest[], jobs: number): Promise<number> {
  const begunMs = performance.now();
  console.log(`seeds: ${requests[0]?.seed} to ${requests.at(-1)?.seed}`);
  const reports: Report[] = [];
  const take = (report: Report): void => {
    reports.push(report);
    if (report.failure) console.log(`${report.seed}: ${failureLine(report.failure)}`);
  };
  if (jobs === 1) for (const request of requests) take(await play(request));
  else await Promise.all(shares(requests, jobs).map((share) => inWorker(share, take)));
  summarise(reports);
  console.log(`took ${((performance.now() - begunMs) / 1000).toFixed(0)} s with ${jobs} threads`);
  const failed = requests.find(({ seed }) => reports.some((one) => one.seed === seed && one.failure));
  const failure = reports.find(({ seed }) => seed === failed?.seed)?.failure;
  if (!failed || !failure) return 0;
  console.log(replayCommand(failed));
  return EXIT_STATUS[failure.class];
}

function shares(requests: readonly SimulationRequest[], jobs: number): SimulationRequest[][] {
  return Array.from({ length: jobs }, (_, job) => requests.filter((_request, at) => at % jobs === job));
}

function inWorker(requests: readonly SimulationRequest[], take: (report: Report) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { requests } satisfies Task });
  return new Promise((resolve, reject) => {
    worker.on('message', take);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
  });
}

function summarise(reports: readonly Report[]): void {
  const sum = (of: (report: Report) => number): number => reports.reduce((all, one) => all + of(one), 0);
  const hours = sum(({ simulatedMs }) => simulatedMs) / 3_600_000;
  const cpuMs = sum((report) => report.cpuMs);
  const counters: Record<string, number> = {};
  for (const report of reports) {
    for (const [name, value] of Object.entries(report.counters))
      counters[name] = (counters[name] ?? 0) + value;
  }
  const failed = reports.filter(({ failure }) => failure !== null).length;
  const perHour = hours > 0 ? cpuMs / hours : 0;
  console.log(
    `${reports.length} seeds, ${failed} failed; ${hours.toFixed(1)} h, ${perHour.toFixed(1)} ms each`,
  );
  console.log(
    `${sum(({ fired }) => fired)} happenings, ${sum(({ steps }) => steps)} steps; ${text(counters)}`,
  );
}

function text(counters: Readonly<Record<string, number>>): string {
  return Object.entries(counters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

if (!isMainThread) {
  for (const request of (workerData as Task).requests) parentPort?.postMessage(await play(request), []);
} else {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1' },
      hours: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      canary: { type: 'string' },
      strict: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const base = values.seed ?? String(randomInt(1_000_000_000));
  const [count, hours] = [Number(values.seeds), Number(values.hours)];
  const jobs = values.jobs === 'all' ? availableParallelism() : Number(values.jobs);
  if (!(Number.isInteger(count) && count > 0 && hours > 0 && Number.isInteger(jobs) && jobs > 0)) {
    console.error('--seeds and --jobs are whole numbers from 1, --hours is more than 0');
    process.exitCode = 2;
  } else {
    const planted = values.canary === undefined ? {} : { canary: values.canary };
    const requests = Array.from({ length: count }, (_, at) => {
      return { seed: count === 1 ? base : `${base}.${at + 1}`, hours, isStrict: values.strict, ...planted };
    });
    const [first] = requests;
    if (count === 1 && first) process.exitCode = await one(first, values.verbose);
    else process.exitCode = await many(requests, jobs);
  }
}
