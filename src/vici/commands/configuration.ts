/**
 * Commands that load and unload connections, certification authorities and address pools.
 *
 * Source: VICI README, "load-conn" and following; swanctl.conf(5) for the keys, which keep its spelling here.
 */
import type { InputValue, MessageInput } from '../encode.ts';
import type { Section } from '../message.ts';
import type { Commander, RequestOptions } from '../session-options.ts';

/** What a CHILD_SA does when it is loaded, closed by the peer or found dead. `hold` is refused by charon. */
export type Action = 'none' | 'trap' | 'start';

/** `local`, `remote` (and `local-2` ...): one round of authentication of one end. */
export interface AuthSettings extends MessageInput {
  /** `psk`, `pubkey`, `eap` ... */
  readonly auth?: string;
  readonly id?: string;
  readonly certs?: readonly (string | Uint8Array)[];
  readonly cacerts?: readonly (string | Uint8Array)[];
}

/** Settings of one CHILD_SA; any other key of swanctl.conf is taken too. */
export interface ChildSettings extends MessageInput {
  readonly local_ts?: readonly string[];
  readonly remote_ts?: readonly string[];
  readonly esp_proposals?: readonly string[];
  readonly mode?: string;
  readonly start_action?: Action | 'trap|start';
  readonly close_action?: Action;
  readonly dpd_action?: Action | 'clear' | 'restart';
  readonly rekey_time?: string | number;
  readonly life_time?: string | number;
  readonly policies?: boolean;
}

/** Settings of one connection; any other key of swanctl.conf is taken too. Times without a unit are seconds. */
export interface ConnectionSettings extends MessageInput {
  readonly version?: 0 | 1 | 2 | '0' | '1' | '2';
  readonly local_addrs?: readonly string[];
  readonly remote_addrs?: readonly string[];
  readonly local_port?: number;
  readonly remote_port?: number;
  readonly proposals?: readonly string[];
  /** With anything but `never`, charon also obeys a peer's INITIAL_CONTACT. */
  readonly unique?: 'never' | 'no' | 'keep' | 'replace';
  /** How often to try the whole exchange; 0 = for ever. */
  readonly keyingtries?: number;
  readonly dpd_delay?: string | number;
  readonly dpd_timeout?: string | number;
  readonly rekey_time?: string | number;
  readonly reauth_time?: string | number;
  readonly over_time?: string | number;
  readonly rand_time?: string | number;
  readonly local?: AuthSettings;
  readonly remote?: AuthSettings;
  readonly children?: Readonly<Record<string, ChildSettings>>;
}

/**
 * Loads the connection `name`, or replaces the one of that name. Live SAs stay; if the IKE part changed they
 * keep the old settings, and the next initiation makes a second IKE_SA (measured on 5.9.8).
 *
 * charon refuses unknown keys but takes any text as an address (it might be a DNS name): check addresses first.
 * @throws VICI_COMMAND_FAILED
 */
export async function loadConn(
  session: Commander,
  name: string,
  settings: ConnectionSettings | Section,
  options?: RequestOptions,
): Promise<void> {
  await session.request('load-conn', { [name]: settings }, options);
}

/** Unloads a connection; with `start_action = start` its SAs are closed, else they stay. @throws VICI_COMMAND_FAILED */
export async function unloadConn(session: Commander, name: string, options?: RequestOptions): Promise<void> {
  await session.request('unload-conn', { name }, options);
}

/** Settings of a certification authority, see "authorities" in swanctl.conf(5). */
export interface AuthoritySettings extends MessageInput {
  readonly cacert?: string | Uint8Array;
  readonly crl_uris?: readonly string[];
  readonly ocsp_uris?: readonly string[];
  readonly cert_uri_base?: string;
}

/** Loads or replaces a certification authority. @throws VICI_COMMAND_FAILED */
export async function loadAuthority(
  session: Commander,
  name: string,
  settings: AuthoritySettings,
  options?: RequestOptions,
): Promise<void> {
  await session.request('load-authority', { [name]: settings }, options);
}

/** @throws VICI_COMMAND_FAILED */
export async function unloadAuthority(
  session: Commander,
  name: string,
  options?: RequestOptions,
): Promise<void> {
  await session.request('unload-authority', { name }, options);
}

/** A pool of virtual addresses; other keys are attributes (`dns`, `subnet` ...) with a list each. */
export interface PoolSettings extends MessageInput {
  /** Subnet or range. */
  readonly addrs: string;
}

/** Loads or updates an address pool. @throws VICI_COMMAND_FAILED */
export async function loadPool(
  session: Commander,
  name: string,
  settings: PoolSettings,
  options?: RequestOptions,
): Promise<void> {
  await session.request('load-pool', { [name]: settings }, options);
}

/** @throws VICI_COMMAND_FAILED if a lease of the pool is online */
export async function unloadPool(session: Commander, name: string, options?: RequestOptions): Promise<void> {
  await session.request('unload-pool', { name }, options);
}

export interface Lease {
  readonly address: string;
  readonly identity: string;
  /** `online` or `offline`. */
  readonly status: string;
}

export interface Pool {
  readonly name: string;
  readonly base: string;
  readonly size: number;
  readonly online: number;
  readonly offline: number;
  /** Empty unless asked for. */
  readonly leases: readonly Lease[];
}

/** Loaded pools; `leases` has the leases listed too, `name` picks one pool. */
export async function getPools(
  session: Commander,
  filter: { readonly leases?: boolean; readonly name?: string } = {},
  options?: RequestOptions,
): Promise<Pool[]> {
  const message: Record<string, InputValue | undefined> = { leases: filter.leases, name: filter.name };
  const answer = await session.request('get-pools', message, options);
  return answer.sections().map((pool) => ({
    name: pool.name,
    base: pool.get('base') ?? '',
    size: pool.number('size') ?? 0,
    online: pool.number('online') ?? 0,
    offline: pool.number('offline') ?? 0,
    leases: (pool.section('leases')?.sections() ?? []).map((lease) => ({
      address: lease.get('address') ?? '',
      identity: lease.get('identity') ?? '',
      status: lease.get('status') ?? '',
    })),
  }));
}
