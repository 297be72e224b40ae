/** What an ASA configuration says about IPsec, in its own terms: who uses what is found out in build.ts. */
import type { AccessList } from '../cisco/access-list.ts';
import type { Fact } from '../cisco/commands.ts';
import type { Ikev1Policy } from '../cisco/ikev1-policy.ts';
import type { Key } from '../cisco/keys.ts';
import type { ObjectGroup } from '../cisco/object-groups.ts';
import type { SourceLine } from '../source-line.ts';

export interface Ikev2Policy extends Fact {
  readonly priority: number;
  encryption: readonly string[];
  integrity: readonly string[];
  prf: readonly string[];
  groups: readonly string[];
  lifetimeSeconds: number;
}

export interface TransformSet extends Fact {
  readonly name: string;
  readonly encryption: string;
  readonly integrity: string | null;
  mode: 'tunnel' | 'transport';
}

export interface IpsecProposal extends Fact {
  readonly name: string;
  encryption: readonly string[];
  integrity: readonly string[];
}

export interface TunnelGroup extends Fact {
  readonly name: string;
  ikev1Key: Key | null;
  ikev1Trustpoint: string | null;
  ikev2Local: { readonly key: Key } | { readonly certificate: string } | null;
  ikev2Remote: { readonly key: Key } | { readonly certificate: null } | null;
  dpd: { readonly delaySeconds: number; readonly timeoutSeconds: number } | 'disabled' | null;
}

export type ConnectionType = 'bidirectional' | 'answer-only' | 'originate-only';

export interface MapEntry extends Fact {
  readonly map: string;
  readonly sequence: number;
  accessList: string | null;
  readonly peers: string[];
  /** The line that names the peers. */
  peersAt: SourceLine | null;
  connectionType: ConnectionType;
  pfs: string | null;
  readonly ikev1Sets: string[];
  readonly ikev2Proposals: string[];
  /** The lines that only one version of IKE needs. */
  readonly ikev1Lines: SourceLine[];
  readonly ikev2Lines: SourceLine[];
  lifetimeSeconds: number | null;
  /** Undefined: not said here. */
  lifetimeBytes: number | null | undefined;
  aggressive: boolean;
  ikev2Mode: 'tunnel' | 'transport';
  trustpoint: string | null;
  dynamicMap: string | null;
}

export interface Interface extends Fact {
  readonly name: string;
  /** The name that the rest of the configuration uses. */
  nameif: string | null;
  /** With prefix lengths. */
  readonly addresses: string[];
}

/** An object group of services: ports of tcp or udp. */
export interface ServiceGroup extends Fact {
  readonly name: string;
  readonly ports: string[];
  isUnderstood: boolean;
}

export interface AsaFacts {
  readonly ikev1Policies: Ikev1Policy[];
  readonly ikev2Policies: Ikev2Policy[];
  readonly transformSets: Map<string, TransformSet>;
  readonly proposals: Map<string, IpsecProposal>;
  readonly tunnelGroups: Map<string, TunnelGroup>;
  readonly maps: Map<string, Map<number, MapEntry>>;
  readonly dynamicMaps: Map<string, Map<number, MapEntry>>;
  /** By name of the map, the interface that it is on. */
  readonly mapInterfaces: Map<string, { readonly nameif: string } & Fact>;
  readonly interfaces: Map<string, Interface>;
  readonly objects: Map<string, ObjectGroup>;
  readonly serviceGroups: Map<string, ServiceGroup>;
  readonly names: Map<string, { readonly address: string } & Fact>;
  readonly accessLists: Map<string, AccessList>;
  lifetimeSeconds: ({ readonly value: number } & Fact) | null;
  lifetimeBytes: ({ readonly value: number | null } & Fact) | null;
  /** Everything, so that what nobody uses can be told. */
  readonly all: Fact[];
}
