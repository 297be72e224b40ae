/**
 * `crypto peer-list`: names, families, addresses, and the limits that StarOS documents for them ("Security Gateway as
 * Initiator"): 1..32 alphanumeric characters, one family, 1,000 addresses; subnets and wildcards can only answer.
 */
import { type AddressRange, parseAddress } from '../../config/addresses.ts';
import { DEFAULTS, SECTIONS_MAX } from '../../config/keys.ts';
import type { Family } from '../../config/model.ts';
import { isName } from '../../config/names.ts';
import type { Block } from '../blocks.ts';
import { command, type Fact, type Forms, newFact, readLine } from '../cisco/commands.ts';
import { prefixOfMask } from '../cisco/networks.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';

export interface PeerEntry {
  readonly at: SourceLine;
  readonly range: AddressRange;
}

export interface PeerListFact extends Fact {
  readonly name: string;
  readonly context: string | null;
  readonly family: Family;
  /** Of its lines those that were dropped. */
  readonly aside: Set<SourceLine>;
  /** By canonical text. */
  readonly entries: Map<string, PeerEntry>;
}

/** StarOS enforces it as the list is configured. */
export const PEERS_MAX = DEFAULTS.peersPerList;

/** Reads a list into `lists`; a list that is opened again goes on. */
export function readPeerList(
  block: Block,
  header: SourceLine,
  context: string | null,
  lists: Map<string, PeerListFact>,
  reading: Reading,
): void {
  const [, , familyWord = '', name = ''] = header.words;
  const family: Family = familyWord.toLowerCase() === 'ipv6' ? 'ipv6' : 'ipv4';
  if (!isName(name)) {
    const remedy = 'Name it with 1..32 letters and digits, here and in each service that uses it.';
    reading.refusals.add(
      header,
      'bad-name',
      `peer list '${name}' is no name of 1..32 letters and digits`,
      remedy,
    );
  }
  const key = keyIn(context, name);
  const before = lists.get(key);
  if (before === undefined && lists.size === SECTIONS_MAX) {
    const message = `more than ${SECTIONS_MAX} peer lists`;
    reading.refusals.add(header, 'too-many', message, 'Split them over several gateways.');
    return;
  }
  before?.lines.push(header);
  const list = before ?? {
    ...newFact(header),
    name,
    context,
    family,
    aside: new Set(),
    entries: new Map(),
  };
  if (list.family !== family) {
    const remedy = 'Give one of them another name: a list has addresses of one family.';
    reading.refusals.add(header, 'wrong-family', `peer list ${name} is ${list.family} already`, remedy);
  }
  lists.set(key, list);
  const forms = addressForms(reading);
  for (const line of block.lines) readLine(line, list, forms, reading.report);
}

/** Names of StarOS count within their context. */
export function keyIn(context: string | null, name: string): string {
  return `${context ?? ''}\n${name}`;
}

function addressForms(reading: Reading): Forms<PeerListFact> {
  return {
    ignored: [],
    commands: [
      command(/^address (?<address>\S+)(?: (?<mask>\S+))?$/i, (list, groups, line) => {
        const range = readAddress(list, groups, line, reading);
        if (range !== null && !add(list, range, line, reading)) list.aside.add(line);
      }),
      command(/^no address (?<address>\S+)(?: (?<mask>\S+))?$/i, (list, groups, line) => {
        const range = readAddress(list, groups, line, reading);
        const removed = range === null ? undefined : list.entries.get(range.text);
        if (range === null || removed === undefined) return;
        list.entries.delete(range.text);
        list.aside.add(removed.at);
        list.aside.add(line);
        reading.report.dropped(line, `takes out line ${removed.at.number}`);
        reading.report.dropped(removed.at, `taken out again in line ${line.number}`);
      }),
    ],
  };
}

function readAddress(
  list: PeerListFact,
  groups: Readonly<Record<string, string | undefined>>,
  line: SourceLine,
  { refusals }: Reading,
): AddressRange | null {
  const address = groups['address'] ?? '';
  const mask = groups['mask'];
  const prefix = mask === undefined ? null : prefixOfMask(mask);
  const parsed = parseAddress(
    prefix === null ? [address, mask ?? ''].join(' ').trim() : `${address}/${prefix}`,
    list.family,
  );
  if (!parsed.ok) {
    refusals.add(line, 'bad-address', parsed.message, parsed.remedy);
    return null;
  }
  if (parsed.value.family !== list.family) {
    refusals.add(
      line,
      'wrong-family',
      `${parsed.value.text} is ${parsed.value.family}, peer list ${list.name} is ${list.family}`,
      `Put it into a peer list of its own: crypto peer-list ${parsed.value.family} NAME.`,
    );
    return null;
  }
  return parsed.value;
}

/** False for an address that is in the list already. */
function add(
  list: PeerListFact,
  range: AddressRange,
  line: SourceLine,
  { refusals, report }: Reading,
): boolean {
  if (list.entries.has(range.text)) {
    report.dropped(line, `${range.text} is in the list already`);
    return false;
  }
  if (list.entries.size === PEERS_MAX) {
    refusals.add(
      line,
      'too-many',
      `peer list ${list.name} has more than ${PEERS_MAX} addresses`,
      'Split it over two services; or write afteryou.yaml by hand with limits.peers-per-list.',
    );
  }
  // One more than allowed is kept, so that each further one isn't told of again.
  if (list.entries.size <= PEERS_MAX) list.entries.set(range.text, { at: line, range });
  return true;
}
