/**
 * How an IOS gateway and one peer would do IKE: which policies, profile and keys apply between them.
 *
 * The most specific key counts, a profile's keyrings before the keys of the top level. DPD is on whether or not the original
 * had it: without it a dead peer is never noticed.
 */
import { BestMatch } from '../cisco/best-match.ts';
import type { Fact } from '../cisco/commands.ts';
import { shortestIkeLifetime } from '../cisco/lifetimes.ts';
import type { PlannedSecret } from '../cisco/plan.ts';
import { networkId, sharedSecret } from '../cisco/secrets.ts';
import type { AuthMethod, IkeProposal, IkeSettings } from '../gateway-model.ts';
import type { SourceLine } from '../source-line.ts';
import type { IosFacts } from './collect.ts';
import type { Dpd, Ikev2Profile, IsakmpKey, IsakmpProfile, Keyring } from './facts.ts';
import { ikev2Keys, missingKey, ProfileIndex, remoteIdentity, topIkev2Proposals } from './ikev2-keys.ts';

/** Who talks to whom. */
export interface Ends {
  readonly at: SourceLine;
  /** Null: whatever address the host has. */
  readonly localAddress: string | null;
  /** Null: anybody. */
  readonly peer: string | null;
  readonly rekeys: boolean;
}

export interface ResolvedIke {
  readonly ike: Omit<IkeSettings, 'name'>;
  readonly localId: string | null;
  readonly remoteId: string | null;
  readonly secrets: readonly PlannedSecret[];
  readonly ikeSources: readonly Fact[];
  readonly secretSources: readonly Fact[];
  /** Whole sentences for the operator. */
  readonly notes: readonly string[];
}

const DPD_DEFAULT_SECONDS = 30;

/** Where the text says no policy at all. */
const GUESSED: IkeProposal = { encryption: ['aes256'], integrity: ['sha256'], prf: [], groups: ['modp2048'] };
const GUESSED_NOTE =
  'The text has no IKE policy, so aes256-sha256-modp2048 stands there: put in what both ends use.';

/** Keys of one connection for whoever calls. */
const WIDE_KEYS_MAX = 100;
/** Keyrings that are looked through for one peer. */
const KEYRINGS_MAX = 100;

type IsakmpKeys = BestMatch<IsakmpKey>;

export class IosIke {
  readonly #facts: IosFacts;
  readonly #topKeys: IsakmpKeys;
  readonly #ringKeys = new Map<string, IsakmpKeys>();
  readonly #profiles = new Map<Ikev2Profile, ProfileIndex>();
  readonly #isakmpTemplates: ReadonlyMap<string, IsakmpProfile>;
  readonly #ikev2Templates: ReadonlyMap<string, Ikev2Profile>;
  /** The lines of each keyring that aren't keys. */
  readonly #ringHeads = new Map<string, Fact>();

  constructor(facts: IosFacts) {
    this.#facts = facts;
    this.#topKeys = keysByNetwork(facts.globals.isakmpKeys);
    this.#isakmpTemplates = byTemplate(facts.isakmpProfiles.values());
    this.#ikev2Templates = byTemplate(facts.ikev2Profiles.values());
    for (const ring of facts.keyrings.values()) {
      this.#ringKeys.set(ring.name, keysByNetwork(ring.keys));
      this.#ringHeads.set(ring.name, withoutKeys(ring));
    }
  }

