/** All facts of a StarOS text, by context and name; nothing is looked up or judged across them yet. */
import { type Block, readBlocks } from '../blocks.ts';
import { newFact } from '../cisco/commands.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import { type AccessList, readAccessList } from './access-lists.ts';
import { type CryptoProfile, readProfile } from './ike-forms.ts';
import { MODE, MODES } from './modes.ts';
import { keyIn, type PeerListFact, readPeerList } from './peer-lists.ts';
import { numberInRange } from './ranges.ts';
import { readService, type ServiceFact } from './services.ts';
import {
  type IkeTransformSet,
  type IpsecTransformSet,
  readIkeTransformSet,
  readIpsecTransformSet,
} from './transform-sets.ts';

/** Each by {@link keyIn}. A name that is given twice: the later one counts, except for lists and services, which add up. */
export interface StarosText {
  readonly peerLists: Map<string, PeerListFact>;
  readonly ikeSets: Map<string, IkeTransformSet>;
  readonly ipsecSets: Map<string, IpsecTransformSet>;
  readonly accessLists: Map<string, AccessList>;
  readonly profiles: Map<string, CryptoProfile>;
  readonly services: Map<string, ServiceFact>;
  /** Own addresses by the crypto map that is applied to their interface. */
  readonly mapAddresses: Map<string, string>;
}

export function readText(reading: Reading): StarosText {
  const text: StarosText = {
    peerLists: new Map(),
    ikeSets: new Map(),
    ipsecSets: new Map(),
    accessLists: new Map(),
    profiles: new Map(),
    services: new Map(),
    mapAddresses: new Map(),
  };
  const top = readBlocks(reading.lines, MODES, reading.report);
  for (const block of top.blocks) {
    if (block.mode !== MODE.context) {
      readBlock(block, null, text, reading);
      continue;
    }
    const context = block.header?.words[1] ?? '';
    dropForeignLines(block.lines, reading);
    if (block.header !== null) reading.report.dropped(block.header, 'encloses what follows');
    for (const inner of block.blocks) readBlock(inner, context, text, reading);
  }
  dropForeignLines(top.lines, reading);
  return text;
}

function readBlock(block: Block, context: string | null, text: StarosText, reading: Reading): void {
  const { header, mode } = block;
  if (header === null) return;
  const name = header.words[mode === MODE.peerList ? 3 : mode === MODE.service ? 1 : 2] ?? '';
  const key = keyIn(context, name);
  switch (mode) {
    case MODE.peerList:
      readPeerList(block, header, context, text.peerLists, reading);
      return;
    case MODE.service:
      readService(block, header, context, text.services, reading);
      return;
    case MODE.ikeTransformSet:
      text.ikeSets.set(key, readIkeTransformSet(block, header, reading));
      return;
    case MODE.ipsecTransformSet:
      text.ipsecSets.set(key, readIpsecTransformSet(block, header, reading));
      return;
    case MODE.accessList:
      text.accessLists.set(key, readAccessList(block, header, reading));
      return;
    case MODE.template:
    case MODE.map:
      text.profiles.set(`${mode}\n${key}`, readProfile(block, header, context, reading));
      return;
    case MODE.lookup:
      readLookup(block, header, reading);
      return;
    case MODE.interface:
      readInterface(block, header, context, text, reading);
      return;
    default:
      dropAll(block, 'not about IPsec', reading);
  }
}

const PRIORITY =
  /^priority (?<priority>\S+) source-netmask (?<source>\S+) destination-netmask (?<destination>\S+)$/i;

function readLookup(block: Block, header: SourceLine, { report, refusals }: Reading): void {
  const why = 'strongSwan finds the peer by its traffic selectors; there is no order to set';
  report.dropped(header, why);
  for (const line of block.lines) {
    const found = PRIORITY.exec(line.text)?.groups;
    if (found === undefined) continue;
    numberInRange(found['priority'] ?? '', { what: 'priority', min: 1, max: 6, unit: '' }, line, refusals);
    for (const what of ['source', 'destination'])
      numberInRange(
        found[what] ?? '',
        { what: `${what}-netmask`, min: 0, max: 128, unit: '' },
        line,
        refusals,
      );
    report.dropped(line, why);
  }
}

/** An interface matters only as the place of a crypto map: its address is the connection's own. */
function readInterface(
  block: Block,
  header: SourceLine,
  context: string | null,
  { mapAddresses }: StarosText,
  reading: Reading,
): void {
  const address = block.lines.map(
    ({ text }) => /^(?:ip|ipv6) address (?<address>[^\s/]+)/i.exec(text)?.groups?.['address'],
  );
  const own = address.find((found) => found !== undefined);
  for (const line of block.lines) {
    const map = /^crypto-map (?<name>\S+)$/i.exec(line.text)?.groups?.['name'];
    if (map !== undefined && own !== undefined) mapAddresses.set(keyIn(context, map), own);
  }
  dropAll({ ...block, header }, 'addresses and interfaces are configured in Linux', reading);
}

function dropAll(block: Block, why: string, reading: Reading): void {
  if (block.header !== null) reading.report.dropped(block.header, why);
  for (const line of block.lines) reading.report.dropped(line, why);
  for (const inner of block.blocks) dropAll(inner, why, reading);
}

/** Single commands of the chassis and of contexts that say nothing about IPsec. */
const FOREIGN_LINE =
  /^(?:system |hostname |autoconfirm$|no autoconfirm$|clock |timestamps|license |require |ip (?:route|name-servers|domain|pool|dns|localhost|arp)|ipv6 (?:route|pool)|logging |administrator |operator |user |ssh |ftp|telnet|server |aaa |domain |banner |threshold |ntp |snmp |boot |cli |no (?:system|logging|banner|threshold|ip|cli)\b)/i;

function dropForeignLines(lines: readonly SourceLine[], { report }: Reading): void {
  for (const line of lines) if (FOREIGN_LINE.test(line.text)) report.dropped(line, 'not about IPsec');
}

/** A fact for what stands in no text: the default of StarOS. */
export function assumed<Values extends object>(
  at: SourceLine,
  values: Values,
): Values & ReturnType<typeof newFact> {
  return { ...newFact(at), ...values, lines: [] };
}
