/** Names and addresses of the simulated gateways, and the connections between them. */

import type { ConnectionConfig } from './charon-core.ts';
import type { Address } from './ike-message.ts';
import type { EndOptions, PeerOptions } from './options.ts';

export const MOON = '192.0.2.1';

/** Name of the connection between `moon` and a peer, at both ends. */
export function nameOf(index: number): string {
  return `peer${index + 1}`;
}

export function addressOf(index: number): Address {
  return `198.51.100.${index + 1}`;
}

/** The connection as one end has it. */
export function connectionOf(
  name: string,
  remote: Address,
  { kind, children }: PeerOptions,
  end: EndOptions,
  isPeer: boolean,
): ConnectionConfig {
  return {
    name,
    remote,
    children,
    ...end,
    keyingTries: isPeer && kind === 'calling-for-ever' ? 0 : 1,
    restartsOnLoss: isPeer && kind === 'restarting',
  };
}
