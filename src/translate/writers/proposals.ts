/** Proposals in strongSwan's notation: `aes128-sha1-modp1024`. */
import { isAead } from '../algorithms.ts';
import type { EspProposal, IkeProposal, TrafficSelector } from '../gateway-model.ts';

/** One proposal or two: ciphers that authenticate by themselves can't share one with those that don't. */
export function ikeProposals({ encryption, integrity, prf, groups }: IkeProposal): readonly string[] {
  return split(encryption).map(({ ciphers, aead }) =>
    // Without a PRF of its own, one is taken from the integrity algorithm; AEAD has none to take from.
    [
      ...ciphers,
      ...(aead ? [] : integrity),
      ...(aead || !isImplied(prf, integrity) ? prf : []),
      ...groups,
    ].join('-'),
  );
}

export function espProposals({ encryption, integrity, groups, esn }: EspProposal): readonly string[] {
  return split(encryption).map(({ ciphers, aead }) =>
    [...ciphers, ...(aead ? [] : integrity), ...groups, ...(esn === 'both' ? ['esn', 'noesn'] : [])].join(
      '-',
    ),
  );
}

/** Numbers of protocols (IANA): charon looks names up in /etc/protocols, which small systems don't have. */
const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ospf: 89,
  pim: 103,
  sctp: 132,
};

export function selectorText({ subnet, protocol, port }: TrafficSelector): string {
  if (protocol === null && port === null) return subnet;
  const number = protocol === null ? '' : (PROTOCOL_NUMBERS[protocol] ?? protocol);
  return `${subnet}[${number}${port === null ? '' : `/${port}`}]`;
}

function isImplied(prf: readonly string[], integrity: readonly string[]): boolean {
  return (
    prf.length === integrity.length && prf.every((word, index) => word === `prf${integrity[index] ?? ''}`)
  );
}

function split(encryption: readonly string[]): readonly { ciphers: readonly string[]; aead: boolean }[] {
  return [
    { ciphers: encryption.filter((cipher) => !isAead(cipher)), aead: false },
    { ciphers: encryption.filter(isAead), aead: true },
  ].filter(({ ciphers }) => ciphers.length > 0);
}
