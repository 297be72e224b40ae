/** Keys, identities and proposals of IKEv2 on IOS for one peer: which block of a keyring, which of the policies. */
import { BestMatch } from '../cisco/best-match.ts';
import type { Fact } from '../cisco/commands.ts';
import type { Key } from '../cisco/keys.ts';
import type { PlannedSecret } from '../cisco/plan.ts';
import { directedSecrets, networkId, sharedSecret } from '../cisco/secrets.ts';
import type { IkeProposal } from '../gateway-model.ts';
import type { SourceLine } from '../source-line.ts';
import type { IosFacts } from './collect.ts';
import type { Ikev2KeyPeer, Ikev2Keyring, Ikev2Profile, Ikev2Proposal } from './facts.ts';

export interface KeyEnds {
  readonly at: SourceLine;
  readonly peer: string | null;
  readonly localId: string | null;
  readonly remoteId: string | null;
}

export interface FoundKeys {
  readonly secrets: readonly PlannedSecret[];
  readonly sources: readonly Fact[];
  /** The identity that the keyring gives the peer. */
  readonly identity: string | null;
}

/** What newer releases propose by themselves; older ones have weaker groups. */
const DEFAULT_PROPOSAL: IkeProposal = {
  encryption: ['aes256', 'aes192', 'aes128'],
  integrity: ['sha512', 'sha384', 'sha256'],
  prf: [],
  groups: ['ecp256', 'modp2048', 'ecp521'],
};
const DEFAULT_NOTE =
  'IKEv2 uses the default proposal, which differs between releases: compare it with `show crypto ikev2 proposal default`.';

/** A profile with its keyrings, ready to be asked for many peers. */
export class ProfileIndex {
  readonly profile: Ikev2Profile;
  readonly rings: readonly Ikev2Keyring[];
  readonly blocks: BestMatch<Ikev2KeyPeer>;
  /** Blocks by the identity that they give the peer. */
  readonly named: ReadonlyMap<string, Ikev2KeyPeer>;
  readonly addresses: BestMatch<true>;
  /** Identities that are no addresses. */
  readonly names: readonly string[];

  constructor(profile: Ikev2Profile, facts: IosFacts) {
    this.profile = profile;
    this.rings = profile.keyrings.flatMap((name) => facts.ikev2Keyrings.get(name) ?? []);
    this.blocks = new BestMatch(
      this.rings.flatMap(({ peers }) =>
        peers.flatMap((block) => block.networks.map((network) => [network, block] as const)),
      ),
    );
    this.named = new Map(
      this.rings.flatMap(({ peers }) =>
        peers.flatMap((block) => (block.identity === null ? [] : [[block.identity, block] as const])),
      ),
    );
    this.addresses = new BestMatch(
      profile.identities.flatMap((identity) =>
        identity.kind === 'address' ? [[identity.network, true] as const] : [],
      ),
    );
    this.names = profile.identities.flatMap((identity) => (identity.kind === 'text' ? [identity.id] : []));
  }
}

export interface FoundProposals {
  readonly proposals: readonly IkeProposal[];
  /** Where the first one stands. */
  readonly at: SourceLine | null;
  readonly sources: readonly Fact[];
  readonly notes: readonly string[];
}

/** Blocks of one connection for whoever calls. */
const WIDE_BLOCKS_MAX = 100;
/** Proposals of one connection. */
const PROPOSALS_MAX = 100;

/** The proposals of the policies that fit the local address, else of those for any; else IOS's own. */
export function topIkev2Proposals(facts: IosFacts, localAddress: string | null): FoundProposals {
  const fitting = facts.policies.filter(
    ({ localAddresses }) => localAddress !== null && localAddresses.includes(localAddress),
  );
  const policies =
    fitting.length > 0 ? fitting : facts.policies.filter(({ localAddresses }) => localAddresses.length === 0);
  const found = policies.flatMap(({ proposals }) =>
    proposals.flatMap((name) => facts.proposals.get(name) ?? []),
  );
  const usable = (
    found.length > 0 ? found : [...facts.proposals.values()].filter(({ name }) => name === 'default')
  )
    .filter(isComplete)
    .slice(0, PROPOSALS_MAX);
  if (usable.length === 0)
    return { proposals: [DEFAULT_PROPOSAL], at: null, sources: [...policies], notes: [DEFAULT_NOTE] };
  return {
    proposals: usable.map(({ encryption, integrity, prf, groups }) => ({
      encryption,
      integrity,
      // A cipher that authenticates needs a function of its own for keys.
      prf: prf.length > 0 || integrity.length > 0 ? prf : ['prfsha256'],
      groups,
    })),
    at: usable[0]?.at ?? null,
    sources: [...policies, ...usable],
    notes: [],
  };
}

function isComplete({ encryption, groups }: Ikev2Proposal): boolean {
  return encryption.length > 0 && groups.length > 0;
}

/** Who the peer says it is: its address if the profile fits that, else the only name that the profile fits. */
export function remoteIdentity(
  { profile, addresses, names }: ProfileIndex,
  peer: string | null,
): string | null {
  if (peer !== null && addresses.find(peer) === true) return peer;
  const only = names.length === 1 ? names[0] : undefined;
  return only ?? (profile.identities.length === 0 ? peer : null);
}

/** The keys of one peer: from the profile itself, or from the block of its keyrings that fits the peer best. */
export function ikev2Keys({ profile, rings, blocks, named: byName }: ProfileIndex, ends: KeyEnds): FoundKeys {
  const ofName = ends.remoteId === null ? undefined : byName.get(ends.remoteId);
  const found =
    ofName === undefined && ends.peer === null
      ? blocks.wide.slice(0, WIDE_BLOCKS_MAX)
      : [ofName ?? blocks.find(ends.peer ?? '')];
  const fitting = found.filter((block) => block !== undefined);
  const own = profile.localKey !== null || profile.remoteKey !== null;
  const sources = own ? [] : [...rings, ...fitting];
  const identity = fitting.length === 1 ? (fitting[0]?.identity ?? null) : null;
  const named = { ...ends, remoteId: identity ?? ends.remoteId };
  const holders: readonly Holder[] = own ? [{ ...profile, networks: [] }] : fitting;
  const secrets =
    holders.length === 0
      ? [sharedSecret({ ...named, suffix: '', remote: named.remoteId }, missingKey(ends.peer))]
      : holders.flatMap((holder, index) => secretsOf(holder, named, index === 0 ? '' : `-${index + 1}`));
  return { secrets, sources, identity };
}

type Holder = Pick<Ikev2KeyPeer, 'at' | 'localKey' | 'remoteKey' | 'networks'>;

/** The keys of a profile or a block. A block for networks names them, where the peer has no name. */
function secretsOf(
  { at, localKey, remoteKey, networks }: Holder,
  ends: KeyEnds,
  suffix: string,
): readonly PlannedSecret[] {
  const ofNetwork = networks[0] === undefined || ends.peer !== null ? null : networkId(networks[0]);
  const holder = { at, suffix, localId: ends.localId, remote: ends.remoteId ?? ofNetwork };
  const missing = missingKey(ends.peer);
  const ours = localKey ?? remoteKey ?? missing;
  const theirs = remoteKey ?? ours;
  return localKey === null || remoteKey === null || localKey === remoteKey
    ? [sharedSecret(holder, ours)]
    : directedSecrets(holder, ours, theirs);
}

/** In place of a key that the text doesn't have. */
export function missingKey(peer: string | null): Key {
  return { value: null, why: `The text has no key for ${peer ?? 'the peers that only call'}` };
}
