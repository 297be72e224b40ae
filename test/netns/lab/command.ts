/**
 * One command, run to its end, its output in hand.
 */
import { execFile } from 'node:child_process';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** After this the command is killed; default 30 s. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

export interface CommandResult {
  /** Exit code; -1 when a signal ended the command or it couldn't be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs `argv` and returns whatever came of it; never throws. */
export function tryRun(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 30_000,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_BYTES_MAX,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ code: 0, stdout, stderr });
        const code = typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr: stderr === '' ? error.message : stderr });
      },
    );
    child.stdin?.on('error', () => undefined); // The command may end without reading its input.
    child.stdin?.end(options.input ?? '');
  });
}

/**
 * Runs `argv` and returns its standard output.
 *
 * @throws Error naming the command, its exit code and what it said
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryRun(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit code ${code}: ${(stderr + stdout).trim()}`);
  return stdout;
}
