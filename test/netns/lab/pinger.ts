/**
 * A real ping that runs beside the test, and an account of each echo: which were lost, and when.
 */
import type { Host } from './hosts.ts';
import { ManagedProcess } from './managed-process.ts';
import { within } from './wait.ts';

export interface PingTarget {
  readonly source: string;
  readonly destination: string;
  readonly intervalMs?: number;
}

export interface LostEcho {
  readonly sequence: number;
  /** About when it was sent: wall clock in ms. */
  readonly atMs: number;
}

export interface PingResult {
  /** Echo requests that had their time to be answered. */
  readonly sent: number;
  readonly received: number;
  readonly lost: readonly LostEcho[];
  /** Longest run of lost ones in a row, in ms. */
  readonly longestGapMs: number;
  /** What ping said besides, say that the network is unreachable; the first few. */
  readonly errors: readonly string[];
}

const INTERVAL_MS = 50;
/** An echo younger than this may still be on its way. */
const IN_FLIGHT_MS = 500;
/** Longer than a machine stands still now and then: until then an echo is late, and only then lost. */
const LATE_MS = 5_000;
const ERRORS_MAX = 20;
/** ping counts in 16 bits and begins again; beyond that lost ones couldn't be told from repeated ones. */
const SEQUENCE_MAX = 65_535;

export class Pinger {
  private readonly process: ManagedProcess;
  private readonly account: Account;

  private constructor(process: ManagedProcess, account: Account) {
    this.process = process;
    this.account = account;
  }

  /** Starts to ping `destination` from `source` inside `host`. */
  static async start(
    host: Host,
    target: PingTarget,
    track: (process: ManagedProcess) => void,
  ): Promise<Pinger> {
    const intervalMs = target.intervalMs ?? INTERVAL_MS;
    const account = new Account(intervalMs);
    const options = ['-n', '-D', '-O', '-i', String(intervalMs / 1000), '-c', String(SEQUENCE_MAX)];
    const process = await ManagedProcess.start(
      host.inside(['ping', ...options, '-I', target.source, target.destination]),
      {
        env: { LC_ALL: 'C' },
        onStdoutLine: (line) => account.read(line),
        onStderrLine: (line) => account.note(line),
      },
    );
    track(process);
    return new Pinger(process, account);
  }

  /** Echoes answered so far. */
  get received(): number {
    return this.account.answered.size;
  }

  /** The result so far, or at the end. */
  result(): PingResult {
    return this.account.result(Date.now());
  }

  /** Ends it when each echo that has been sent until now is answered, or surely lost. */
  async stop(): Promise<PingResult> {
    const atMs = Date.now();
    await within(2 * LATE_MS, 'each echo is answered or lost', () => {
      return this.account.result(atMs).lost.every((echo) => echo.atMs < Date.now() - LATE_MS);
    });
    await this.process.stop('SIGINT');
    return this.account.result(atMs);
  }
}

class Account {
  readonly answered: Set<number> = new Set();
  private readonly unanswered = new Map<number, number>();
  private readonly errors: string[] = [];
  private readonly intervalMs: number;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  read(line: string): void {
    const [, time, sequence] = /^\[(\d+\.\d+)\] .*icmp_seq=(\d+)/.exec(line) ?? [];
    if (time === undefined || sequence === undefined) return;
    // -O speaks up when the next echo is due: one interval after this one was sent.
    if (line.includes('no answer yet'))
      this.unanswered.set(Number(sequence), Number(time) * 1000 - this.intervalMs);
    else if (line.includes('bytes from')) this.answered.add(Number(sequence));
    else this.note(line);
  }

  note(line: string): void {
    if (this.errors.length < ERRORS_MAX) this.errors.push(line);
  }

  result(nowMs: number): PingResult {
    const lost = [...this.unanswered]
      .filter(([sequence, atMs]) => !this.answered.has(sequence) && atMs < nowMs - IN_FLIGHT_MS)
      .map(([sequence, atMs]): LostEcho => ({ sequence, atMs }))
      .sort((a, b) => a.sequence - b.sequence);
    return {
      sent: this.answered.size + lost.length,
      received: this.answered.size,
      lost,
      longestGapMs: longestRun(lost.map(({ sequence }) => sequence)) * this.intervalMs,
      errors: [...this.errors],
    };
  }
}

function longestRun(sequences: readonly number[]): number {
  let longest = 0;
  let run = 0;
  let previous: number | undefined;
  for (const sequence of sequences) {
    run = previous !== undefined && sequence === previous + 1 ? run + 1 : 1;
    longest = Math.max(longest, run);
    previous = sequence;
  }
  return longest;
}
