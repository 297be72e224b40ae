/** IKEv2 of IOS: proposals, policies, keyrings and profiles. Knows their commands, not who uses them. */
import { encryptionKeyword, groupKeyword, integrityKeyword, keywords } from '../cisco/algorithms.ts';
import { checked, command, type Forms, type Groups, newFact, numberIn } from '../cisco/commands.ts';
import { readKey } from '../cisco/keys.ts';
import { prefixNetwork } from '../cisco/networks.ts';
import type { SourceLine } from '../source-line.ts';
import type {
  Identity,
  Ikev2KeyPeer,
  Ikev2Keyring,
  Ikev2Policy,
  Ikev2Profile,
  Ikev2Proposal,
} from './facts.ts';
import { dpdOf, LIFETIME_MAX_SECONDS, peerNetwork } from './isakmp.ts';

export function newProposal(at: SourceLine): Ikev2Proposal {
  return { ...newFact(at), name: at.words[3] ?? '', encryption: [], integrity: [], prf: [], groups: [] };
}

export const PROPOSAL: Forms<Ikev2Proposal> = {
  commands: [
    checked(/^encryption (?<list>\S.*)$/i, (proposal, { list = '' }) => {
      const found = keywords(list, (word) => encryptionKeyword(word));
      if (found === null) return 'one of the ciphers is not known here';
      proposal.encryption = found;
      return undefined;
    }),
    checked(/^integrity (?<list>\S.*)$/i, (proposal, { list = '' }) => {
      const found = keywords(list, integrityKeyword);
      if (found === null) return 'one of the algorithms is not known here';
      proposal.integrity = found;
      return undefined;
    }),
    checked(/^prf (?<list>\S.*)$/i, (proposal, { list = '' }) => {
      const found = keywords(list, integrityKeyword);
      if (found === null) return 'one of the functions is not known here';
      proposal.prf = found.map((word) => `prf${word}`);
      return undefined;
    }),
    checked(/^group (?<list>\S.*)$/i, (proposal, { list = '' }) => {
      const found = keywords(list, groupKeyword);
      if (found === null) return 'strongSwan lacks one of the groups';
      proposal.groups = found;
      return undefined;
    }),
  ],
  ignored: [],
};

export function newPolicy(at: SourceLine): Ikev2Policy {
  return { ...newFact(at), proposals: [], localAddresses: [] };
}

/** Of one policy. */
const PROPOSALS_MAX = 100;
const ADDRESSES_MAX = 100;

export const POLICY: Forms<Ikev2Policy> = {
  commands: [
    checked(/^proposal (?<name>\S+)$/i, (policy, { name = '' }) => {
      if (policy.proposals.length === PROPOSALS_MAX) return `at most ${PROPOSALS_MAX} proposals are possible`;
      policy.proposals.push(name);
      return undefined;
    }),
    checked(/^match address local (?<address>[\d.:a-f]+)$/i, (policy, { address = '' }) => {
      if (policy.localAddresses.length === ADDRESSES_MAX)
        return `at most ${ADDRESSES_MAX} addresses are possible`;
      policy.localAddresses.push(address);
      return undefined;
    }),
    command(/^match fvrf (?:any|\S+)$/i, () => {}),
  ],
  ignored: [],
};

export function newIkev2Keyring(at: SourceLine): Ikev2Keyring {
  return { ...newFact(at), name: at.words[3] ?? '', peers: [] };
}

export function newKeyPeer(at: SourceLine): Ikev2KeyPeer {
  return { ...newFact(at), networks: [], identity: null, localKey: null, remoteKey: null };
}

