/** IPsec of IOS: transform sets, ipsec profiles, crypto maps and dynamic maps. Knows their commands only. */
import { encryptionKeyword, groupKeyword, integrityKeyword } from '../cisco/algorithms.ts';
import { type Command, checked, command, type Forms, type Ignored, newFact } from '../cisco/commands.ts';
import { lifetimeOf } from '../cisco/lifetimes.ts';
import { hostValue } from '../cisco/networks.ts';
import type { Read } from '../cisco/selectors.ts';
import type { SourceLine } from '../source-line.ts';
import type { IpsecProfile, MapEntry, Protection, TransformSet } from './facts.ts';

/** A crypto map entry may not name more. */
export const PEERS_MAX = 40;

/** What `set pfs` means without a group. */
const PFS_DEFAULT = 'modp768';

/** `crypto ipsec transform-set NAME esp-aes 256 esp-sha-hmac`. */
export function newTransformSet(at: SourceLine): Read<TransformSet> {
  const [, , , name = '', ...transforms] = at.words;
  let encryption: string | null = null;
  let integrity: string | null = null;
  for (const [index, word] of transforms.entries()) {
    const transform = word.toLowerCase();
    if (/^\d+$/.test(transform)) continue;
    const next = transforms[index + 1] ?? '';
    const bits = /^\d+$/.test(next) ? next : undefined;
    const cipher = transform.startsWith('esp-') ? encryptionKeyword(transform.slice(4), bits) : null;
    const hash = integrityKeyword(/^esp-(\S+)-hmac$/.exec(transform)?.[1] ?? '');
    if (cipher !== null) encryption = cipher;
    else if (hash !== null) integrity = hash;
    else
      return {
        ok: false,
        why: `charon can't do ${word}; use ESP with encryption and integrity at both ends`,
      };
  }
  if (encryption === null && integrity === null) return { ok: false, why: 'no transform that is known here' };
  return {
    ok: true,
    value: { ...newFact(at), name, encryption: encryption ?? 'null', integrity, mode: 'tunnel' },
  };
}

export const TRANSFORM_SET: Forms<TransformSet> = {
  commands: [
    command(/^mode (?<mode>tunnel|transport)(?: require)?$/i, (set, { mode = '' }) => {
      set.mode = mode.toLowerCase() === 'transport' ? 'transport' : 'tunnel';
    }),
  ],
  ignored: [],
};

function newProtection(at: SourceLine): Protection {
  return {
    ...newFact(at),
    transformSets: [],
    pfs: null,
    lifetimeSeconds: null,
    lifetimeBytes: undefined,
    isakmpProfile: null,
    ikev2Profile: null,
  };
}

const PROTECTION: readonly Command<Protection>[] = [
  command(/^set transform-set (?<names>\S.*)$/i, (into, { names = '' }) => {
    into.transformSets.splice(0, Number.POSITIVE_INFINITY, ...names.split(/\s+/));
  }),
  checked(/^set pfs(?: (?<group>\S+))?$/i, (into, { group }) => {
    const keyword = group === undefined ? PFS_DEFAULT : groupKeyword(group);
    if (keyword === null) return `strongSwan has no ${group}`;
    into.pfs = keyword;
    return undefined;
  }),
  checked(/^set security-association lifetime (?<rest>\S.*)$/i, (into, { rest = '' }) => {
    const lifetime = lifetimeOf(rest);
    if (lifetime === null) return 'a lifetime is seconds, from 120 on, or kilobytes';
    if (lifetime.seconds !== undefined) into.lifetimeSeconds = lifetime.seconds;
    if (lifetime.bytes !== undefined) into.lifetimeBytes = lifetime.bytes;
    return undefined;
  }),
  command(/^set isakmp-profile (?<name>\S+)$/i, (into, { name = '' }) => {
    into.isakmpProfile = name;
  }),
  command(/^set ikev2-profile (?<name>\S+)$/i, (into, { name = '' }) => {
    into.ikev2Profile = name;
  }),
  command(/^description .*$/i, () => {}),
];

const PROTECTION_IGNORED: readonly Ignored[] = [
  { form: /^(?:set )?reverse-route(?: .*)?$/i, why: 'charon installs the routes of its tunnels by itself' },
  {
    form: /^set security-association (?:idle-time|replay|dfbit|level|ecn|dummy)(?: .*)?$/i,
    why: "charon's and the kernel's defaults are kept",
  },
  {
    form: /^(?:qos pre-classify|set nat demux|set mixed-mode|set identity .*|no set .*)$/i,
    why: 'no counterpart; the default is kept',
  },
];

export function newIpsecProfile(at: SourceLine): IpsecProfile {
  return { ...newProtection(at), name: at.words[3] ?? '', responderOnly: false };
}

export const IPSEC_PROFILE: Forms<IpsecProfile> = {
  commands: [
    command(/^responder-only$/i, (profile) => {
      profile.responderOnly = true;
    }),
    ...PROTECTION,
  ],
  ignored: PROTECTION_IGNORED,
};

const MAP_HEADER =
  /^crypto map (?<map>\S+) (?<sequence>\d{1,5}) ipsec-isakmp(?: dynamic (?<dynamic>\S+)(?: discover)?| profile (?<profile>\S+))?$/i;
const DYNAMIC_HEADER = /^crypto dynamic-map (?<map>\S+) (?<sequence>\d{1,5})$/i;

/** The entry that a header begins; null for manual keying and whatever else isn't IKE. */
export function newMapEntry(at: SourceLine, isDynamic: boolean): MapEntry | null {
  const found = (isDynamic ? DYNAMIC_HEADER : MAP_HEADER).exec(at.text)?.groups;
  if (found === undefined) return null;
  return {
    ...newProtection(at),
    map: found['map'] ?? '',
    sequence: Number(found['sequence']),
    peers: [],
    accessList: null,
    dynamicMap: found['dynamic'] ?? null,
    isakmpProfile: found['profile'] ?? null,
  };
}

export const MAP_ENTRY: Forms<MapEntry> = {
  commands: [
    checked(/^set peer (?<address>\S+)(?: (?:default|dynamic))?$/i, (entry, { address = '' }, line) => {
      if (hostValue(address) === null) return 'names of hosts are not looked up: write the address';
      if (entry.peers.length === PEERS_MAX) return `at most ${PEERS_MAX} peers are possible`;
      entry.peers.push({ address, line });
      return undefined;
    }),
    command(/^match address (?<name>\S+)$/i, (entry, { name = '' }) => {
      entry.accessList = name;
    }),
    ...PROTECTION,
  ],
  ignored: PROTECTION_IGNORED,
};
