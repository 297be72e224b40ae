/** IKE of ASA: policies of both versions and tunnel groups. Knows their commands and ASA's defaults. */
import { encryptionKeyword, groupKeyword, integrityKeyword, keywords } from '../cisco/algorithms.ts';
import { checked, command, type Forms, newFact, numberIn } from '../cisco/commands.ts';
import { GROUP, HASH, type Ikev1Policy, lifetimeWithin } from '../cisco/ikev1-policy.ts';
import { readKey } from '../cisco/keys.ts';
import type { SourceLine } from '../source-line.ts';
import type { Ikev2Policy, TunnelGroup } from './facts.ts';

const LIFETIME_MIN_SECONDS = 120;
const LIFETIME_MAX_SECONDS = 2_147_483_647;
/** ASA asks again so often before it gives a peer up. */
const DPD_RETRIES = 3;

/** With ASA's own defaults: 3DES, SHA-1, group 2, pre-shared keys, a day. */
export function newIkev1Policy(at: SourceLine): Ikev1Policy {
  return {
    ...newFact(at),
    priority: Number(at.words.at(-1) ?? 0),
    encryption: '3des',
    hash: 'sha1',
    group: 'modp1024',
    authentication: 'psk',
    lifetimeSeconds: 86_400,
  };
}

export const IKEV1_POLICY: Forms<Ikev1Policy> = {
  commands: [
    checked(/^encr(?:yption)? (?<name>\S+)$/i, (policy, { name = '' }) => {
      const keyword = encryptionKeyword(name);
      if (keyword === null) return `the cipher ${name} is not known here`;
      policy.encryption = keyword;
      return undefined;
    }),
    HASH,
    GROUP,
    checked(/^authentication (?<method>\S+)$/i, (policy, { method = '' }) => {
      if (/^pre-share$/i.test(method)) policy.authentication = 'psk';
      else if (/^rsa-sig$/i.test(method)) policy.authentication = 'certificate';
      else return `authentication by ${method} is not possible here`;
      return undefined;
    }),
    lifetimeWithin(LIFETIME_MIN_SECONDS, LIFETIME_MAX_SECONDS),
  ],
  ignored: [],
};

/** With ASA's own defaults: 3DES, SHA-1 and group 2, which no one should keep. */
export function newIkev2Policy(at: SourceLine): Ikev2Policy {
  return {
    ...newFact(at),
    priority: Number(at.words.at(-1) ?? 0),
    encryption: ['3des'],
    integrity: ['sha1'],
    prf: ['prfsha1'],
    groups: ['modp1024'],
    lifetimeSeconds: 86_400,
  };
}

/** Integrity null goes with ciphers that authenticate by themselves. */
export function integrityKeywords(list: string): readonly string[] | null {
  const words = list.split(/\s+/).filter((word) => !/^null$/i.test(word));
  return words.length === 0 ? [] : keywords(words.join(' '), integrityKeyword);
}

export const IKEV2_POLICY: Forms<Ikev2Policy> = {
  commands: [
    checked(/^encryption (?<list>\S.*)$/i, (policy, { list = '' }) => {
      const found = keywords(list, (word) => encryptionKeyword(word));
      if (found === null) return 'one of the ciphers is not known here';
      policy.encryption = found;
      return undefined;
    }),
    checked(/^integrity (?<list>\S.*)$/i, (policy, { list = '' }) => {
      const found = integrityKeywords(list);
      if (found === null) return 'one of the algorithms is not known here';
      policy.integrity = found;
      return undefined;
    }),
    checked(/^prf (?<list>\S.*)$/i, (policy, { list = '' }) => {
      const found = keywords(list, integrityKeyword);
      if (found === null) return 'one of the functions is not known here';
      policy.prf = found.map((word) => `prf${word}`);
      return undefined;
    }),
    checked(/^group (?<list>\S.*)$/i, (policy, { list = '' }) => {
      const found = keywords(list, groupKeyword);
      if (found === null) return 'strongSwan lacks one of the groups';
      policy.groups = found;
      return undefined;
    }),
    checked(/^lifetime seconds (?<seconds>\d+)$/i, (policy, { seconds }) => {
      const value = numberIn(seconds, LIFETIME_MIN_SECONDS, LIFETIME_MAX_SECONDS);
      if (value === null) return `the lifetime must be ${LIFETIME_MIN_SECONDS}..${LIFETIME_MAX_SECONDS} s`;
      policy.lifetimeSeconds = value;
      return undefined;
    }),
  ],
  ignored: [],
};

export function newTunnelGroup(at: SourceLine): TunnelGroup {
  return {
    ...newFact(at),
    name: at.words[1] ?? '',
    ikev1Key: null,
    ikev1Trustpoint: null,
    ikev2Local: null,
    ikev2Remote: null,
    dpd: null,
  };
}

const KEY = String.raw`(?:(?<type>0|8|hex) )?(?<key>\S+)`;

export const TUNNEL_GROUP: Forms<TunnelGroup> = {
  commands: [
    command(new RegExp(`^(?:ikev1 )?pre-shared-key ${KEY}$`, 'i'), (group, { type, key = '' }) => {
      group.ikev1Key = readKey(type, key);
    }),
    command(/^(?:ikev1 )?trust-point (?<name>\S+)$/i, (group, { name = '' }) => {
      group.ikev1Trustpoint = name;
    }),
    command(
      new RegExp(`^ikev2 local-authentication pre-shared-key ${KEY}$`, 'i'),
      (group, { type, key = '' }) => {
        group.ikev2Local = { key: readKey(type, key) };
      },
    ),
    command(/^ikev2 local-authentication certificate (?<name>\S+)$/i, (group, { name = '' }) => {
      group.ikev2Local = { certificate: name };
    }),
    command(
      new RegExp(`^ikev2 remote-authentication pre-shared-key ${KEY}$`, 'i'),
      (group, { type, key = '' }) => {
        group.ikev2Remote = { key: readKey(type, key) };
      },
    ),
    command(/^ikev2 remote-authentication certificate$/i, (group) => {
      group.ikev2Remote = { certificate: null };
    }),
    checked(
      /^isakmp keepalive threshold (?<delay>\d+)(?: retry (?<retry>\d+))?$/i,
      (group, { delay, retry = '2' }) => {
        const delaySeconds = numberIn(delay, 10, 3_600);
        const retrySeconds = numberIn(retry, 2, 10);
        if (delaySeconds === null || retrySeconds === null) return 'the seconds must be 10..3600 and 2..10';
        group.dpd = { delaySeconds, timeoutSeconds: delaySeconds + DPD_RETRIES * retrySeconds };
        return undefined;
      },
    ),
    command(/^isakmp keepalive disable$/i, (group) => {
      group.dpd = 'disabled';
    }),
    command(/^peer-id-validate (?:req|cert|nocheck)$/i, () => {}),
  ],
  ignored: [
    {
      form: /^(?:chain|no chain|ikev1 radius-sdi-xauth|isakmp ikev1-user-authentication|ikev1 user-authentication)(?: .*)?$/i,
      why: 'no counterpart; the default is kept',
    },
  ],
};