export const KEY_PEER: Forms<Ikev2KeyPeer> = {
  commands: [
    checked(
      /^address (?:(?<prefix>\S*:\S*)|(?<address>\S+?)(?: (?<mask>\d+\.\d+\.\d+\.\d+))?)$/i,
      (peer, groups) => {
        const network = peerNetwork(groups) ?? prefixNetwork(groups['address'] ?? '');
        if (network === null) return 'the address is none, or its mask has gaps';
        peer.networks.push(network);
        return undefined;
      },
    ),
    command(
      /^identity (?:address|fqdn|email|key-id) (?:ipv6 )?(?<id>[^\s"]+)$/i,
      (peer, { id = '' }, line) => {
        peer.identity = identityText(line.words[1] ?? '', id);
      },
    ),
    command(
      /^pre-shared-key (?:(?<side>local|remote) )?(?:(?<type>[0-9]|hex) )?(?<key>\S+)$/i,
      (peer, { side, type, key = '' }) => {
        const found = readKey(type, key);
        if (side?.toLowerCase() !== 'remote') peer.localKey = found;
        if (side?.toLowerCase() !== 'local') peer.remoteKey = found;
      },
    ),
    command(/^description .*$/i, () => {}),
    command(/^hostname \S+$/i, () => {}),
  ],
  ignored: [],
};

export function newIkev2Profile(at: SourceLine): Ikev2Profile {
  return {
    ...newFact(at),
    name: at.words[3] ?? '',
    identities: [],
    keyrings: [],
    localIdentity: null,
    localAuth: null,
    remoteAuth: null,
    localKey: null,
    remoteKey: null,
    trustpoint: null,
    lifetimeSeconds: 86_400,
    dpd: null,
    virtualTemplate: null,
  };
}

const AUTHENTICATION =
  /^authentication (?<side>local|remote) (?<method>pre-share|rsa-sig|ecdsa-sig)(?: key (?:(?<type>[0-9]|hex) )?(?<key>\S+))?$/i;

export const PROFILE: Forms<Ikev2Profile> = {
  commands: [
    checked(
      /^match identity remote address (?:(?<prefix>\S*:\S*)|(?<address>\S+?)(?: (?<mask>\d+\.\d+\.\d+\.\d+))?)$/i,
      (profile, groups) => {
        const network = peerNetwork(groups) ?? prefixNetwork(groups['address'] ?? '');
        if (network === null) return 'the address is none, or its mask has gaps';
        profile.identities.push({ kind: 'address', network });
        return undefined;
      },
    ),
    command(
      /^match identity remote (?<kind>fqdn|email|key-id) (?<domain>domain )?(?<id>[^\s"]+)$/i,
      (profile, groups) => {
        profile.identities.push(remoteIdentity(groups));
      },
    ),
    command(/^match identity remote any$/i, (profile) => {
      profile.identities.push({ kind: 'any' });
    }),
    command(/^match address local \S.*$/i, () => {}),
    command(/^match fvrf \S+$/i, () => {}),
    command(
      /^identity local (?<kind>address|fqdn|email|key-id) (?<id>[^\s"]+)$/i,
      (profile, { kind = '', id = '' }) => {
        profile.localIdentity = identityText(kind, id);
      },
    ),
    command(AUTHENTICATION, readAuthentication),
    command(/^keyring local (?<name>\S+)$/i, (profile, { name = '' }) => {
      profile.keyrings.push(name);
    }),
    command(/^pki trustpoint (?<name>\S+)(?: (?:sign|verify))?$/i, (profile, { name = '' }) => {
      profile.trustpoint = name;
    }),
    checked(/^lifetime (?<seconds>\d+)$/i, (profile, { seconds }) => {
      const value = numberIn(seconds, 120, LIFETIME_MAX_SECONDS);
      if (value === null) return `the lifetime must be 120..${LIFETIME_MAX_SECONDS} s`;
      profile.lifetimeSeconds = value;
      return undefined;
    }),
    checked(/^dpd (?<delay>\d+) (?<retry>\d+) (?:on-demand|periodic)$/i, (profile, { delay, retry }) => {
      const dpd = dpdOf(delay, retry);
      if (dpd === null) return 'the seconds must be 10..3600 and 2..60';
      profile.dpd = dpd;
      return undefined;
    }),
    command(/^virtual-template (?<number>\d+)(?: mode auto)?$/i, (profile, { number = '' }) => {
      profile.virtualTemplate = `Virtual-Template${number}`;
    }),
    command(/^description .*$/i, () => {}),
  ],
  ignored: [
    { form: /^(?:no )?config-exchange /i, why: 'charon asks for no addresses and routes by itself' },
    {
      form: /^(?:ivrf|nat |redirect|shutdown|initial-contact|no )(?:.*)$/i,
      why: 'no counterpart; the defaults are kept',
    },
  ],
};

function readAuthentication(profile: Ikev2Profile, { side, method = '', type, key }: Groups): void {
  const auth = /^pre-share$/i.test(method) ? 'psk' : 'certificate';
  const found = key === undefined ? null : readKey(type, key);
  if (side?.toLowerCase() === 'local') {
    profile.localAuth = auth;
    profile.localKey = found ?? profile.localKey;
  } else {
    profile.remoteAuth = auth;
    profile.remoteKey = found ?? profile.remoteKey;
  }
}

function remoteIdentity({ kind = '', domain, id = '' }: Groups): Identity {
  if (domain === undefined) return { kind: 'text', id: identityText(kind, id) };
  return { kind: 'text', id: kind.toLowerCase() === 'email' ? `*@${id}` : `*.${id}` };
}

/** As swanctl tells kinds of identities apart: a key id by its prefix, the others by themselves. */
function identityText(kind: string, id: string): string {
  return kind.toLowerCase() === 'key-id' ? `keyid:${id}` : id;
}