  /** The profiles that name a virtual template. */
  templates(name: string): {
    readonly isakmp: IsakmpProfile | undefined;
    readonly ikev2: Ikev2Profile | undefined;
  } {
    return { isakmp: this.#isakmpTemplates.get(name), ikev2: this.#ikev2Templates.get(name) };
  }

  /** IKEv1: `profile` null for what none applies to. */
  ikev1(ends: Ends, profile: IsakmpProfile | null): ResolvedIke {
    const { globals, isakmpPolicies } = this.#facts;
    const keys = this.#isakmpKeys(ends.peer, profile);
    const psk = isakmpPolicies.filter(({ authentication }) => authentication === 'psk');
    const policies = psk.length > 0 ? psk : isakmpPolicies;
    const method: AuthMethod =
      policies.length > 0 && psk.length === 0 ? { kind: 'certificate', name: null } : { kind: 'psk' };
    const dpd = profile?.dpd ?? globals.isakmpDpd?.dpd ?? null;
    const localId = profile?.selfIdentity ?? ends.localAddress;
    const rings = (profile?.keyrings ?? []).flatMap((name) => this.#ringHeads.get(name) ?? []);
    return {
      ike: {
        ...common(ends, dpd),
        at: (policies[0] ?? ends).at,
        version: 1,
        proposals:
          policies.length === 0
            ? [GUESSED]
            : policies.map(({ encryption, hash, group }) => ({
                encryption: [encryption],
                integrity: [hash],
                prf: [],
                groups: [group],
              })),
        lifetimeSeconds: shortestIkeLifetime(policies),
        localAuth: method,
        remoteAuth: method,
      },
      localId,
      remoteId: ends.peer,
      secrets: method.kind === 'psk' ? this.#isakmpSecrets(ends, localId, keys) : [],
      ikeSources: [
        ...policies,
        ...(profile === null ? [] : [profile]),
        ...((profile?.dpd ?? null) === null && globals.isakmpDpd !== null ? [globals.isakmpDpd] : []),
      ],
      // The line of a keyring goes with its keys; the other keys in it don't.
      secretSources: [...keys, ...rings],
      notes: policies.length === 0 ? [GUESSED_NOTE] : [],
    };
  }

  /** IKEv2. */
  ikev2(ends: Ends, profile: Ikev2Profile): ResolvedIke {
    const { globals } = this.#facts;
    const proposals = topIkev2Proposals(this.#facts, ends.localAddress);
    const localId = profile.localIdentity ?? ends.localAddress;
    const index = this.#indexOf(profile);
    const remoteId = remoteIdentity(index, ends.peer);
    const localAuth = authOf(profile.localAuth, profile);
    const remoteAuth = authOf(profile.remoteAuth, profile);
    const keys =
      localAuth.kind === 'psk' || remoteAuth.kind === 'psk'
        ? ikev2Keys(index, { ...ends, localId, remoteId })
        : { secrets: [], sources: [], identity: null };
    const dpd = profile.dpd ?? globals.ikev2Dpd?.dpd ?? null;
    return {
      ike: {
        ...common(ends, dpd),
        at: proposals.at ?? profile.at,
        dpdTimeoutSeconds: null,
        version: 2,
        proposals: proposals.proposals,
        lifetimeSeconds: profile.lifetimeSeconds,
        localAuth,
        remoteAuth,
      },
      localId,
      remoteId: keys.identity ?? remoteId,
      secrets: keys.secrets,
      ikeSources: [
        ...proposals.sources,
        profile,
        ...(profile.dpd === null && globals.ikev2Dpd !== null ? [globals.ikev2Dpd] : []),
      ],
      secretSources: keys.sources,
      notes: [
        ...proposals.notes,
        ...(ends.peer !== null && (keys.identity ?? remoteId) === null ? [unknownIdentity(ends.peer)] : []),
      ],
    };
  }

  #indexOf(profile: Ikev2Profile): ProfileIndex {
    const known = this.#profiles.get(profile) ?? new ProfileIndex(profile, this.#facts);
    this.#profiles.set(profile, known);
    return known;
  }

  #isakmpKeys(peer: string | null, profile: IsakmpProfile | null): readonly IsakmpKey[] {
    const named = (profile?.keyrings ?? []).flatMap((name) => this.#ringKeys.get(name) ?? []);
    // Without a profile IOS looks at its top level first, and when answering at every keyring.
    const places =
      profile === null || named.length === 0 ? [this.#topKeys, ...this.#ringKeys.values()] : named;
    for (const place of places.slice(0, KEYRINGS_MAX)) {
      const found =
        peer === null
          ? place.wide.slice(0, WIDE_KEYS_MAX)
          : [place.find(peer)].filter((key) => key !== undefined);
      if (found.length > 0) return found;
    }
    return [];
  }

  #isakmpSecrets(ends: Ends, localId: string | null, keys: readonly IsakmpKey[]): readonly PlannedSecret[] {
    if (keys.length === 0) {
      return [sharedSecret({ ...ends, suffix: '', localId, remote: ends.peer }, missingKey(ends.peer))];
    }
    return keys.map(({ at, networks, key }, index) =>
      sharedSecret(
        { at, suffix: index === 0 ? '' : `-${index + 1}`, localId, remote: ends.peer ?? networkId(networks) },
        key,
      ),
    );
  }
}

function unknownIdentity(peer: string): string {
  return `The text doesn't tell one identity of ${peer}: set remote.id in its connection and id in its secret.`;
}

function byTemplate<Profile extends { readonly virtualTemplate: string | null }>(
  profiles: Iterable<Profile>,
): ReadonlyMap<string, Profile> {
  return new Map([...profiles].map((profile) => [profile.virtualTemplate ?? '', profile]));
}

function keysByNetwork(keys: readonly IsakmpKey[]): IsakmpKeys {
  return new BestMatch(keys.map((key) => [key.networks, key] as const));
}

function common(
  { at, rekeys }: Ends,
  dpd: Dpd | null,
): Pick<IkeSettings, 'at' | 'aggressive' | 'rekeys' | 'dpdDelaySeconds' | 'dpdTimeoutSeconds'> {
  return {
    at,
    aggressive: false,
    rekeys,
    dpdDelaySeconds: dpd?.delaySeconds ?? DPD_DEFAULT_SECONDS,
    dpdTimeoutSeconds: dpd?.timeoutSeconds ?? null,
  };
}

function authOf(method: 'psk' | 'certificate' | null, { trustpoint }: Ikev2Profile): AuthMethod {
  return method === 'certificate' ? { kind: 'certificate', name: trustpoint } : { kind: 'psk' };
}

function withoutKeys({ at, lines, keys }: Keyring): Fact {
  const ofKeys = new Set(keys.map((key) => key.at));
  return { at, lines: lines.filter((line) => !ofKeys.has(line)) };
}
