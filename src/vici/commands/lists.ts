/**
 * Commands that list what charon has. Streamed ones are iterated over item by item.
 *
 * Source: VICI README, "list-sas", "list-policies", "list-conns", "list-certs", "list-authorities", "get-*".
 * While iterating, don't use the same session for something else (`Session.items` says why).
 */
import type { MessageCursor } from '../cursor.ts';
import type { MessageInput } from '../encode.ts';
import { protocolError } from '../errors.ts';
import { decodeMessage, type Message, type Section } from '../message.ts';
import { type ConnectionFacts, readConnection } from '../narrow-conn.ts';
import { type IkeSaFacts, readListSa } from '../narrow-sa.ts';
import type { Commander, RequestOptions } from '../session-options.ts';
import { type IkeSa, ikeSaFrom } from '../views/ike-sa.ts';
import {
  type Authority,
  authorityFrom,
  type Certificate,
  type ConnectionConfig,
  certificateFrom,
  connectionConfigFrom,
  type Policy,
  policyFrom,
} from '../views/listed.ts';

type Listing<Item> = AsyncGenerator<Item, Message, undefined>;

export interface SaFilter {
  /** Name of a connection. */
  readonly ike?: string;
  /** uniqueid of one IKE_SA. */
  readonly ikeId?: string;
  readonly child?: string;
  readonly childId?: string;
  /**
   * Pass over IKE_SAs that a thread of charon works on right now, instead of waiting for them. Then an absent
   * SA proves nothing: the one being negotiated is just what is left out.
   */
  readonly noblock?: boolean;
}

/** The IKE_SAs that charon has, in full. */
export function listSas(session: Commander, filter: SaFilter = {}, options?: RequestOptions): Listing<IkeSa> {
  const read = onlySection('list-sa', ikeSaFrom);
  return session.items('list-sas', 'list-sa', saFilterMessage(filter), read, options);
}

/** The same, reading just the facts: for many SAs. */
export async function listSaFacts(
  session: Commander,
  filter: SaFilter = {},
  options?: RequestOptions,
): Promise<IkeSaFacts[]> {
  const found: IkeSaFacts[] = [];
  const onItem = (item: MessageCursor): unknown => found.push(readListSa(item));
  await session.stream('list-sas', 'list-sa', saFilterMessage(filter), onItem, options);
  return found;
}

export interface PolicyFilter {
  readonly trap?: boolean;
  readonly drop?: boolean;
  readonly pass?: boolean;
  readonly child?: string;
  readonly ike?: string;
}

/** Installed policies of the kinds asked for; none are listed unless a kind is. */
export function listPolicies(
  session: Commander,
  filter: PolicyFilter,
  options?: RequestOptions,
): Listing<Policy> {
  const message: MessageInput = { ...filter };
  return session.items(
    'list-policies',
    'list-policy',
    message,
    onlySection('list-policy', policyFrom),
    options,
  );
}

/** Loaded connections in full, not only those loaded over VICI. `ike` names one. */
export function listConns(
  session: Commander,
  filter: { readonly ike?: string } = {},
  options?: RequestOptions,
): Listing<ConnectionConfig> {
  const read = onlySection('list-conn', connectionConfigFrom);
  return session.items('list-conns', 'list-conn', { ike: filter.ike }, read, options);
}

/** The same, reading just the facts. */
export async function listConnFacts(
  session: Commander,
  filter: { readonly ike?: string } = {},
  options?: RequestOptions,
): Promise<ConnectionFacts[]> {
  const found: ConnectionFacts[] = [];
  const onItem = (item: MessageCursor): unknown => found.push(readConnection(item));
  await session.stream('list-conns', 'list-conn', { ike: filter.ike }, onItem, options);
  return found;
}

export interface CertificateFilter {
  /** `X509`, `X509_AC`, `X509_CRL`, `OCSP_RESPONSE`, `PUBKEY` or `ANY`. */
  readonly type?: string;
  /** `NONE`, `CA`, `AA`, `OCSP` or `ANY`. */
  readonly flag?: string;
  readonly subject?: string;
}

/** Certificates that charon knows. */
export function listCerts(
  session: Commander,
  filter: CertificateFilter = {},
  options?: RequestOptions,
): Listing<Certificate> {
  const message: MessageInput = { ...filter };
  const read = (item: MessageCursor): Certificate => certificateFrom(decodeMessage(item));
  return session.items('list-certs', 'list-cert', message, read, options);
}

/** Certification authorities that charon knows. */
export function listAuthorities(
  session: Commander,
  filter: { readonly name?: string } = {},
  options?: RequestOptions,
): Listing<Authority> {
  const read = onlySection('list-authority', authorityFrom);
  return session.items('list-authorities', 'list-authority', { name: filter.name }, read, options);
}

/** Names of the connections loaded over VICI. */
export async function getConns(session: Commander, options?: RequestOptions): Promise<readonly string[]> {
  return (await session.request('get-conns', {}, options)).list('conns') ?? [];
}

/** Names of the certification authorities loaded over VICI. */
export async function getAuthorities(
  session: Commander,
  options?: RequestOptions,
): Promise<readonly string[]> {
  return (await session.request('get-authorities', {}, options)).list('authorities') ?? [];
}

function saFilterMessage(filter: SaFilter): MessageInput {
  return {
    ike: filter.ike,
    'ike-id': filter.ikeId,
    child: filter.child,
    'child-id': filter.childId,
    // To charon any value of this key, "no" too, means yes.
    noblock: filter.noblock === true ? true : undefined,
  };
}

function onlySection<Item>(event: string, read: (section: Section) => Item) {
  return (item: MessageCursor): Item => {
    const [section] = decodeMessage(item).sections();
    if (section === undefined) throw protocolError(`a ${event} without a section`);
    return read(section);
  };
}
