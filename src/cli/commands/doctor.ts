/** `afteryou doctor`: what on this host, or between two ends, fights afteryou or the promise of one tunnel. */
import type { Examination } from '../../doctor/doctor.ts';
import type { Finding } from '../../doctor/findings.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { show } from '../printing.ts';
import { allPrintable } from '../text/printable.ts';

/** Where strongSwan's packages put the files. */
const DEFAULT_SWANCTL_FILE = '/etc/swanctl/swanctl.conf';
const DEFAULT_STRONGSWAN_FILE = '/etc/strongswan.conf';

/** Most subjects of a finding that text names; JSON has all. */
const SUBJECTS_MAX = 5;

export const doctor: CliCommand = {
  name: 'doctor',
  summary: 'find what fights afteryou, or the promise of one tunnel',
  define: (command) => {
    command
      .description(
        'Looks at charon over VICI, at swanctl.conf and at strongswan.conf, and tells what fights afteryou or the\n' +
          'promise of one tunnel: what, where, why it matters, and the line to write. Changes nothing and needs no\n' +
          'daemon. With --pair it compares our swanctl.conf with that of the other end instead. Exits with 1 if it finds\n' +
          'anything.',
      )
      .option('--swanctl <file>', 'our swanctl.conf', DEFAULT_SWANCTL_FILE)
      .option('--strongswan <file>', 'our strongswan.conf', DEFAULT_STRONGSWAN_FILE)
      .option('--vici <socket>', "charon's socket (default: charon.socket of the configuration)")
      .option('--no-charon', 'look at the files only')
      .option('--pair <file>', 'the swanctl.conf of the other end');
  },
  run: async (cli, { options }) => {
    const text = (name: string): string | null => {
      const value = options[name];
      return typeof value === 'string' ? value : null;
    };
    const { configFile, configGiven } = cli;
    const swanctlFile = text('swanctl') ?? DEFAULT_SWANCTL_FILE;
    const strongswanFile = text('strongswan') ?? DEFAULT_STRONGSWAN_FILE;
    const other = text('pair');
    let examination: Examination;
    if (other === null) {
      const { examine } = await import('../../doctor/doctor.ts');
      const viciSocket = text('vici');
      const asksCharon = options['charon'] !== false;
      examination = await examine({
        configFile,
        configGiven,
        swanctlFile,
        strongswanFile,
        viciSocket,
        asksCharon,
      });
    } else {
      const { examinePair } = await import('../../doctor/pair/examine-pair.ts');
      examination = examinePair({ configFile, configGiven, swanctlFile }, other);
    }
    show(cli, { schema: 1, ...examination }, (shown) => doctorText(allPrintable(shown)));
    return examination.findings.length === 0 ? EXIT.done : EXIT.notTrue;
  },
};

/** The examination as lines; its texts must be printable. */
export function doctorText({ findings, seen, unseen }: Examination): string {
  const blocks = findings.map((finding) => `${findingText(finding)}\n`);
  const looked = [
    ...seen.map((text) => `looked at ${text}\n`),
    ...unseen.map((text) => `not seen: ${text}\n`),
  ];
  const count =
    findings.length === 0 ? 'nothing found' : `${findings.length} finding${findings.length === 1 ? '' : 's'}`;
  return `${blocks.join('')}${looked.join('')}${count}\n`;
}

function findingText({ code, what, why, write, place, subjects }: Finding): string {
  const where = place === null ? '' : `${place.file}:${place.line}: `;
  const more = subjects.length > SUBJECTS_MAX ? ` and ${subjects.length - SUBJECTS_MAX} more` : '';
  const about = subjects.length === 0 ? '' : ` (${subjects.slice(0, SUBJECTS_MAX).join(', ')}${more})`;
  return `${where}${what}${about} [${code}]\n    why: ${why}\n    write: ${write}\n`;
}
