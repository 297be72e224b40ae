/**
 * The sections of a bug report, each made by itself: what can't be had is said in its place, and the others follow.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { release, type } from 'node:os';
import { messageOf } from '../../errors.ts';
import { VERSION } from '../../version.ts';
import { withDaemon } from '../asking.ts';
import { printableJson } from '../text/printable.ts';
import type { Cli } from '../world.ts';
import { knownOnly } from './redact.ts';

/** Latest events that are told. */
const EVENTS_MAX = 1_000;

/** A section longer than this is cut: it must be possible to mail the whole. */
const SECTION_CHARACTERS_MAX = 4 * 1024 * 1024;

const DEFAULT_STATE_FILE = '/var/lib/afteryou/state.msgpack';
const DEFAULT_VICI_SOCKET = '/run/charon.vici';

type Section = readonly [heading: string, make: () => string | Promise<string>];

/** The whole report. Never throws. */
export async function bugReport(cli: Cli): Promise<string> {
  const places = await placesOf(cli);
  const sections: readonly Section[] = [
    ['versions', () => versions(cli)],
    ['configuration', () => configuration(cli)],
    ['status', () => withDaemon(cli, async (client) => lines(await client.status()))],
    ['latest events', () => withDaemon(cli, async (client) => events(await client.history(EVENTS_MAX)))],
    ['metrics', () => withDaemon(cli, async (client) => (await client.metrics(true)).text)],
    ['state file', () => stateFile(places.stateFile)],
    ['charon', async () => (await import('./charon-dump.ts')).charonDump(places.viciSocket)],
  ];
  const parts: string[] = [];
  for (const [heading, make] of sections) {
    parts.push(`==== ${heading} ====\n${await contentsOf(make)}`);
  }
  return parts.join('\n');
}

async function contentsOf(make: Section[1]): Promise<string> {
  try {
    const text = await make();
    return text.length > SECTION_CHARACTERS_MAX
      ? `${text.slice(0, SECTION_CHARACTERS_MAX)}\n(cut: it has ${text.length} characters)\n`
      : text;
  } catch (error) {
    return `can't be had: ${messageOf(error)}\n`;
  }
}

function versions({ world, configFile }: Cli): string {
  const now = world.now().toISOString();
  return lines({
    afteryou: VERSION,
    node: process.version,
    system: `${type()} ${release()}`,
    now,
    configFile,
  });
}

/** What the schema knows of each file, and what is wrong with them; no comments. */
async function configuration({ configFile }: Cli): Promise<string> {
  const [{ isAbsent, readTexts, loadConfig }, { jsonSchema }, { ConfigError, formatIssues }, { parse }] =
    await Promise.all([
      import('../../config/load.ts'),
      import('../../config/json-schema.ts'),
      import('../../config/issues.ts'),
      import('yaml'),
    ]);
  if (isAbsent(configFile)) return `there is no ${configFile}: the daemon only observes\n`;
  const schema = jsonSchema();
  const files = readTexts(configFile).map(({ file, text }) => {
    try {
      return `${file}: ${lines(knownOnly(parse(text, { schema: 'failsafe' }), schema))}`;
    } catch {
      return `${file}: is no YAML, and so not told\n`;
    }
  });
  let verdict: string;
  try {
    const { config } = loadConfig(configFile);
    verdict = `${config.warnings.length} warnings\n${formatIssues(config.warnings)}`;
  } catch (error) {
    verdict = error instanceof ConfigError ? formatIssues(error.issues) : `${messageOf(error)}\n`;
  }
  return `${files.join('')}${verdict}`;
}

function events(entries: readonly unknown[]): string {
  return entries.map((entry) => `${printableJson(entry)}\n`).join('');
}

/** Only its size, age and header: what it holds is in the status. */
function stateFile(file: string): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size, mtime, mode, uid } = fstatSync(handle);
    const header = Buffer.alloc(16);
    readSync(handle, header, 0, header.length, 0);
    const written = mtime.toISOString();
    return lines({ file, size, written, mode: mode.toString(8), uid, header: header.toString('hex') });
  } finally {
    closeSync(handle);
  }
}

/** As the configuration says; if that is wrong, the daemon knows its charon, and the usual places are what is left. */
async function placesOf(cli: Cli): Promise<{ stateFile: string; viciSocket: string }> {
  try {
    const { loadConfigOrDefault } = await import('../../config/default.ts');
    const { state, charon } = loadConfigOrDefault(null, cli.configFile).config;
    return { stateFile: state.file, viciSocket: charon.socket };
  } catch {
    const viciSocket = await withDaemon(cli, async (client) => (await client.status()).charon.socket).catch(
      () => DEFAULT_VICI_SOCKET,
    );
    return { stateFile: DEFAULT_STATE_FILE, viciSocket };
  }
}

function lines(value: unknown): string {
  return `${printableJson(value, 2)}\n`;
}
