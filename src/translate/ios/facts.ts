/** What an IOS configuration says about IPsec, still in its own terms: who uses what is found out in build.ts. */
import type { Fact } from '../cisco/commands.ts';
import type { Key } from '../cisco/keys.ts';
import type { Network } from '../cisco/networks.ts';
import type { SourceLine } from '../source-line.ts';

/** `key K address A`; in a keyring or at the top. */
export interface IsakmpKey extends Fact {
  readonly networks: Network;
  readonly key: Key;
}

export interface Keyring extends Fact {
  readonly name: string;
  readonly keys: IsakmpKey[];
}

/** An IKE identity that a profile fits. */
export type Identity =
  | { readonly kind: 'address'; readonly network: Network }
  | { readonly kind: 'text'; readonly id: string }
  | { readonly kind: 'any' };

export interface IsakmpProfile extends Fact {
  readonly name: string;
  readonly keyrings: string[];
  readonly identities: Identity[];
  dpd: Dpd | null;
  localAddress: string | null;
  selfIdentity: string | null;
  virtualTemplate: string | null;
}

export interface Dpd {
  readonly delaySeconds: number;
  readonly timeoutSeconds: number;
}

export interface Ikev2Proposal extends Fact {
  readonly name: string;
  encryption: readonly string[];
  integrity: readonly string[];
  prf: readonly string[];
  groups: readonly string[];
}

export interface Ikev2Policy extends Fact {
  readonly proposals: string[];
  readonly localAddresses: string[];
}

export interface Ikev2KeyPeer extends Fact {
  readonly networks: Network[];
  identity: string | null;
  localKey: Key | null;
  remoteKey: Key | null;
}

export interface Ikev2Keyring extends Fact {
  readonly name: string;
  readonly peers: Ikev2KeyPeer[];
}

export interface Ikev2Profile extends Fact {
  readonly name: string;
  readonly identities: Identity[];
  readonly keyrings: string[];
  localIdentity: string | null;
  localAuth: 'psk' | 'certificate' | null;
  remoteAuth: 'psk' | 'certificate' | null;
  localKey: Key | null;
  remoteKey: Key | null;
  trustpoint: string | null;
  lifetimeSeconds: number;
  dpd: Dpd | null;
  virtualTemplate: string | null;
}

export interface TransformSet extends Fact {
  readonly name: string;
  readonly encryption: string;
  readonly integrity: string | null;
  mode: 'tunnel' | 'transport';
}

/** What crypto maps and ipsec profiles have in common. */
export interface Protection extends Fact {
  readonly transformSets: string[];
  pfs: string | null;
  lifetimeSeconds: number | null;
  /** Undefined: not said here. */
  lifetimeBytes: number | null | undefined;
  isakmpProfile: string | null;
  ikev2Profile: string | null;
}

export interface IpsecProfile extends Protection {
  readonly name: string;
  responderOnly: boolean;
}

export interface MapEntry extends Protection {
  readonly map: string;
  readonly sequence: number;
  readonly peers: { readonly address: string; readonly line: SourceLine }[];
  accessList: string | null;
  /** The dynamic map that this entry stands for. */
  readonly dynamicMap: string | null;
}

export interface Interface extends Fact {
  readonly name: string;
  /** With prefix lengths. */
  readonly addresses: string[];
  /** `line` is null where it says more than can be carried over. */
  readonly cryptoMaps: { readonly name: string; readonly line: SourceLine | null }[];
  unnumbered: string | null;
  mtu: number | null;
  vrf: string | null;
  tunnelSource: string | null;
  tunnelDestination: string | null;
  tunnelMode: 'ipsec' | 'ipsec-v6' | 'gre' | null;
  protection: string | null;
  isShut: boolean;
}

/** Routes into tunnel interfaces. */
export interface TunnelRoute extends Fact {
  readonly network: Network;
  readonly interfaceName: string;
}

export interface GlobalSettings {
  readonly isakmpKeys: IsakmpKey[];
  readonly localAddressOf: Map<string, { readonly interfaceName: string } & Fact>;
  isakmpDpd: ({ readonly dpd: Dpd } & Fact) | null;
  ikev2Dpd: ({ readonly dpd: Dpd } & Fact) | null;
  lifetimeSeconds: ({ readonly value: number } & Fact) | null;
  lifetimeBytes: ({ readonly value: number | null } & Fact) | null;
}
