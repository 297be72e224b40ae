/**
 * Commands about certificates, keys and shared secrets.
 *
 * What is handed over goes into the request and nowhere else: no error text and no log line quotes it.
 * Source: VICI README, "load-cert" and following.
 */
import type { Commander, RequestOptions } from '../session-options.ts';

export interface CertificateToLoad {
  readonly type: 'X509' | 'X509_AC' | 'X509_CRL';
  readonly flag?: 'NONE' | 'CA' | 'AA' | 'OCSP';
  /** PEM or DER. */
  readonly data: string | Uint8Array;
}

/** @throws VICI_COMMAND_FAILED */
export async function loadCert(
  session: Commander,
  certificate: CertificateToLoad,
  options?: RequestOptions,
): Promise<void> {
  const { type, flag, data } = certificate;
  await session.request('load-cert', { type, flag, data }, options);
}

export interface KeyToLoad {
  readonly type: 'rsa' | 'ecdsa' | 'ed25519' | 'ed448' | 'any';
  /** PEM or DER, not encrypted. */
  readonly data: string | Uint8Array;
}

/** Loads a private key; gives its identifier (SHA-1 of the public key, in hex). @throws VICI_COMMAND_FAILED */
export async function loadKey(session: Commander, key: KeyToLoad, options?: RequestOptions): Promise<string> {
  const answer = await session.request('load-key', { type: key.type, data: key.data }, options);
  return answer.get('id') ?? '';
}

/** Unloads the private key with this identifier. @throws VICI_COMMAND_FAILED */
export async function unloadKey(session: Commander, id: string, options?: RequestOptions): Promise<void> {
  await session.request('unload-key', { id }, options);
}

/** Identifiers of the private keys loaded over VICI. */
export async function getKeys(session: Commander, options?: RequestOptions): Promise<readonly string[]> {
  return (await session.request('get-keys', {}, options)).list('keys') ?? [];
}

export interface TokenToLoad {
  /** CKA_ID of the private key on the token, in hex. */
  readonly handle: string;
  readonly slot?: number;
  /** PKCS#11 module. */
  readonly module?: string;
  readonly pin?: string;
}

/** Loads a private key that lies on a token; gives its identifier. @throws VICI_COMMAND_FAILED */
export async function loadToken(
  session: Commander,
  token: TokenToLoad,
  options?: RequestOptions,
): Promise<string> {
  const { handle, slot, module, pin } = token;
  const answer = await session.request('load-token', { handle, slot, module, pin }, options);
  return answer.get('id') ?? '';
}

export interface SharedSecretToLoad {
  /** Name to unload it by. */
  readonly id?: string;
  readonly type: 'IKE' | 'EAP' | 'XAUTH' | 'NTLM' | 'PPK';
  readonly data: string | Uint8Array;
  /** Identities that it belongs to. */
  readonly owners?: readonly string[];
}

/** Loads a shared secret. @throws VICI_COMMAND_FAILED */
export async function loadShared(
  session: Commander,
  secret: SharedSecretToLoad,
  options?: RequestOptions,
): Promise<void> {
  const { id, type, data, owners } = secret;
  await session.request('load-shared', { id, type, data, owners }, options);
}

/** Unloads the shared secret that was loaded with this id. @throws VICI_COMMAND_FAILED */
export async function unloadShared(session: Commander, id: string, options?: RequestOptions): Promise<void> {
  await session.request('unload-shared', { id }, options);
}

/** Ids of the shared secrets loaded over VICI. */
export async function getShared(session: Commander, options?: RequestOptions): Promise<readonly string[]> {
  return (await session.request('get-shared', {}, options)).list('keys') ?? [];
}

/** Empties charon's cache of certificates, or of one type of them. @throws VICI_COMMAND_FAILED */
export async function flushCerts(
  session: Commander,
  filter: { readonly type?: string } = {},
  options?: RequestOptions,
): Promise<void> {
  await session.request('flush-certs', { type: filter.type }, options);
}

/** Unloads all certificates, keys and secrets that were loaded over VICI. @throws VICI_COMMAND_FAILED */
export async function clearCreds(session: Commander, options?: RequestOptions): Promise<void> {
  await session.request('clear-creds', {}, options);
}
