/**
 * `ikev2-ikesa transform-set` and `ipsec transform-set` as proposals.
 *
 * Defaults of the CLI reference: AES-CBC-128, group 2, SHA1-96, PRF SHA1 and 86400 s for IKE; AES-CBC-128 for ESP, here with
 * SHA1-96 and without a group.
 */
import { GROUPS } from '../algorithms.ts';
import type { Block } from '../blocks.ts';
import { checked, command, type Fact, type Forms, newFact, readLine } from '../cisco/commands.ts';
import type { EspProposal, IkeProposal } from '../gateway-model.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';

interface TransformSet extends Fact {
  encryption: string;
  integrity: string | null;
  group: string | null;
}

export interface IkeTransformSet extends TransformSet {
  prf: string;
  lifetimeSeconds: number;
}

export interface IpsecTransformSet extends TransformSet {
  esn: boolean;
  mode: 'tunnel' | 'transport';
}

export const IKE_LIFETIME_SECONDS = 86_400;

const ENCRYPTION: Readonly<Record<string, string>> = {
  '3des-cbc': '3des',
  'des-cbc': 'des',
  null: 'null',
  'aes-cbc-128': 'aes128',
  'aes-cbc-192': 'aes192',
  'aes-cbc-256': 'aes256',
  'aes-128-gcm-64': 'aes128gcm8',
  'aes-128-gcm-96': 'aes128gcm12',
  'aes-128-gcm-128': 'aes128gcm16',
  'aes-256-gcm-64': 'aes256gcm8',
  'aes-256-gcm-96': 'aes256gcm12',
  'aes-256-gcm-128': 'aes256gcm16',
};

const HMAC: Readonly<Record<string, string>> = {
  'aes-xcbc-96': 'aesxcbc',
  'md5-96': 'md5',
  'sha1-96': 'sha1',
  'sha2-256-128': 'sha256',
  'sha2-384-192': 'sha384',
  'sha2-512-256': 'sha512',
};

const PRF: Readonly<Record<string, string>> = {
  'aes-xcbc-128': 'prfaesxcbc',
  md5: 'prfmd5',
  sha1: 'prfsha1',
  'sha2-256': 'prfsha256',
  'sha2-384': 'prfsha384',
  'sha2-512': 'prfsha512',
};

/** IKE lifetimes beyond this are no lifetimes; strongSwan counts in 32 bits. */
const LIFETIME_MAX = 4_000_000_000;

function lookUp(table: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(table, word.toLowerCase()) ? table[word.toLowerCase()] : undefined;
}

/** The words that both kinds of transform sets have. */
function commonForms<Into extends TransformSet>(): Forms<Into>['commands'] {
  return [
    checked<Into>(/^encryption (?<word>\S+)$/i, (into, { word = '' }) => {
      const keyword = lookUp(ENCRYPTION, word);
      if (keyword === undefined) return `the cipher '${word}' is not known`;
      into.encryption = keyword;
      return undefined;
    }),
    checked<Into>(/^hmac (?<word>\S+)$/i, (into, { word = '' }) => {
      const keyword = word.toLowerCase() === 'none' ? null : lookUp(HMAC, word);
      if (keyword === undefined) return `the HMAC '${word}' is not known`;
      into.integrity = keyword;
      return undefined;
    }),
    checked<Into>(/^group (?<word>\S+)$/i, (into, { word = '' }) => {
      const keyword = word.toLowerCase() === 'none' ? null : GROUPS.get(word);
      if (keyword === undefined) return `the group '${word}' is not known to strongSwan`;
      into.group = keyword;
      return undefined;
    }),
  ];
}

const IKE_FORMS: Forms<IkeTransformSet> = {
  commands: [
    ...commonForms<IkeTransformSet>(),
    checked(/^prf (?<word>\S+)$/i, (into, { word = '' }) => {
      const keyword = lookUp(PRF, word);
      if (keyword === undefined) return `the PRF '${word}' is not known`;
      into.prf = keyword;
      return undefined;
    }),
    checked(/^lifetime (?<seconds>\d{1,12})$/i, (into, { seconds = '' }) => {
      const value = Number(seconds);
      if (value < 1 || value > LIFETIME_MAX) return `a lifetime must be 1..${LIFETIME_MAX} seconds`;
      into.lifetimeSeconds = value;
      return undefined;
    }),
  ],
  ignored: [],
};

const IPSEC_FORMS: Forms<IpsecTransformSet> = {
  commands: [
    ...commonForms<IpsecTransformSet>(),
    command(/^esn$/i, (into) => {
      into.esn = true;
    }),
    command(/^no esn$/i, (into) => {
      into.esn = false;
    }),
    command(/^mode (?<mode>tunnel|transport)$/i, (into, { mode = '' }) => {
      into.mode = mode.toLowerCase() === 'transport' ? 'transport' : 'tunnel';
    }),
  ],
  ignored: [],
};

export function readIkeTransformSet(block: Block, header: SourceLine, { report }: Reading): IkeTransformSet {
  const set: IkeTransformSet = { ...newFact(header), ...DEFAULT_IKE };
  for (const line of block.lines) readLine(line, set, IKE_FORMS, report);
  return set;
}

export function readIpsecTransformSet(
  block: Block,
  header: SourceLine,
  { report }: Reading,
): IpsecTransformSet {
  const set: IpsecTransformSet = { ...newFact(header), ...DEFAULT_IPSEC };
  for (const line of block.lines) readLine(line, set, IPSEC_FORMS, report);
  return set;
}

type Values<Set> = Omit<Set, keyof Fact>;

/** What holds where a template names no transform set. */
export const DEFAULT_IKE: Values<IkeTransformSet> = {
  encryption: 'aes128',
  integrity: 'sha1',
  group: 'modp1024',
  prf: 'prfsha1',
  lifetimeSeconds: IKE_LIFETIME_SECONDS,
};

export const DEFAULT_IPSEC: Values<IpsecTransformSet> = {
  encryption: 'aes128',
  integrity: 'sha1',
  group: null,
  esn: false,
  mode: 'tunnel',
};

function listOf(keyword: string | null): readonly string[] {
  return keyword === null ? [] : [keyword];
}

/** IKE can't do without a group: the default stands in for `group none`. */
export function ikeProposal({ encryption, integrity, prf, group }: Values<IkeTransformSet>): IkeProposal {
  return {
    encryption: [encryption],
    integrity: listOf(integrity),
    prf: [prf],
    groups: [group ?? 'modp1024'],
  };
}

export function espProposal({ encryption, integrity, group, esn }: Values<IpsecTransformSet>): EspProposal {
  return {
    encryption: [encryption],
    integrity: listOf(integrity),
    groups: listOf(group),
    esn: esn ? 'both' : 'no',
  };
}
