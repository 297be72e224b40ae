/** Commands of IOS's top level that bear on IPsec: keys, DPD, lifetimes, the address of a crypto map. */
import { type Fact, newFact } from '../cisco/commands.ts';
import { lifetimeOf } from '../cisco/lifetimes.ts';
import type { LineReport } from '../report.ts';
import type { SourceLine } from '../source-line.ts';
import type { GlobalSettings } from './facts.ts';
import { interfaceName } from './interfaces.ts';
import { dpdOf, KEY_BY_NAME, newKey, TOP_KEY } from './isakmp.ts';

interface Into {
  readonly globals: GlobalSettings;
  readonly all: Fact[];
}

const KEEPALIVE = /^crypto isakmp keepalive (?<delay>\d+)(?: (?<retry>\d+))?(?: (?:periodic|on-demand))?$/i;
const IKEV2_DPD = /^crypto ikev2 dpd (?<delay>\d+) (?<retry>\d+) (?:periodic|on-demand)$/i;
const LIFETIME = /^crypto ipsec security-association lifetime (?<rest>\S.*)$/i;
const LOCAL_ADDRESS = /^crypto map (?<map>\S+) local-address (?<name>\S+)$/i;

/** Reads one line; false when it is none of these. */
export function readTopLine(line: SourceLine, { globals, all }: Into, report: LineReport): boolean {
  const { text } = line;
  const key = TOP_KEY.exec(text)?.groups;
  if (key !== undefined) {
    const found = newKey(line, key);
    if (typeof found === 'string') report.notUnderstood(line, found);
    else {
      globals.isakmpKeys.push(found);
      all.push(found);
    }
    return true;
  }
  if (KEY_BY_NAME.test(text)) {
    report.notUnderstood(line, 'names of hosts are not looked up: add the key to the secrets by hand');
    return true;
  }
  return readSetting(line, { globals, all }, report);
}

function readSetting(line: SourceLine, { globals, all }: Into, report: LineReport): boolean {
  const { text } = line;
  const dpd = (KEEPALIVE.exec(text) ?? IKEV2_DPD.exec(text))?.groups;
  if (dpd !== undefined) {
    const value = dpdOf(dpd['delay'], dpd['retry']);
    if (value === null) report.notUnderstood(line, 'the seconds must be 10..3600 and 2..60');
    else if (KEEPALIVE.test(text)) globals.isakmpDpd = keep(all, { ...newFact(line), dpd: value });
    else globals.ikev2Dpd = keep(all, { ...newFact(line), dpd: value });
    return true;
  }
  const rest = LIFETIME.exec(text)?.groups?.['rest'];
  const lifetime = rest === undefined ? undefined : lifetimeOf(rest);
  if (lifetime === null) report.notUnderstood(line, 'a lifetime is seconds or kilobytes');
  if (lifetime?.seconds !== undefined) {
    globals.lifetimeSeconds = keep(all, { ...newFact(line), value: lifetime.seconds });
  }
  if (lifetime?.bytes !== undefined) {
    globals.lifetimeBytes = keep(all, { ...newFact(line), value: lifetime.bytes });
  }
  if (lifetime !== undefined) return true;
  const local = LOCAL_ADDRESS.exec(text)?.groups;
  if (local === undefined) return false;
  const interfaceOf = { ...newFact(line), interfaceName: interfaceName(local['name'] ?? '') };
  globals.localAddressOf.set(local['map'] ?? '', keep(all, interfaceOf));
  return true;
}

function keep<Kept extends Fact>(all: Fact[], fact: Kept): Kept {
  all.push(fact);
  return fact;
}
