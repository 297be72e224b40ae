/**
 * Whether two lists of proposals have one in common.
 *
 * Knows the keywords of swanctl.conf(5) by their forms. A proposal fits another if both have an algorithm of each
 * kind that either has; an integrity that goes with an AEAD cipher, a missing PRF or a group that only one of
 * two ESP proposals has decide nothing.
 */

type Kind = 'encryption' | 'integrity' | 'prf' | 'group' | 'more';

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['aes', 'aes128'],
  ['sha', 'sha1'],
  ['sha2_256', 'sha256'],
  ['sha2_384', 'sha384'],
  ['sha2_512', 'sha512'],
  ['curve25519', 'x25519'],
  ['curve448', 'x448'],
  ['prfsha', 'prfsha1'],
]);

function canonical(word: string): string {
  const lower = word.trim().toLowerCase();
  // A tag length in bits or in bytes: aes128gcm128 is aes128gcm16.
  const aead = /^(aes\d*)(gcm|ccm)(\d+)?$/.exec(lower);
  if (aead !== null) {
    const [, cipher = '', mode = '', length = '16'] = aead;
    const bytes = Number(length) > 16 ? Number(length) / 8 : Number(length);
    return `${cipher === 'aes' ? 'aes128' : cipher}${mode}${bytes}`;
  }
  return ALIASES.get(lower) ?? lower;
}

function kindOf(word: string): Kind {
  if (/^ke[1-7]_|^(?:no)?esn$/.test(word)) return 'more';
  if (/^(?:modp|ecp|x25519|x448|ntru|newhope|mlkem|kyber|frodo|bike|hqc)/.test(word)) return 'group';
  if (word.startsWith('prf')) return 'prf';
  return /^(?:md5|sha|aesxcbc|aescmac|camelliaxcbc|aes\d*gmac)/.test(word) ? 'integrity' : 'encryption';
}

type Proposal = ReadonlyMap<Kind, ReadonlySet<string>>;

function parse(text: string): Proposal {
  const kinds = new Map<Kind, Set<string>>();
  for (const word of text.split('-').map(canonical)) {
    if (word === '') continue;
    const kind = kindOf(word);
    const words = kinds.get(kind) ?? new Set();
    kinds.set(kind, words.add(word));
  }
  return kinds;
}

/** True if the kinds that both have meet. */
function fits(a: Proposal, b: Proposal, isIke: boolean): boolean {
  const required: readonly Kind[] = isIke ? ['encryption', 'group'] : ['encryption'];
  return (['encryption', 'integrity', 'prf', 'group'] as const).every((kind) => {
    const [one, other] = [a.get(kind), b.get(kind)];
    if (one === undefined || other === undefined) return one === other || !required.includes(kind);
    return [...one].some((word) => other.has(word));
  });
}

/**
 * Whether one proposal of the first list fits one of the second; `null` and `default` stand for charon's own,
 * which change with its version, and so fit anything here.
 */
export function proposalsMeet(
  a: readonly string[] | null,
  b: readonly string[] | null,
  protocol: 'ike' | 'esp',
): boolean {
  if (a === null || b === null || isDefault(a) || isDefault(b)) return true;
  const [ours, theirs] = [a.map(parse), b.map(parse)];
  return ours.some((one) => theirs.some((other) => fits(one, other, protocol === 'ike')));
}

function isDefault(proposals: readonly string[]): boolean {
  return proposals.some((proposal) => proposal.toLowerCase() === 'default');
}
