/**
 * A process that lives beside the test: started, signalled, stopped by its own pid, never by name.
 *
 * Knows nothing of what runs. The lab keeps the list of those alive and kills what is left at the end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { LineSplitter } from './lines.ts';
import { within } from './wait.ts';

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where standard output and error go when nobody listens to them. */
  readonly logFile?: string;
  /** Called for each line of standard output, with the wall clock in ms. */
  readonly onStdoutLine?: (line: string, atMs: number) => void;
  /** Called for each line of standard error, with the wall clock in ms. */
  readonly onStderrLine?: (line: string, atMs: number) => void;
  /** Called for each piece of standard output as it comes; excludes `onStdoutLine`. */
  readonly onStdoutBytes?: (chunk: Buffer) => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const STOP_PATIENCE_MS = 5_000;
const FREEZE_WITHIN_MS = 10_000;

export class ManagedProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private exit: Exit | undefined;

  private constructor(child: ChildProcess, pid: number) {
    this.child = child;
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      // 'close' rather than 'exit': all output has been handed out by then.
      child.once('close', (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
  }

  /** @throws Error when the command can't be started */
  static async start(argv: readonly string[], options: ProcessOptions = {}): Promise<ManagedProcess> {
    const [file = '', ...args] = argv;
    const log = options.logFile === undefined ? 'ignore' : openSync(options.logFile, 'a');
    const child = spawn(file, args, {
      env: { ...process.env, ...options.env },
      stdio: [
        'pipe',
        options.onStdoutLine === undefined && options.onStdoutBytes === undefined ? log : 'pipe',
        options.onStderrLine === undefined ? log : 'pipe',
      ],
    });
    if (typeof log === 'number') closeSync(log);
    child.stdin?.on('error', () => undefined); // Writing to a process that has just ended isn't news.
    if (options.onStdoutBytes !== undefined) child.stdout?.on('data', options.onStdoutBytes);
    else listen(child.stdout, options.onStdoutLine);
    listen(child.stderr, options.onStderrLine);
    const spawned = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const managed = new ManagedProcess(child, child.pid ?? -1);
    await spawned;
    return managed;
  }

  get isRunning(): boolean {
    return this.exit === undefined;
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Sends a signal; does nothing when the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.child.kill(signal);
  }

  /** Stops it (SIGSTOP) until SIGCONT. Returns when it stands still: until one of its threads has taken the signal, all go on. */
  async freeze(): Promise<void> {
    this.signal('SIGSTOP');
    await within(FREEZE_WITHIN_MS, `process ${this.pid} stands still`, (saw) => {
      return saw(this.threadStates()).every((state) => state === 'T');
    });
  }

  /** Asks the process to end, wakes it if it is stopped, and kills it when `patienceMs` were not enough. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs: number = STOP_PATIENCE_MS): Promise<Exit> {
    this.signal(signal);
    this.signal('SIGCONT');
    const timer = new AbortController();
    const tooLong = sleep(patienceMs, undefined, { signal: timer.signal }).then(
      () => this.signal('SIGKILL'),
      () => undefined,
    );
    const exit = await this.exited;
    timer.abort();
    await tooLong;
    return exit;
  }

  /** Lets this Node process end while the other one goes on. */
  leave(): void {
    this.child.unref();
  }

  /** Resident set size in KiB. */
  rssKib(): number {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0);
  }

  /** User and system time spent so far, in ms, to a hundredth of a second (proc(5), stat, fields 14 and 15). */
  cpuMs(): number {
    const fields = statFields(`/proc/${this.pid}/stat`);
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  private threadStates(): string[] {
    const tasks = `/proc/${this.pid}/task`;
    return readdirSync(tasks).map((thread) => statFields(`${tasks}/${thread}/stat`)[0] ?? '');
  }
}

/** From the third field (the state) on: the second is a name, which may hold anything. */
function statFields(path: string): string[] {
  const stat = readFileSync(path, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function listen(
  stream: NodeJS.ReadableStream | null,
  onLine: ((line: string, atMs: number) => void) | undefined,
): void {
  if (stream === null || onLine === undefined) return;
  const lines = new LineSplitter((line) => onLine(line, Date.now()));
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => lines.push(chunk));
  stream.on('end', () => lines.end());
}
