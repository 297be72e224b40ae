/** The examination of a pair: two files read and compared. charon isn't asked. */
import { AfteryouError } from '../../errors.ts';
import { plansFromFile } from '../connection-plan.ts';
import { type DoctorOptions, type Examination, readConfig, syntaxSigns } from '../doctor.ts';
import { findingsOf } from '../findings.ts';
import { readSettings } from '../settings-files.ts';
import { SettingsView } from '../settings-view.ts';
import { situationOf } from '../situation.ts';
import { type CallsOf, comparePair } from './pair.ts';

/**
 * Compares our swanctl.conf with that of the other end.
 *
 * @throws CONFIG_UNREADABLE if either of them can't be read
 */
export function examinePair(
  options: Pick<DoctorOptions, 'configFile' | 'configGiven' | 'swanctlFile'>,
  otherFile: string,
): Examination {
  const seen: string[] = [];
  const { config, signs } = readConfig(options, seen);
  const [our, other] = [options.swanctlFile, otherFile].map((file) => {
    const read = readSettings(file);
    if (read.files.length === 0) {
      const reason = read.unreadable[0]?.reason ?? 'unknown';
      throw new AfteryouError('CONFIG_UNREADABLE', `can't read ${file}: ${reason}`, {
        nextStep: 'Name our file with --swanctl and the file of the other end behind --pair.',
      });
    }
    signs.push(...syntaxSigns(read));
    return { read, plans: plansFromFile(SettingsView.of(read.root)) };
  });
  const ours = our?.plans ?? [];
  const theirs = other?.plans ?? [];
  seen.push(`${ours.length} connections of ours, ${theirs.length} of theirs`);
  const { peers } = situationOf({ config, plans: ours, filePlans: ours, charon: null, options: null });
  const byConnection = new Map(peers.map((peer) => [peer.connection, peer]));
  const callsOf: CallsOf = (connection) => {
    const setup = byConnection.get(connection)?.setup;
    if (setup === undefined) return { calls: false, because: 'afteryou does not look after it' };
    const { policy } = setup.settings;
    if (config.mode === 'observe') return { calls: false, because: 'afteryou only observes' };
    if (!setup.isCallable) return { calls: false, because: 'it is passive' };
    return { calls: policy === 'windowed' || policy === 'initiator-only', because: `policy: ${policy}` };
  };
  signs.push(...comparePair(ours, theirs, callsOf));
  const unseen = [our, other].flatMap((one) => one?.read.unreadable ?? []);
  return {
    findings: findingsOf(signs),
    seen,
    unseen: unseen.map(({ file, reason }) => `${file}: ${reason}`),
  };
}
