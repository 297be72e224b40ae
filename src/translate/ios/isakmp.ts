/** IKEv1 of IOS: `crypto isakmp policy`, keys, keyrings and profiles. Knows their commands, not who uses them. */
import { encryptionKeyword } from '../cisco/algorithms.ts';
import { checked, command, type Forms, type Groups, newFact, numberIn } from '../cisco/commands.ts';
import { GROUP, HASH, type Ikev1Policy, lifetimeWithin } from '../cisco/ikev1-policy.ts';
import { readKey } from '../cisco/keys.ts';
import { hostNetwork, hostValue, maskNetwork, type Network, prefixNetwork } from '../cisco/networks.ts';
import type { SourceLine } from '../source-line.ts';
import type { Dpd, IsakmpKey, IsakmpProfile, Keyring } from './facts.ts';

/** The longest that IOS itself takes. */
export const LIFETIME_MAX_SECONDS = 2_592_000;
/** IOS asks again so often before it gives a peer up. */
const DPD_RETRIES = 5;
const DPD_RETRY_SECONDS = 2;

/** A policy with IOS's own defaults: DES, SHA-1, certificates, group 1, a day. */
export function newIsakmpPolicy(at: SourceLine): Ikev1Policy {
  return {
    ...newFact(at),
    priority: Number(at.words[3] ?? 0),
    encryption: 'des',
    hash: 'sha1',
    group: 'modp768',
    authentication: 'certificate',
    lifetimeSeconds: 86_400,
  };
}

export const ISAKMP_POLICY: Forms<Ikev1Policy> = {
  commands: [
    checked(/^encr(?:yption)? (?<name>\S+)(?: (?<bits>\d+))?$/i, (policy, { name = '', bits }) => {
      const keyword = encryptionKeyword(name, bits);
      if (keyword === null) return `the cipher ${name} is not known here`;
      policy.encryption = keyword;
      return undefined;
    }),
    HASH,
    GROUP,
    checked(/^auth(?:entication)? (?<method>\S+)$/i, (policy, { method = '' }) => {
      if (/^pre-share$/i.test(method)) policy.authentication = 'psk';
      else if (/^(?:rsa-sig|ecdsa-sig)$/i.test(method)) policy.authentication = 'certificate';
      else return `authentication by ${method} is not possible here`;
      return undefined;
    }),
    lifetimeWithin(60, LIFETIME_MAX_SECONDS),
  ],
  ignored: [],
};

/** `address A [MASK]`, `ipv6 A/LEN`: who a key or a profile is for. */
export function peerNetwork({ address = '', mask, prefix }: Groups): Network | null {
  if (prefix !== undefined) return prefixNetwork(prefix) ?? hostNetwork(prefix);
  if (mask !== undefined) return maskNetwork(address, mask);
  // `address 0.0.0.0` without a mask is everyone.
  return hostValue(address)?.value === 0n ? maskNetwork(address, '0.0.0.0') : hostNetwork(address);
}

const PEER = String.raw`address (?:ipv6 (?<prefix>\S+)|(?<address>\S+)(?: (?<mask>\d+\.\d+\.\d+\.\d+))?)`;
const KEY = String.raw`(?:(?<type>[0-9]) )?(?<key>\S+)`;
/** `crypto isakmp key K address A [MASK] [no-xauth]`. */
export const TOP_KEY = new RegExp(`^crypto isakmp key ${KEY} ${PEER}(?: no-xauth)?$`, 'i');
export const KEY_BY_NAME =
  /^(?:crypto isakmp key (?:[0-9] )?\S+ hostname \S+|pre-shared-key hostname \S+ key .+)$/i;
const RING_KEY = new RegExp(`^pre-shared-key ${PEER} key ${KEY}$`, 'i');

/** A key for a peer; a text when the peer can't be read. */
export function newKey(at: SourceLine, groups: Groups): IsakmpKey | string {
  const networks = peerNetwork(groups);
  if (networks === null) return 'the address of the peer is none, or its mask has gaps';
  return { ...newFact(at), networks, key: readKey(groups['type'], groups['key'] ?? '') };
}

export function newKeyring(at: SourceLine): Keyring {
  return { ...newFact(at), name: at.words[2] ?? '', keys: [] };
}

export const KEYRING: Forms<Keyring> = {
  commands: [
    checked(RING_KEY, (ring, groups, line) => {
      const key = newKey(line, groups);
      if (typeof key === 'string') return key;
      ring.keys.push(key);
      return undefined;
    }),
    command(/^local-address \S+.*$/i, () => {}),
    command(/^description .*$/i, () => {}),
  ],
  ignored: [],
};

export function newIsakmpProfile(at: SourceLine): IsakmpProfile {
  return {
    ...newFact(at),
    name: at.words[3] ?? '',
    keyrings: [],
    identities: [],
    dpd: null,
    localAddress: null,
    selfIdentity: null,
    virtualTemplate: null,
  };
}

export const ISAKMP_PROFILE: Forms<IsakmpProfile> = {
  commands: [
    command(/^keyring (?<name>\S+)$/i, (profile, { name = '' }) => {
      profile.keyrings.push(name);
    }),
    checked(new RegExp(`^match identity ${PEER}(?: \\S+)?$`, 'i'), (profile, groups) => {
      const network = peerNetwork(groups);
      if (network === null) return 'the address is none, or its mask has gaps';
      profile.identities.push({ kind: 'address', network });
      return undefined;
    }),
    command(/^match identity (?:host|user) (?<id>[^\s"]+)$/i, (profile, { id = '' }) => {
      profile.identities.push({ kind: 'text', id });
    }),
    command(/^match identity (?:host|user) domain (?<id>[^\s"]+)$/i, (profile, { id = '' }) => {
      profile.identities.push({ kind: 'text', id: `*.${id}` });
    }),
    checked(/^keepalive (?<delay>\d+)(?: retry (?<retry>\d+))?$/i, (profile, { delay, retry }) => {
      const dpd = dpdOf(delay, retry);
      if (dpd === null) return 'the seconds must be 10..3600 and 2..60';
      profile.dpd = dpd;
      return undefined;
    }),
    command(/^local-address (?<where>\S+)(?: .*)?$/i, (profile, { where = '' }) => {
      profile.localAddress = where;
    }),
    command(/^self-identity (?:address|(?:fqdn|user-fqdn) (?<id>[^\s"]+))$/i, (profile, { id }) => {
      profile.selfIdentity = id ?? null;
    }),
    command(/^virtual-template (?<number>\d+)$/i, (profile, { number = '' }) => {
      profile.virtualTemplate = `Virtual-Template${number}`;
    }),
    command(/^description .*$/i, () => {}),
  ],
  ignored: [
    {
      form: /^(?:vrf|qos-group|accounting|no initiate mode|initiate mode main)(?: |$)/i,
      why: 'no counterpart; nothing of the tunnels depends on it',
    },
  ],
};

/** Null when out of range. */
export function dpdOf(delay: string | undefined, retry: string | undefined): Dpd | null {
  const delaySeconds = numberIn(delay, 10, 3600);
  const retrySeconds = retry === undefined ? DPD_RETRY_SECONDS : numberIn(retry, 2, 60);
  if (delaySeconds === null || retrySeconds === null) return null;
  return { delaySeconds, timeoutSeconds: delaySeconds + DPD_RETRIES * retrySeconds };
}
