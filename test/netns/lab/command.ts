/**
 * One command, run to its end, its output in hand.
 */
import { execa } from 'execa';

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

const OUTPUT_LENGTH_MAX = 64 * 1024 * 1024;

/** Runs `argv` and returns whatever came of it; never throws. */
export async function tryRun(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  const result = await execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    input: options.input ?? '',
    timeout: options.timeoutMs ?? 30_000,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_LENGTH_MAX,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const code = result.exitCode ?? -1;
  const isExplained = code === 0 || result.stderr !== '';
  return { code, stdout: result.stdout, stderr: isExplained ? result.stderr : (result.shortMessage ?? '') };
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
