/**
 * What a configuration says once it is checked: plain, frozen in shape, durations in milliseconds.
 *
 * Knows names and units only. Everything here is complete: no default is left to be filled in by a reader.
 */
import type { PeerSettings } from '../policy/settings.ts';
import type { Issue, Place } from './issues.ts';
import type { ListenAddress } from './listen-address.ts';

export type Family = 'ipv4' | 'ipv6';

/**
 * One entry of a peer list. Only a `host` can be initiated to; the other kinds are passive (R13): watched
 * and shown.
 */
export interface PeerListEntry {
  readonly kind: 'host' | 'subnet' | 'range' | 'any';
  /** Canonical text: `192.0.2.1`, `198.51.100.0/24`, `192.0.2.1-192.0.2.9`, `%any`. */
  readonly text: string;
  readonly family: Family;
  /** Lowest and highest address as numbers, both inclusive; for a host they are equal. */
  readonly first: bigint;
  readonly last: bigint;
  readonly passive: boolean;
  readonly origin: Place;
}

export interface PeerList {
  readonly name: string;
  readonly family: Family;
  readonly entries: readonly PeerListEntry[];
  readonly origin: Place;
}

type DeploymentMode = 'site-to-site' | 'remote-access';

export interface ServiceConfig {
  readonly name: string;
  /** Name of the context in Cisco's sense; only shown. */
  readonly context: string | null;
  /** With `remote-access` every peer is passive. */
  readonly deploymentMode: DeploymentMode;
  /** Our own address, canonical; null when the connections alone decide. */
  readonly bind: string | null;
  readonly peerListName: string | null;
  /** null: every connection that fits `connectionGlobs` brings its own peer. */
  readonly peerList: readonly PeerListEntry[] | null;
  /** Never empty; `*` and `?` as in a shell. See `matchesGlobs`. */
  readonly connectionGlobs: readonly string[];
  readonly settings: PeerSettings;
  /** By canonical address or by name of the connection; complete settings, those of the service included. */
  readonly overrides: ReadonlyMap<string, PeerSettings>;
  readonly origin: Place;
}

export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error';
export type LogFormat = 'journal' | 'json' | 'text';

interface Limits {
  readonly maxInitiationsPerSecond: number;
  readonly maxHalfOpen: number;
  readonly peersPerList: number;
}

export interface Config {
  readonly version: 1;
  readonly charon: { readonly socket: string; readonly reconcileIntervalMs: number };
  readonly control: { readonly socket: string };
  readonly state: { readonly file: string };
  readonly limits: Limits;
  /** `observe`: decides and logs, initiates and terminates nothing. */
  readonly mode: 'active' | 'observe';
  /** `paused`: every peer starts paused (standby of a pair). */
  readonly initial: 'running' | 'paused';
  /** A reload refuses what the originals refuse; see `strict-cisco.ts`. */
  readonly strictCisco: boolean;
  /** Durations below their ranges are accepted. Not for production. */
  readonly laboratory: boolean;
  /** `format: null` = the daemon chooses: `journal` under journald, else `text`. */
  readonly log: { readonly level: LogLevel; readonly format: LogFormat | null };
  /** `listen: null`: not over HTTP. `ipsecExporter`: also the families of ipsec_exporter. */
  readonly metrics: { readonly listen: ListenAddress | null; readonly ipsecExporter: boolean };
  readonly peerLists: ReadonlyMap<string, PeerList>;
  readonly services: readonly ServiceConfig[];
  /** What is allowed but deserves a word. */
  readonly warnings: readonly Issue[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** The files that were read, in the order in which they count. Empty: there is none, defaults. */
  readonly files: readonly string[];
  /** Where each value was set, by dotted path (`services.wsg1.settle-hold`). No entry: it is a default. */
  readonly origins: ReadonlyMap<string, Place>;
}
