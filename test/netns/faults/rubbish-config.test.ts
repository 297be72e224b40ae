/**
 * The configuration file is replaced by rubbish and reloaded: the old one stays in force, and the words say what is wrong.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { afteryouExecutable } from '../lab/checkout.ts';
import { run, tryRun } from '../lab/command.ts';
import { within } from '../lab/wait.ts';
import { asking, statusOf } from '../sidecar/daemon.ts';
import { fault, judge, sized } from './fault.ts';
import { Ground } from './ground.ts';

const PEERS = sized(20, 6);
const ROUNDS = sized(3, 1);
const EXIT_CONFIG = 78;
/** Of four MiB of rubbish too. */
const SAID_LENGTH_MAX = 20_000;
/** A file of four MiB takes some 350 MiB while it is parsed (measured), once, not once a reload. */
const PARSING_MAX_KIB = 600_000;
/** Nine levels of nine aliases each: 387 million values, were they unfolded. */
const LAUGHS = Array.from({ length: 9 }, (_, level) => {
  const below = level === 0 ? 'x' : `*l${level - 1}`;
  return `l${level}: &l${level} [${Array(9).fill(below).join(', ')}]`;
}).join('\n');

/** Puts something in the place of the file at `path`, which isn't there. */
type Put = (path: string) => unknown;

const text =
  (content: string | Uint8Array): Put =>
  (path) =>
    writeFileSync(path, content);

const RUBBISH: Readonly<Record<string, readonly [Put, RegExp]>> = {
  nothing: [() => undefined, /ENOENT/],
  'an empty file': [text(''), /version/],
  'bytes of no text': [text(Uint8Array.from({ length: 4_096 }, (_, at) => (at * 151) % 256)), /UTF-8/],
  'zero bytes': [text(new Uint8Array(65_536)), /afteryou\.yaml:\d+/],
  'half a file': [
    text('version: 1\nservices:\n  all: { connections: "*", responder-mode-dur'),
    /afteryou\.yaml:\d+/,
  ],
  'an unknown key': [text('version: 1\nservices: { all: { connectoins: "*" } }\n'), /connectoins/],
  'a list in place of a map': [text('- version\n- 1\n'), /afteryou\.yaml:1/],
  'aliases that unfold without end': [text(`version: 1\n${LAUGHS}\n`), /aliases/],
  'brackets inside each other': [text('['.repeat(100_000)), /afteryou\.yaml:1/],
  'five MiB': [text('a'.repeat(5 * 1024 * 1024)), /larger than 4 MiB/],
  'four MiB in one line': [text(`version: 1\nx: ${'a,'.repeat(1_900_000)}`), /afteryou\.yaml:2/],
  'a directory': [(path) => mkdirSync(path), /EISDIR/],
  'a pipe that nobody writes to': [(path) => run(['mkfifo', path]), /not a regular file/],
  'a device without an end': [(path) => symlinkSync('/dev/zero', path), /not a regular file/],
  'a link to itself': [(path) => symlinkSync(path, path), /ELOOP/],
};

fault(
  'rubbish-configuration',
  'Each kind of rubbish is checked (exit code 78), reloaded by the command and by SIGHUP, and replaced by the good file again: no peer changes.',
  async (lab) => {
    const ground = await Ground.start(lab);
    const { daemon } = ground;
    const check = [process.execPath, afteryouExecutable(), 'check', '-c', daemon.configFile];
    const good = await run(['cat', daemon.configFile]);
    const seen = new Set<string>();
    let refused = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, [put, words]] of Object.entries(RUBBISH)) {
        rmSync(daemon.configFile, { recursive: true, force: true });
        await put(daemon.configFile);
        if (round === 0) {
          const { code, stdout, stderr } = await tryRun(check);
          expect({ name, code, said: stdout + stderr }).toEqual({
            name,
            code: EXIT_CONFIG,
            said: expect.stringMatching(words),
          });
          expect(stdout.length).toBeLessThan(SAID_LENGTH_MAX);
        }
        const refusal = await asking(daemon, (client) => client.reload()).then(
          () => 'taken',
          (error: unknown) => String(error),
        );
        expect(refusal).not.toBe('taken');
        daemon.reload();
        refused += 2;
        await within(
          10_000,
          `${refused} refusals in the log`,
          (saw) => saw(daemon.grep(/the old one stays/)).length === refused,
        );
        const { config } = await statusOf(daemon);
        expect(config.error, name).toMatch(words);
        seen.add(`${name}: ${config.error?.split('\n')[0]}`);
        rmSync(daemon.configFile, { recursive: true, force: true });
        writeFileSync(daemon.configFile, good);
        await asking(daemon, (client) => client.reload());
        expect((await statusOf(daemon)).config.error).toBeNull();
      }
    }
    const laughs = [...seen].find((line) => line.startsWith('aliases'));
    judge(
      await ground.row({
        done: `${Object.keys(RUBBISH).length} kinds of rubbish as configuration, each reloaded twice`,
        times: refused,
        saw: `"the old one stays", a place and a next step, exit code 78; ${laughs}`,
      }),
      PARSING_MAX_KIB,
    );
  },
  { manyPeers: PEERS },
);
