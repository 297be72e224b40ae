/**
 * Algorithms by strongSwan's keywords: which are weak, and which plugins can do them.
 *
 * The readers map the originals' words to these keywords. Plugin names are those of strongSwan's list of plugins; where
 * several are named, any one of them does. Weak means RFC 8247 (IKEv2) or RFC 8221 (ESP): MUST NOT or SHOULD NOT.
 */
import type { Gateway, Note } from './gateway-model.ts';
import type { LineRef } from './refusals.ts';

export type AlgorithmKind = 'encryption' | 'integrity' | 'prf' | 'group';

export interface Algorithm {
  readonly kind: AlgorithmKind;
  /** Encrypts and authenticates in one. */
  readonly aead: boolean;
  /** Null: fine. */
  readonly weakness: string | null;
  readonly plugins: string;
}

const AES = 'aes or openssl';
const MODP = 'gmp or openssl';
const ECP = 'openssl';
const HMAC = 'hmac with sha1 or sha2, or openssl';

function algorithm(
  kind: AlgorithmKind,
  plugins: string,
  weakness: string | null = null,
  aead = false,
): Algorithm {
  return { kind, aead, weakness, plugins };
}

const SMALL_GROUP = 'can be broken with great effort (RFC 8247: SHOULD NOT)';
const BROKEN = 'is broken (RFC 8247: MUST NOT)';

/** Every keyword that a translation may write. */
export const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  des: algorithm(
    'encryption',
    'des, which distributions often leave out, or openssl with its legacy provider',
    BROKEN,
  ),
  '3des': algorithm('encryption', 'des or openssl', 'is old and slow, and unsafe beyond 32 GiB (Sweet32)'),
  null: algorithm('encryption', 'none; the kernel does it', 'encrypts nothing'),
  aes128: algorithm('encryption', AES),
  aes192: algorithm('encryption', AES),
  aes256: algorithm('encryption', AES),
  aes128gcm8: algorithm('encryption', 'gcm or openssl', null, true),
  aes128gcm12: algorithm('encryption', 'gcm or openssl', null, true),
  aes128gcm16: algorithm('encryption', 'gcm or openssl', null, true),
  aes192gcm16: algorithm('encryption', 'gcm or openssl', null, true),
  aes256gcm8: algorithm('encryption', 'gcm or openssl', null, true),
  aes256gcm12: algorithm('encryption', 'gcm or openssl', null, true),
  aes256gcm16: algorithm('encryption', 'gcm or openssl', null, true),
  aes128gmac: algorithm('encryption', 'none; the kernel does it', 'encrypts nothing', true),
  aes192gmac: algorithm('encryption', 'none; the kernel does it', 'encrypts nothing', true),
  aes256gmac: algorithm('encryption', 'none; the kernel does it', 'encrypts nothing', true),
  md5: algorithm('integrity', 'md5 with hmac, or openssl', BROKEN),
  sha1: algorithm('integrity', HMAC),
  sha256: algorithm('integrity', HMAC),
  sha384: algorithm('integrity', HMAC),
  sha512: algorithm('integrity', HMAC),
  aesxcbc: algorithm('integrity', 'xcbc, which distributions often leave out'),
  prfmd5: algorithm('prf', 'md5 with hmac, or openssl', BROKEN),
  prfsha1: algorithm('prf', HMAC),
  prfsha256: algorithm('prf', HMAC),
  prfsha384: algorithm('prf', HMAC),
  prfsha512: algorithm('prf', HMAC),
  prfaesxcbc: algorithm('prf', 'xcbc, which distributions often leave out'),
  modp768: algorithm('group', MODP, BROKEN),
  modp1024: algorithm('group', MODP, SMALL_GROUP),
  modp1536: algorithm('group', MODP, SMALL_GROUP),
  modp2048: algorithm('group', MODP),
  modp3072: algorithm('group', MODP),
  modp4096: algorithm('group', MODP),
  modp6144: algorithm('group', MODP),
  modp8192: algorithm('group', MODP),
  modp1024s160: algorithm('group', MODP, 'has a small subgroup (RFC 8247: MUST NOT)'),
  modp2048s224: algorithm('group', MODP, 'has a small subgroup (RFC 8247: SHOULD NOT)'),
  modp2048s256: algorithm('group', MODP, 'has a small subgroup (RFC 8247: SHOULD NOT)'),
  ecp256: algorithm('group', ECP),
  ecp384: algorithm('group', ECP),
  ecp521: algorithm('group', ECP),
  ecp224: algorithm('group', ECP),
  curve25519: algorithm('group', 'curve25519 or openssl'),
};

/** Diffie-Hellman groups by their numbers in IKE. */
export const GROUPS: ReadonlyMap<string, string> = new Map([
  ['1', 'modp768'],
  ['2', 'modp1024'],
  ['5', 'modp1536'],
  ['14', 'modp2048'],
  ['15', 'modp3072'],
  ['16', 'modp4096'],
  ['17', 'modp6144'],
  ['18', 'modp8192'],
  ['19', 'ecp256'],
  ['20', 'ecp384'],
  ['21', 'ecp521'],
  ['22', 'modp1024s160'],
  ['23', 'modp2048s224'],
  ['24', 'modp2048s256'],
  ['26', 'ecp224'],
  ['31', 'curve25519'],
]);

/** True for a cipher that needs no integrity algorithm beside it. */
export function isAead(keyword: string): boolean {
  return ALGORITHMS[keyword]?.aead ?? false;
}

/** One note for each weak algorithm and place: what is wrong with it, and which plugin of strongSwan it needs. */
export function notesOnWeakAlgorithms(gateway: Pick<Gateway, 'connections'>): readonly Note[] {
  const notes = new Map<string, Note>();
  const look = (at: LineRef, keywords: readonly string[]): void => {
    for (const keyword of keywords) {
      const known = ALGORITHMS[keyword];
      if (known === undefined || known.weakness === null) continue;
      const text = `${keyword} ${known.weakness}; it is kept, since both ends must agree. strongSwan needs the plugin ${known.plugins}.`;
      notes.set(`${at.file}:${at.number}:${keyword}`, { at, text });
    }
  };
  for (const { settings, children } of gateway.connections) {
    for (const { encryption, integrity, prf, groups } of settings.proposals)
      look(settings.at, [...encryption, ...integrity, ...prf, ...groups]);
    for (const child of children)
      for (const { encryption, integrity, groups } of child.settings.proposals)
        look(child.settings.at, [...encryption, ...integrity, ...groups]);
  }
  return [...notes.values()];
}
