/** Interfaces of ASA as far as crypto maps need them: names and addresses. */
import { checked, command, type Forms, newFact } from '../cisco/commands.ts';
import { hostNetwork, prefixNetwork, prefixOfMask } from '../cisco/networks.ts';
import type { SourceLine } from '../source-line.ts';
import type { Interface } from './facts.ts';

export function newInterface(at: SourceLine): Interface {
  return { ...newFact(at), name: at.words[1] ?? '', nameif: null, addresses: [] };
}

export const INTERFACE: Forms<Interface> = {
  commands: [
    command(/^nameif (?<name>\S+)$/i, (into, { name = '' }) => {
      into.nameif = name.toLowerCase();
    }),
    checked(
      /^ip address (?<address>[\d.]+) (?<mask>[\d.]+)(?: standby \S+)?$/i,
      (into, { address = '', mask = '' }) => {
        const prefix = prefixOfMask(mask);
        if (hostNetwork(address) === null || prefix === null) return 'no address with a mask';
        into.addresses.push(`${address}/${prefix}`);
        return undefined;
      },
    ),
    checked(/^ipv6 address (?<address>[\da-f:]+\/\d+)(?: .*)?$/i, (into, { address = '' }) => {
      if (prefixNetwork(address) === null) return 'no IPv6 address with a prefix length';
      into.addresses.push(address.toLowerCase());
      return undefined;
    }),
    checked(/^tunnel .*$/i, () => {
      return 'tunnel interfaces of ASA are not translated: write the connection by hand';
    }),
  ],
  ignored: [{ form: /^\S/, why: 'of the interface itself, which the host sets up' }],
};
