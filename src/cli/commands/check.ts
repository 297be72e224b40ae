/** `afteryou check`: reads a configuration as the daemon would, and says what is wrong with it. */
import type { Issue } from '../../config/issues.ts';
import type { LoadedConfig } from '../../config/model.ts';
import { AfteryouError } from '../../errors.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';

interface CheckReport {
  readonly schema: 1;
  readonly ok: boolean;
  /** The files that were read, in the order in which they count; with problems, only the one that was named. */
  readonly files: readonly string[];
  readonly services: number;
  readonly issues: readonly Issue[];
  /** How many further problems there are. */
  readonly omitted: number;
  readonly warnings: readonly Issue[];
}

export const check: CliCommand = {
  name: 'check',
  summary: 'check a configuration; needs no daemon',
  define: (command) => {
    command
      .description(
        'Checks a configuration and the conf.d beside it, as the daemon would read them. Needs no daemon and changes\n' +
          'nothing. Prints each problem as FILE:LINE:COLUMN: MESSAGE, with what to do about it below.',
      )
      .argument('[file]', 'the configuration; default: the one that -c names');
  },
  run: async (cli, { args }) => {
    const named = args[0] ?? (cli.configGiven ? cli.configFile : null);
    const { formatIssues } = await import('../../config/issues.ts');
    const report = await checked(named, cli.configFile);
    show(cli, report, () => formatIssues(report.warnings) + formatIssues(report.issues) + summary(report));
    return report.ok ? EXIT.done : EXIT.configuration;
  },
};

/** @throws CONFIG_UNREADABLE */
async function checked(named: string | null, usual: string): Promise<CheckReport> {
  const [{ ConfigError }, { loadConfigOrDefault }] = await Promise.all([
    import('../../config/issues.ts'),
    import('../../config/default.ts'),
  ]);
  let loaded: LoadedConfig;
  try {
    loaded = loadConfigOrDefault(named, usual);
  } catch (error) {
    if (!(error instanceof AfteryouError && error instanceof ConfigError)) throw error;
    const { issues, omitted } = error;
    return { schema: 1, ok: false, files: [named ?? usual], services: 0, issues, omitted, warnings: [] };
  }
  const { config, files } = loaded;
  const services = config.services.length;
  return { schema: 1, ok: true, files, services, issues: [], omitted: 0, warnings: config.warnings };
}

function summary({ ok, files, services, issues, omitted, warnings }: CheckReport): string {
  if (!ok) return `${counted(issues.length + omitted, 'problem')}; the daemon would refuse it\n`;
  const words = warnings.length === 0 ? '' : `, ${counted(warnings.length, 'warning')}`;
  const [first] = files;
  if (first === undefined) return 'no configuration file: the daemon would only observe\n';
  return `${first}: no problems${words}; ${counted(services, 'service')} in ${counted(files.length, 'file')}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
