/**
 * What `list-conns`, `list-policies`, `list-certs` and `list-authorities` give, in full.
 *
 * Source: VICI README, "list-conn", "list-policy", "list-cert", "list-authority".
 */
import type { Section } from '../message.ts';

/** One round of authentication of one end. */
export interface AuthConfig {
  /** `public key`, `pre-shared key`, `EAP` ... as charon prints it. */
  readonly class: string | undefined;
  readonly id: string | undefined;
  readonly eapType: string | undefined;
  readonly eapId: string | undefined;
  readonly xauthId: string | undefined;
  readonly groups: readonly string[];
  readonly certs: readonly string[];
  readonly cacerts: readonly string[];
  readonly section: Section;
}

export interface ChildConfig {
  readonly name: string;
  readonly mode: string | undefined;
  readonly rekeySeconds: number | undefined;
  readonly rekeyBytes: number | undefined;
  readonly rekeyPackets: number | undefined;
  readonly dpdAction: string | undefined;
  readonly closeAction: string | undefined;
  readonly localTrafficSelectors: readonly string[];
  readonly remoteTrafficSelectors: readonly string[];
  readonly section: Section;
}

export interface ConnectionConfig {
  readonly name: string;
  readonly version: string | undefined;
  readonly localAddresses: readonly string[];
  readonly remoteAddresses: readonly string[];
  /** Listed from strongSwan 6.0.3 on. */
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
  readonly unique: string | undefined;
  readonly dpdDelaySeconds: number | undefined;
  readonly dpdTimeoutSeconds: number | undefined;
  readonly rekeySeconds: number | undefined;
  readonly reauthSeconds: number | undefined;
  /** Rounds of authentication of each end, in order. */
  readonly local: readonly AuthConfig[];
  readonly remote: readonly AuthConfig[];
  readonly children: readonly ChildConfig[];
  readonly section: Section;
}

export interface Policy {
  readonly name: string;
  readonly child: string | undefined;
  readonly ike: string | undefined;
  readonly mode: string | undefined;
  readonly localTrafficSelectors: readonly string[];
  readonly remoteTrafficSelectors: readonly string[];
  readonly section: Section;
}

export interface Certificate {
  readonly type: string | undefined;
  readonly flag: string | undefined;
  readonly hasPrivateKey: boolean;
  /** In ASN.1 (DER). */
  readonly data: Uint8Array;
  readonly subject: string | undefined;
  readonly notBefore: string | undefined;
  readonly notAfter: string | undefined;
  readonly section: Section;
}

export interface Authority {
  readonly name: string;
  readonly cacert: string | undefined;
  readonly crlUris: readonly string[];
  readonly ocspUris: readonly string[];
  readonly certUriBase: string | undefined;
  readonly section: Section;
}

export function connectionConfigFrom(section: Section): ConnectionConfig {
  const authentications = section.sections();
  return {
    name: section.name,
    version: section.get('version'),
    localAddresses: section.list('local_addrs') ?? [],
    remoteAddresses: section.list('remote_addrs') ?? [],
    localPort: section.number('local_port'),
    remotePort: section.number('remote_port'),
    unique: section.get('unique'),
    dpdDelaySeconds: section.number('dpd_delay'),
    dpdTimeoutSeconds: section.number('dpd_timeout'),
    rekeySeconds: section.number('rekey_time'),
    reauthSeconds: section.number('reauth_time'),
    local: authentications.filter((auth) => auth.name.startsWith('local')).map(authConfigFrom),
    remote: authentications.filter((auth) => auth.name.startsWith('remote')).map(authConfigFrom),
    children: (section.section('children')?.sections() ?? []).map(childConfigFrom),
    section,
  };
}

export function policyFrom(section: Section): Policy {
  return {
    name: section.name,
    child: section.get('child'),
    ike: section.get('ike'),
    mode: section.get('mode'),
    localTrafficSelectors: section.list('local-ts') ?? [],
    remoteTrafficSelectors: section.list('remote-ts') ?? [],
    section,
  };
}

export function certificateFrom(section: Section): Certificate {
  return {
    type: section.get('type'),
    flag: section.get('flag'),
    hasPrivateKey: section.get('has_privkey') !== undefined,
    data: section.bytes('data') ?? new Uint8Array(),
    subject: section.get('subject'),
    notBefore: section.get('not-before'),
    notAfter: section.get('not-after'),
    section,
  };
}

export function authorityFrom(section: Section): Authority {
  return {
    name: section.name,
    cacert: section.get('cacert'),
    crlUris: section.list('crl_uris') ?? [],
    ocspUris: section.list('ocsp_uris') ?? [],
    certUriBase: section.get('cert_uri_base'),
    section,
  };
}

function authConfigFrom(section: Section): AuthConfig {
  return {
    class: section.get('class'),
    id: section.get('id'),
    eapType: section.get('eap-type'),
    eapId: section.get('eap_id'),
    xauthId: section.get('xauth_id'),
    groups: section.list('groups') ?? [],
    certs: section.list('certs') ?? [],
    cacerts: section.list('cacerts') ?? [],
    section,
  };
}

function childConfigFrom(section: Section): ChildConfig {
  return {
    name: section.name,
    mode: section.get('mode'),
    rekeySeconds: section.number('rekey_time'),
    rekeyBytes: section.number('rekey_bytes'),
    rekeyPackets: section.number('rekey_packets'),
    dpdAction: section.get('dpd_action'),
    closeAction: section.get('close_action'),
    localTrafficSelectors: section.list('local-ts') ?? [],
    remoteTrafficSelectors: section.list('remote-ts') ?? [],
    section,
  };
}
