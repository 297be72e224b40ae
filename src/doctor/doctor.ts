/**
 * The examination of one end: files read, charon asked, checks run.
 *
 * Only reads and lists; nothing is changed anywhere. It asks charon itself, over a VICI connection of its own, so
 * that it works whether the daemon runs or not.
 */
import { loadConfigOrDefault } from '../config/default.ts';
import { ConfigError } from '../config/issues.ts';
import type { Config } from '../config/model.ts';
import { parseConfig } from '../config/parse.ts';
import { AfteryouError } from '../errors.ts';
import { CharonOptions } from './charon-options.ts';
import { checkConnections } from './checks/connections.ts';
import { checkDaemon } from './checks/daemon.ts';
import { checkSeveral } from './checks/several.ts';
import { plansFromFile } from './connection-plan.ts';
import { type Finding, findingsOf, type Sign } from './findings.ts';
import { askCharon, type CharonAnswer } from './live.ts';
import { mergedPlans } from './live-plan.ts';
import { type ReadSettings, readSettings } from './settings-files.ts';
import { SettingsView } from './settings-view.ts';
import { situationOf } from './situation.ts';

export interface DoctorOptions {
  readonly configFile: string;
  readonly configGiven: boolean;
  readonly swanctlFile: string;
  readonly strongswanFile: string;
  /** null: as the configuration says. */
  readonly viciSocket: string | null;
  /** False: only the files are looked at. */
  readonly asksCharon: boolean;
}

export interface Examination {
  readonly findings: readonly Finding[];
  /** What was looked at, and what couldn't be, in words. */
  readonly seen: readonly string[];
  readonly unseen: readonly string[];
}

/**
 * Examines this end.
 *
 * @throws VICI_CLOSED or VICI_TIMEOUT if charon doesn't answer and swanctl.conf can't be read either: then nothing is known.
 * CONFIG_UNREADABLE if a configuration that was named, or the only file to look at, can't be read
 */
export async function examine(options: DoctorOptions): Promise<Examination> {
  const seen: string[] = [];
  const unseen: string[] = [];
  const { config, signs } = readConfig(options, seen);
  const swanctl = readSettings(options.swanctlFile);
  const strongswan = readSettings(options.strongswanFile);
  if (!options.asksCharon && swanctl.files.length === 0) {
    const reason = swanctl.unreadable[0]?.reason ?? 'unknown';
    throw new AfteryouError('CONFIG_UNREADABLE', `can't read ${options.swanctlFile}: ${reason}`, {
      nextStep: 'Name the file with --swanctl, or leave --no-charon out.',
    });
  }
  const socket = options.viciSocket ?? config.charon.socket;
  const charon = options.asksCharon ? await answerOf(socket, swanctl, signs) : null;
  if (charon !== null) seen.push(`charon ${charon.live.version}: ${charon.connections.length} connections`);
  else unseen.push(`charon${options.asksCharon ? ` on ${socket}` : ', as asked'}`);
  for (const read of [swanctl, strongswan]) {
    seen.push(...(read.files.length === 0 ? [] : [filesText(read)]));
    unseen.push(...read.unreadable.map(({ file, reason }) => `${file}: ${reason}`));
    signs.push(...syntaxSigns(read));
  }
  const filePlans = plansFromFile(SettingsView.of(swanctl.root));
  const situation = situationOf({
    config,
    filePlans,
    plans: charon === null ? filePlans : mergedPlans(filePlans, charon.connections),
    charon: charon?.live ?? null,
    options: strongswan.files.length === 0 ? null : optionsOf(strongswan, charon),
  });
  signs.push(...checkSeveral(situation), ...checkConnections(situation), ...checkDaemon(situation));
  return { findings: findingsOf(signs), seen, unseen };
}

/** What charon says. That it is silent is a finding, as long as there is something else to look at. */
async function answerOf(socket: string, swanctl: ReadSettings, signs: Sign[]): Promise<CharonAnswer | null> {
  try {
    return await askCharon(socket);
  } catch (error) {
    if (!(error instanceof AfteryouError) || swanctl.files.length === 0) throw error;
    const write = error.nextStep ?? 'start charon, or name its socket with --vici';
    signs.push({ code: 'charon-silent', what: error.message, write });
    return null;
  }
}

/** A wrong configuration is a finding; the doctor then looks as if there were none. */
export function readConfig(
  { configFile, configGiven }: Pick<DoctorOptions, 'configFile' | 'configGiven'>,
  seen: string[],
): { readonly config: Config; readonly signs: Sign[] } {
  try {
    const { config, files } = loadConfigOrDefault(configGiven ? configFile : null, configFile);
    seen.push(files[0] ?? 'no afteryou.yaml: every connection counts as a peer');
    return { config, signs: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const text = 'version: 1\nmode: observe\nservices: { all: { connections: "*" } }\n';
    const signs = error.issues.map(
      ({ file, line, column, message, remedy }): Sign => ({
        code: 'config-invalid',
        what: message,
        write: remedy,
        place: { file, line, column },
      }),
    );
    return { config: parseConfig([{ file: 'built-in', text }]).config, signs };
  }
}

export function syntaxSigns({ problems }: ReadSettings): Sign[] {
  return problems.map(({ place, message }) => ({
    code: 'settings-syntax',
    what: message,
    write: 'mend the line; `swanctl --load-conns` tells whether it is right',
    place,
  }));
}

function optionsOf({ root }: ReadSettings, charon: CharonAnswer | null): CharonOptions {
  return new CharonOptions(SettingsView.of(root), charon?.daemon ?? null);
}

function filesText({ files }: ReadSettings): string {
  const [first = '', ...others] = files;
  return others.length === 0 ? first : `${first} and ${others.length} files that it includes`;
}
