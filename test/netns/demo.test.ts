/**
 * The demo as a person starts it, after the installing: how each act ends, how wide it is, and that nothing of it stays.
 *
 * `scripts/demo` installs packages, which no test should do: only its refusals and its help are tried here.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { run, tryRun } from './lab/command.ts';
import { type Exit, ManagedProcess } from './lab/managed-process.ts';
import { within } from './lab/wait.ts';

const SAYS_WITHIN_MS = 60_000;
const WIDTH = 100;
/** In the environment of the demo and of all that it starts, so that every one of them can be found. */
const MARK = 'AFTERYOU_DEMO_TEST';

let demos = 0;

class Demo {
  readonly lines: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #process: ManagedProcess;
  readonly #mark: string;

  private constructor(process: ManagedProcess, lines: string[], mark: string) {
    this.#process = process;
    this.lines = lines;
    this.exited = process.exited;
    this.#mark = mark;
  }

  static async start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Demo> {
    demos += 1;
    const mark = `${MARK}=${process.pid}-${demos}`;
    const lines: string[] = [];
    const keep = (line: string) => void lines.push(line);
    const child = await ManagedProcess.start(
      ['node', 'scripts/run-ts.mjs', 'scripts/demo.ts', '--fast', ...args],
      {
        env: { ...env, [MARK]: `${process.pid}-${demos}` },
        onStdoutLine: keep,
        onStderrLine: keep,
      },
    );
    onTestFinished(async () => void (await child.stop('SIGTERM')));
    return new Demo(child, lines, mark);
  }

  async says(text: string): Promise<void> {
    await within(SAYS_WITHIN_MS, `the demo says '${text}'`, (saw) =>
      saw(this.lines).some((line) => line.includes(text)),
    );
  }

  interrupt(): void {
    this.#process.signal('SIGINT');
  }

  /** What is left of it in the system: namespaces, directories, processes, its own bundle. */
  async leftovers(): Promise<string[]> {
    const { pid } = this.#process;
    const namespaces = (await run(['ip', 'netns', 'list'])).split('\n');
    const files = [...readdirSync(tmpdir()), ...readdirSync('node_modules/.cache/run-ts')];
    const named = [...namespaces, ...files].filter((name) => {
      return name.startsWith(`ay${pid}-`) || name === `demo-${pid}.mjs`;
    });
    return [...named, ...readdirSync('/proc').filter((id) => /^\d+$/.test(id) && hasMark(id, this.#mark))];
  }
}

function hasMark(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
  } catch {
    return false; // It has just ended.
  }
}

test('demo-whole: all acts end as they should, in text that fits the screen, and nothing stays', async () => {
  const demo = await Demo.start([]);
  const exit = await demo.exited;
  const text = demo.lines.join('\n');
  expect(exit, text).toEqual({ code: 0, signal: null });
  for (const letter of 'abcd') expect(text).toMatch(new RegExp(`^Act ${letter}: .* as it should$`, 'm'));
  expect(text).toMatch(/^ +\d+\.\d{3} {2}wire +moon -> sun +IKE_SA_INIT request +IKE_SA [0-9a-f]{8}$/m);
  expect(text).toMatch(/moon afteryou +responder-mode => initiator-mode/);
  expect(demo.lines.filter((line) => line.length > WIDTH || line.includes('\u001b'))).toEqual([]);
  expect(await demo.leftovers()).toEqual([]);
});

test('demo-interrupted: Ctrl-C in the middle of an act takes everything down', async () => {
  const demo = await Demo.start(['--act', 'a']);
  await demo.says('=> responder-mode');
  expect(await demo.leftovers()).not.toEqual([]);
  demo.interrupt();
  expect(await demo.exited).toEqual({ code: null, signal: 'SIGINT' });
  expect(await demo.leftovers()).toEqual([]);
});

test('demo-keep: the lab stays, the commands it prints work, and Ctrl-C ends it', async () => {
  const demo = await Demo.start(['--act', 'b', '--keep']);
  await demo.says('Ctrl-C takes it all down');
  const commands = demo.lines.filter((line) => /^ {2}(swanctl|\/)/.test(line));
  expect(commands.length).toBe(3);
  for (const command of commands) {
    const { stdout } = await tryRun(['bash', '-c', command]);
    expect(stdout, command).toMatch(/ESTABLISHED|1 up/);
  }
  demo.interrupt();
  expect(await demo.exited, demo.lines.join('\n')).toEqual({ code: 0, signal: null });
  expect(await demo.leftovers()).toEqual([]);
});

test('demo-failing: an act that goes wrong is said to, its logs are kept, and the exit code is 1', async () => {
  const dir = mkdtempSync(join(tmpdir(), `ay${process.pid}-demo-`));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const broken = join(dir, 'afteryou.js');
  writeFileSync(broken, 'process.exit(1)');
  const demo = await Demo.start(['--act', 'b'], { AFTERYOU_EXECUTABLE: broken });
  expect(await demo.exited).toEqual({ code: 1, signal: null });
  expect(demo.lines).toContainEqual(expect.stringMatching(/^ {2}FAILED {2}afteryou ended at once/));
  expect(demo.lines).toContainEqual(expect.stringMatching(/^Act b: .* FAILED$/));
  // A long path isn't broken, so it has a line of its own.
  const at = demo.lines.findIndex((line) => line.includes('Logs, settings and packets of this act:'));
  const kept = demo.lines[at + 1]?.trim() ?? '';
  onTestFinished(() => rmSync(kept, { recursive: true }));
  expect(readdirSync(kept)).toContain('moon');
  expect(await demo.leftovers()).toEqual([]);
});

test('demo-usage: an act that there is not', async () => {
  const demo = await Demo.start(['--act', 'e']);
  expect(await demo.exited).toEqual({ code: 2, signal: null });
  expect(demo.lines).toEqual([
    "demo: there is no act 'e'",
    'usage: scripts/demo [--act a|b|c|d]... [--fast] [--keep]',
  ]);
  expect(await demo.leftovers()).toEqual([]);
});

test.each([
  { program: 'uname', says: 'Darwin', refusal: 'Linux only' },
  { program: 'id', says: '1000', refusal: 'it needs root' },
])('demo-refused: $program says $says', async ({ program, says, refusal }) => {
  const dir = mkdtempSync(join(tmpdir(), `ay${process.pid}-demo-`));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, program), `#!/bin/sh\necho ${says}\n`);
  chmodSync(join(dir, program), 0o755);
  const { code, stderr } = await tryRun(['scripts/demo'], { env: { PATH: `${dir}:${process.env['PATH']}` } });
  expect(code).toBe(2);
  expect(stderr).toContain(refusal);
  expect(stderr).toContain('container');
});

test('demo-help: shown without installing anything', async () => {
  const { code, stdout } = await tryRun(['scripts/demo', '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('scripts/demo --act c');
  expect(stdout).toContain('Exit code 0');
  expect(stdout).not.toContain('set -e');
});
