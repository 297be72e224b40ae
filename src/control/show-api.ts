/**
 * What the daemon answers to `show`: services and peer lists as configured, and IKE_SAs with their algorithms.
 *
 * Shapes only, printed as JSON and so a public contract like those of `api.ts`. Durations end in `seconds`.
 */
import type { SCHEMA } from './api.ts';

export interface ServicesReport {
  readonly schema: typeof SCHEMA;
  readonly services: readonly ServiceStatus[];
}

export interface ServiceStatus {
  readonly service: string;
  /** Name of the context in Cisco's sense. */
  readonly context: string | null;
  readonly deployment_mode: 'site-to-site' | 'remote-access';
  readonly bind: string | null;
  readonly peer_list: string | null;
  /** Patterns of names of swanctl connections. */
  readonly connections: readonly string[];
  readonly policy: 'windowed' | 'responder-only' | 'initiator-only' | 'paused';
  readonly collision: 'settle' | 'immediate';
  readonly initiator_mode_seconds: number;
  readonly responder_mode_seconds: number;
  /** How many peers it has, and how many of them are in which state. */
  readonly peers: number;
  readonly states: Readonly<Record<string, number>>;
}

export interface PeerListsReport {
  readonly schema: typeof SCHEMA;
  readonly peer_lists: readonly PeerListStatus[];
}

export interface PeerListStatus {
  readonly peer_list: string;
  readonly family: 'ipv4' | 'ipv6';
  /** The services that refer to it. */
  readonly services: readonly string[];
  /** Where it is written. */
  readonly file: string;
  readonly line: number;
  /** How many addresses it may have. */
  readonly addresses_max: number;
  readonly addresses: readonly ListedAddress[];
}

export interface ListedAddress {
  readonly address: string;
  readonly kind: 'host' | 'subnet' | 'range' | 'any';
  /** The peer of the first service that refers to the list; null where there is none. */
  readonly state: string | null;
  readonly connection: string | null;
}

export interface IkeSasReport {
  readonly schema: typeof SCHEMA;
  readonly ike_sas: readonly IkeSaDetails[];
}

/** One IKE_SA as charon lists it, and what afteryou knows of it. */
export interface IkeSaDetails {
  readonly id: string;
  readonly version: 1 | 2;
  /** null while charon hasn't chosen one. */
  readonly connection: string | null;
  /** null where it is none of ours. */
  readonly service: string | null;
  readonly peer: string | null;
  /** As charon prints it. */
  readonly state: string;
  /** Who started it, seen from us; carried through rekeying where afteryou knows it. */
  readonly role: 'initiator' | 'responder';
  /** `user` for remote access. */
  readonly type: 'l2l' | 'user';
  readonly is_rekeying: boolean;
  readonly local: { readonly host: string; readonly port: number; readonly id: string };
  readonly remote: { readonly host: string; readonly port: number; readonly id: string };
  readonly initiator_spi: string;
  readonly responder_spi: string;
  /** As charon names them; null while not agreed upon. */
  readonly encryption: string | null;
  readonly encryption_bits: number | null;
  readonly integrity: string | null;
  readonly prf: string | null;
  readonly group: string | null;
  /** How we authenticate ourselves, by the connection: `pre-shared key`, `public key` ... */
  readonly authentication: string | null;
  /** null while it isn't established. */
  readonly established_seconds: number | null;
  /** Until it is rekeyed or authenticated anew from here; null if that isn't planned. */
  readonly rekey_seconds: number | null;
  readonly children: readonly { readonly id: string; readonly name: string; readonly state: string }[];
}
