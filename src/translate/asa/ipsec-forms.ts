/** IPsec of ASA: transform sets, proposals and the lines of crypto maps. Knows their commands and ASA's defaults. */
import { encryptionKeyword, groupKeyword, integrityKeyword, keywords } from '../cisco/algorithms.ts';
import { checked, command, type Forms, newFact } from '../cisco/commands.ts';
import { lifetimeOf } from '../cisco/lifetimes.ts';
import type { Read } from '../cisco/selectors.ts';
import type { SourceLine } from '../source-line.ts';
import type { ConnectionType, IpsecProposal, MapEntry, TransformSet } from './facts.ts';
import { integrityKeywords } from './ike-forms.ts';

/** What `set pfs` means without a group, before 9.13. */
const PFS_DEFAULT = 'modp1024';
/** An entry takes no more on an ASA. */
export const PEERS_MAX = 10;

const TRANSFORM_SET =
  /^crypto ipsec (?:ikev1 )?transform-set (?<name>\S+) esp-(?<encryption>\S+) esp-(?<integrity>none|\S+-hmac)$/i;
export const TRANSFORM_MODE =
  /^crypto ipsec (?:ikev1 )?transform-set (?<name>\S+) mode (?<mode>transport|tunnel)$/i;

/** `crypto ipsec ikev1 transform-set NAME esp-aes-256 esp-sha-hmac`; null: it is no such line. */
export function readTransformSet(at: SourceLine): Read<TransformSet> | null {
  const found = TRANSFORM_SET.exec(at.text)?.groups;
  if (found === undefined) return null;
  const { name = '', encryption: cipher = '', integrity: hash = '' } = found;
  const encryption = encryptionKeyword(cipher);
  const integrity = integrityKeyword(hash.replace(/-hmac$/i, ''));
  const hasNone = /^none$/i.test(hash);
  if (encryption === null || (integrity === null && !hasNone)) {
    return { ok: false, why: 'one of the algorithms is not known here' };
  }
  return { ok: true, value: { ...newFact(at), name, encryption, integrity, mode: 'tunnel' } };
}

export function newIpsecProposal(at: SourceLine): IpsecProposal {
  return { ...newFact(at), name: at.words.at(-1) ?? '', encryption: [], integrity: [] };
}

export const IPSEC_PROPOSAL: Forms<IpsecProposal> = {
  commands: [
    checked(/^protocol esp encryption (?<list>\S.*)$/i, (proposal, { list = '' }) => {
      const found = keywords(list, (word) => encryptionKeyword(word));
      if (found === null) return 'one of the ciphers is not known here';
      proposal.encryption = found;
      return undefined;
    }),
    checked(/^protocol esp integrity (?<list>\S.*)$/i, (proposal, { list = '' }) => {
      const found = integrityKeywords(list);
      if (found === null) return 'one of the algorithms is not known here';
      proposal.integrity = found;
      return undefined;
    }),
  ],
  ignored: [],
};

export const MAP_LINE =
  /^crypto (?<kind>map|dynamic-map) (?<map>\S+) (?<sequence>\d{1,5}) (?:set|match|ipsec-isakmp) /i;
export const MAP_INTERFACE = /^crypto map (?<map>\S+) interface (?<nameif>\S+)$/i;

export function newMapEntry(at: SourceLine, map: string, sequence: number): MapEntry {
  return {
    at,
    lines: [],
    map,
    sequence,
    accessList: null,
    peers: [],
    peersAt: null,
    connectionType: 'bidirectional',
    pfs: null,
    ikev1Sets: [],
    ikev2Proposals: [],
    ikev1Lines: [],
    ikev2Lines: [],
    lifetimeSeconds: null,
    lifetimeBytes: undefined,
    aggressive: false,
    ikev2Mode: 'tunnel',
    trustpoint: null,
    dynamicMap: null,
  };
}

/** What stands behind the name and the number of an entry. */
function inMap(rest: string): RegExp {
  return new RegExp(`^crypto (?:dynamic-)?map \\S+ \\d+ ${rest}$`, 'i');
}

export const MAP_ENTRY: Forms<MapEntry> = {
  commands: [
    command(inMap('match address (?<name>\\S+)'), (entry, { name = '' }) => {
      entry.accessList = name;
    }),
    checked(inMap('set peer (?<list>\\S.*)'), (entry, { list = '' }, line) => {
      const peers = list.split(/\s+/);
      if (entry.peers.length + peers.length > PEERS_MAX) return `at most ${PEERS_MAX} peers are possible`;
      entry.peers.push(...peers);
      entry.peersAt = line;
      return undefined;
    }),
    command(
      inMap('set connection-type (?<type>bidirectional|answer-only|originate-only)'),
      (entry, { type = '' }) => {
        entry.connectionType = type.toLowerCase() as ConnectionType;
      },
    ),
    checked(inMap('set pfs(?: (?<group>\\S+))?'), (entry, { group }) => {
      const keyword = group === undefined ? PFS_DEFAULT : groupKeyword(group);
      if (keyword === null) return `strongSwan has no ${group}`;
      entry.pfs = keyword;
      return undefined;
    }),
    command(inMap('set (?:ikev1 )?transform-set (?<list>\\S.*)'), (entry, { list = '' }, line) => {
      entry.ikev1Sets.splice(0, Number.POSITIVE_INFINITY, ...list.split(/\s+/));
      entry.ikev1Lines.push(line);
    }),
    command(inMap('set ikev2 ipsec-proposal (?<list>\\S.*)'), (entry, { list = '' }, line) => {
      entry.ikev2Proposals.splice(0, Number.POSITIVE_INFINITY, ...list.split(/\s+/));
      entry.ikev2Lines.push(line);
    }),
    checked(inMap('set security-association lifetime (?<rest>\\S.*)'), (entry, { rest = '' }) => {
      const lifetime = lifetimeOf(rest);
      if (lifetime === null) return 'a lifetime is seconds or kilobytes';
      if (lifetime.seconds !== undefined) entry.lifetimeSeconds = lifetime.seconds;
      if (lifetime.bytes !== undefined) entry.lifetimeBytes = lifetime.bytes;
      return undefined;
    }),
    command(
      inMap('set (?:ikev1 )?phase1-mode (?<mode>main|aggressive)(?: group\\d+)?'),
      (entry, { mode = '' }, line) => {
        entry.aggressive = mode.toLowerCase() === 'aggressive';
        entry.ikev1Lines.push(line);
      },
    ),
    command(
      inMap('set ikev2 mode (?<mode>tunnel|transport|transport-require)'),
      (entry, { mode = '' }, line) => {
        entry.ikev2Mode = mode.toLowerCase() === 'tunnel' ? 'tunnel' : 'transport';
        entry.ikev2Lines.push(line);
      },
    ),
    command(inMap('set trustpoint (?<name>\\S+)(?: chain)?'), (entry, { name = '' }) => {
      entry.trustpoint = name;
    }),
    command(inMap('ipsec-isakmp dynamic (?<name>\\S+)'), (entry, { name = '' }) => {
      entry.dynamicMap = name;
    }),
  ],
  ignored: [
    {
      form: inMap('set reverse-route(?: dynamic)?'),
      why: 'charon installs the routes of its tunnels by itself',
    },
    { form: inMap('set nat-t-disable'), why: 'NAT traversal is always on here' },
    {
      form: inMap('set (?:df-bit|tfc-packets|validate-icmp-errors|inheritance)(?: .*)?'),
      why: 'no counterpart; the default is kept',
    },
  ],
};
