/**
 * A gateway as it will be configured, whoever made the one it comes from: what the readers make and the writers write.
 *
 * Algorithms have strongSwan's keywords (algorithms.ts), addresses their canonical text, times are in seconds as in the
 * files. Nothing here knows a dialect, a file format or a path.
 */
import type { Family } from '../config/model.ts';
import type { LineRef } from './refusals.ts';

export interface Gateway {
  readonly connections: readonly Connection[];
  readonly peerLists: readonly PeerList[];
  readonly services: readonly Service[];
  readonly secrets: readonly Secret[];
  readonly interfaces: readonly TunnelInterface[];
  readonly notes: readonly Note[];
  /** What the operator must do before anything may start; `afteryou check` refuses as long as any of it is left. */
  readonly unfinished: readonly Note[];
}

/** A word to the operator about the line `at`; null: about the whole. Whole sentences, the remedy included. */
export interface Note {
  readonly at: LineRef | null;
  readonly text: string;
}

/** Alternatives within each kind; empty: the kind is left out. AEAD ciphers need no integrity. */
export interface IkeProposal {
  readonly encryption: readonly string[];
  readonly integrity: readonly string[];
  readonly prf: readonly string[];
  readonly groups: readonly string[];
}

export interface EspProposal {
  readonly encryption: readonly string[];
  readonly integrity: readonly string[];
  /** With groups, rekeying has its own key exchange (PFS). */
  readonly groups: readonly string[];
  /** `both` offers extended sequence numbers beside plain ones. */
  readonly esn: 'no' | 'both';
}

export type AuthMethod =
  | { readonly kind: 'psk' }
  /** `name` as the original calls the certificate or trustpoint; the operator must bring the file. */
  | { readonly kind: 'certificate'; readonly name: string | null };

/** What the connections of one template share; each distinct one becomes a section that they inherit from. */
export interface IkeSettings {
  /** Letters, digits, `-` and `_`; unique in the gateway; a section name. */
  readonly name: string;
  /** Where the original says most of it. */
  readonly at: LineRef;
  readonly version: 1 | 2;
  /** Only with version 1. */
  readonly aggressive: boolean;
  readonly proposals: readonly IkeProposal[];
  readonly lifetimeSeconds: number;
  /** False: this end never begins a rekeying (strongSwan's IKE_SA then has no end by itself). */
  readonly rekeys: boolean;
  /** Always on: without DPD a dead peer is never noticed. */
  readonly dpdDelaySeconds: number;
  /** IKEv1 only; null: strongSwan's default. With IKEv2 retransmission decides. */
  readonly dpdTimeoutSeconds: number | null;
  readonly localAuth: AuthMethod;
  readonly remoteAuth: AuthMethod;
}

export interface ChildSettings {
  readonly name: string;
  readonly at: LineRef;
  readonly proposals: readonly EspProposal[];
  readonly lifetimeSeconds: number;
  /** Null: not limited by volume. */
  readonly lifetimeBytes: number | null;
  readonly rekeys: boolean;
  readonly mode: 'tunnel' | 'transport';
}

export interface TrafficSelector {
  /** `10.1.0.0/16`; `dynamic` stands for the host itself. */
  readonly subnet: string;
  /** Name or number of the protocol; null: any. */
  readonly protocol: string | null;
  /** `443` or `1024-2047`; null: any. */
  readonly port: string | null;
}

export interface Child {
  /** A section name, unique in its connection. */
  readonly name: string;
  readonly settings: ChildSettings;
  readonly local: readonly TrafficSelector[];
  readonly remote: readonly TrafficSelector[];
}

export interface Connection {
  /** A section name ({@link sectionName}), unique in the gateway. */
  readonly name: string;
  readonly at: LineRef;
  readonly settings: IkeSettings;
  /** Null: any own address. */
  readonly localAddress: string | null;
  /** Hosts, subnets, ranges or `%any`; the first one is the peer. Never empty. */
  readonly remoteAddresses: readonly string[];
  /** IKE identities; null: the address (at the peer's side of a wildcard: any). */
  readonly localId: string | null;
  readonly remoteId: string | null;
  readonly children: readonly Child[];
  /** The XFRM interface that the children's traffic goes through; null: policies alone decide. */
  readonly ifId: number | null;
}

export interface PeerList {
  /** 1..32 letters and digits. */
  readonly name: string;
  readonly at: LineRef;
  readonly family: Family;
  /** Canonical entries; of any kind that src/config/addresses.ts reads. */
  readonly addresses: readonly string[];
}

export type Policy = 'windowed' | 'responder-only' | 'initiator-only' | 'paused';

/** Who starts; what isn't said has the default of afteryou.yaml. */
export interface PeerPolicy {
  readonly policy?: Policy;
  readonly noRekey?: boolean;
  /** 5..250. */
  readonly responderModeSeconds?: number;
  readonly initiatorModeSeconds?: number;
}

export interface Service extends PeerPolicy {
  /** 1..32 letters and digits; unique. */
  readonly name: string;
  readonly at: LineRef;
  readonly context: string | null;
  readonly deploymentMode: 'site-to-site' | 'remote-access';
  readonly bind: string | null;
  readonly peerListName: string | null;
  /** Patterns of names of connections. Never empty. */
  readonly connections: readonly string[];
  /** By address or by name of the connection, where a peer differs from its service. */
  readonly peers: ReadonlyMap<string, PeerPolicy>;
}

/** A pre-shared key. */
export interface Secret {
  /** Section name without `ike-`; unique. */
  readonly name: string;
  readonly at: LineRef;
  /** IKE identities that it is for; empty: all. */
  readonly ids: readonly string[];
  /** Null: the original has it encrypted, or not at all; then `why` is said, and it is unfinished. */
  readonly value: string | null;
  readonly why: string | null;
}

/** A tunnel interface: an XFRM interface of Linux, or a GRE interface whose packets the connection protects. */
export interface TunnelInterface {
  /** Name for Linux, at most 15 characters. */
  readonly name: string;
  readonly at: LineRef;
  /** The original's name. */
  readonly description: string;
  /** 1..4294967295, the `if_id` of its connections; without meaning for GRE. */
  readonly ifId: number;
  /** The ends of a GRE tunnel; null: an XFRM interface. */
  readonly gre: { readonly local: string; readonly remote: string } | null;
  /** With prefix length. */
  readonly addresses: readonly string[];
  readonly mtu: number | null;
  readonly vrf: string | null;
  /** Networks that are routed through it. */
  readonly routes: readonly string[];
}

const SECTION_NAME_MAX = 120;

/**
 * Text as the name of a swanctl section: what can't stand there becomes `-`, as `192.0.2.1` becomes `192-0-2-1`, and a `/`
 * becomes `_`.
 */
export function sectionName(...parts: readonly string[]): string {
  const name = parts
    .join('-')
    .replaceAll('/', '_')
    .replaceAll('%', '')
    .replaceAll(/[^\w-]/g, '-');
  return (name === '' ? 'x' : name).slice(0, SECTION_NAME_MAX);
}
