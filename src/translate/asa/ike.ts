/**
 * How an ASA and one peer would do IKE: the tunnel group named after the peer's address, and the policies of the version.
 *
 * DPD is on whether or not the original had it: without it a dead peer is never noticed.
 */
import type { Fact } from '../cisco/commands.ts';
import type { Key } from '../cisco/keys.ts';
import { shortestIkeLifetime } from '../cisco/lifetimes.ts';
import type { PlannedSecret } from '../cisco/plan.ts';
import { directedSecrets, type KeyHolder, sharedSecret } from '../cisco/secrets.ts';
import type { AuthMethod, IkeProposal, IkeSettings } from '../gateway-model.ts';
import type { SourceLine } from '../source-line.ts';
import type { AsaFacts, MapEntry, TunnelGroup } from './facts.ts';

export interface Ends {
  readonly at: SourceLine;
  readonly localAddress: string | null;
  /** Null: anybody. */
  readonly peer: string | null;
  readonly rekeys: boolean;
}

export interface ResolvedIke {
  readonly ike: Omit<IkeSettings, 'name'>;
  readonly secrets: readonly PlannedSecret[];
  readonly ikeSources: readonly Fact[];
  readonly secretSources: readonly Fact[];
  readonly notes: readonly string[];
}

const DPD_DEFAULT_SECONDS = 10;
/** Where the original has it switched off. */
const DPD_ANYHOW_SECONDS = 30;

const GUESSED: IkeProposal = { encryption: ['aes256'], integrity: ['sha256'], prf: [], groups: ['modp2048'] };
const GUESSED_NOTE =
  'The text has no IKE policy, so aes256-sha256-modp2048 stands there: put in what both ends use.';

/** Peers without a tunnel group of their own fall into this one. */
const DEFAULT_GROUP = 'DefaultL2LGroup';

export function tunnelGroupOf(peer: string | null, facts: AsaFacts): TunnelGroup | null {
  const own = peer === null ? undefined : facts.tunnelGroups.get(peer);
  return own ?? facts.tunnelGroups.get(DEFAULT_GROUP) ?? null;
}

/** ASA tries IKEv2 first where it has what IKEv2 needs; charon has one version for a connection. */
export function versionOf(entry: MapEntry, group: TunnelGroup | null): 1 | 2 {
  if (entry.ikev2Proposals.length === 0) return 1;
  if (entry.ikev1Sets.length === 0) return 2;
  const hasIkev2 = group === null || group.ikev2Local !== null || group.ikev2Remote !== null;
  return hasIkev2 ? 2 : 1;
}

export function resolveIke(
  version: 1 | 2,
  entry: MapEntry,
  group: TunnelGroup | null,
  ends: Ends,
  facts: AsaFacts,
): ResolvedIke {
  return version === 1 ? ikev1(entry, group, ends, facts) : ikev2(group, ends, facts);
}

function common(
  { at, rekeys }: Ends,
  group: TunnelGroup | null,
): Pick<IkeSettings, 'at' | 'rekeys' | 'dpdDelaySeconds' | 'dpdTimeoutSeconds'> {
  const dpd = group?.dpd ?? null;
  if (dpd === 'disabled') return { at, rekeys, dpdDelaySeconds: DPD_ANYHOW_SECONDS, dpdTimeoutSeconds: null };
  return {
    at,
    rekeys,
    dpdDelaySeconds: dpd?.delaySeconds ?? DPD_DEFAULT_SECONDS,
    dpdTimeoutSeconds: dpd?.timeoutSeconds ?? null,
  };
}

function ikev1(entry: MapEntry, group: TunnelGroup | null, ends: Ends, facts: AsaFacts): ResolvedIke {
  const trustpoint = entry.trustpoint ?? group?.ikev1Trustpoint ?? null;
  const isPsk = group?.ikev1Key != null || trustpoint === null;
  const method: AuthMethod = isPsk ? { kind: 'psk' } : { kind: 'certificate', name: trustpoint };
  const policies = facts.ikev1Policies.filter(({ authentication }) => (authentication === 'psk') === isPsk);
  return {
    ike: {
      ...common(ends, group),
      at: (policies[0] ?? ends).at,
      version: 1,
      aggressive: entry.aggressive,
      proposals:
        policies.length === 0
          ? [GUESSED]
          : policies.map(({ encryption, hash, group: dh }) => ({
              encryption: [encryption],
              integrity: [hash],
              prf: [],
              groups: [dh],
            })),
      lifetimeSeconds: shortestIkeLifetime(policies),
      localAuth: method,
      remoteAuth: method,
    },
    secrets: isPsk ? [sharedSecret(holderOf(ends, group), group?.ikev1Key ?? missingKey(ends))] : [],
    ikeSources: policies,
    secretSources: group === null ? [] : [group],
    notes: policies.length === 0 ? [GUESSED_NOTE] : [],
  };
}

function ikev2(group: TunnelGroup | null, ends: Ends, facts: AsaFacts): ResolvedIke {
  const policies = facts.ikev2Policies;
  const local = group?.ikev2Local ?? null;
  const remote = group?.ikev2Remote ?? null;
  const ours = local !== null && 'key' in local ? local.key : null;
  const theirs = remote !== null && 'key' in remote ? remote.key : null;
  const localAuth: AuthMethod =
    local !== null && 'certificate' in local
      ? { kind: 'certificate', name: local.certificate }
      : { kind: 'psk' };
  const remoteAuth: AuthMethod =
    remote !== null && 'certificate' in remote ? { kind: 'certificate', name: null } : { kind: 'psk' };
  return {
    ike: {
      ...common(ends, group),
      at: (policies[0] ?? ends).at,
      dpdTimeoutSeconds: null,
      version: 2,
      aggressive: false,
      proposals:
        policies.length === 0
          ? [GUESSED]
          : policies.map(({ encryption, integrity, prf, groups }) => ({
              encryption,
              integrity,
              prf,
              groups,
            })),
      lifetimeSeconds: shortestIkeLifetime(policies),
      localAuth,
      remoteAuth,
    },
    secrets: ikev2Secrets(ends, group, {
      ours: localAuth.kind === 'psk' ? { key: ours } : null,
      theirs: remoteAuth.kind === 'psk' ? { key: theirs } : null,
    }),
    ikeSources: policies,
    secretSources: group === null ? [] : [group],
    notes: policies.length === 0 ? [GUESSED_NOTE] : [],
  };
}

interface BothKeys {
  /** Null: that end has a certificate. */
  readonly ours: { readonly key: Key | null } | null;
  readonly theirs: { readonly key: Key | null } | null;
}

/** The secrets of the ends that have a key at all. */
function ikev2Secrets(
  ends: Ends,
  group: TunnelGroup | null,
  { ours, theirs }: BothKeys,
): readonly PlannedSecret[] {
  const holder = holderOf(ends, group);
  const missing = missingKey(ends);
  if (ours !== null && theirs !== null) {
    return directedSecrets(holder, ours.key ?? missing, theirs.key ?? missing);
  }
  const only = ours ?? theirs;
  return only === null ? [] : [sharedSecret(holder, only.key ?? missing)];
}

function holderOf({ at, localAddress, peer }: Ends, group: TunnelGroup | null): KeyHolder {
  return { at: group?.at ?? at, suffix: '', localId: localAddress, remote: peer };
}

function missingKey({ peer }: Ends): Key {
  return { value: null, why: `The text has no key for ${peer ?? 'the peers that only call'}` };
}
