/** What transform sets, proposals, PFS and lifetimes of an ASA mean for a child. Knows its defaults: 8 hours. */
import type { Fact } from '../cisco/commands.ts';
import type { ChildSettings, EspProposal } from '../gateway-model.ts';
import type { AsaFacts, MapEntry } from './facts.ts';

export interface ResolvedProtection {
  readonly settings: Omit<ChildSettings, 'name'>;
  readonly sources: readonly Fact[];
}

const LIFETIME_SECONDS = 28_800;

/** The child's settings; a text that says what is missing. */
export function resolveProtection(
  version: 1 | 2,
  entry: MapEntry,
  facts: AsaFacts,
  rekeys: boolean,
): ResolvedProtection | string {
  const groups = entry.pfs === null ? [] : [entry.pfs];
  const found = version === 1 ? transformSets(entry, facts, groups) : proposals(entry, facts, groups);
  if (typeof found === 'string') return found;
  const seconds = entry.lifetimeSeconds === null ? facts.lifetimeSeconds : null;
  const bytes = entry.lifetimeBytes === undefined ? facts.lifetimeBytes : null;
  return {
    settings: {
      at: (found.sources[0] ?? entry).at,
      proposals: found.proposals,
      lifetimeSeconds: entry.lifetimeSeconds ?? seconds?.value ?? LIFETIME_SECONDS,
      lifetimeBytes: entry.lifetimeBytes === undefined ? (bytes?.value ?? null) : entry.lifetimeBytes,
      rekeys,
      mode: found.mode,
    },
    sources: [...found.sources, ...[seconds, bytes].filter((fact) => fact !== null)],
  };
}

interface Found {
  readonly proposals: readonly EspProposal[];
  readonly mode: 'tunnel' | 'transport';
  readonly sources: readonly Fact[];
}

function transformSets({ ikev1Sets }: MapEntry, facts: AsaFacts, groups: readonly string[]): Found | string {
  const sets = ikev1Sets.flatMap((name) => facts.transformSets.get(name) ?? []);
  const missing = ikev1Sets.find((name) => !facts.transformSets.has(name));
  if (missing !== undefined) return `there is no ipsec transform-set ${missing} that is understood`;
  return {
    proposals: sets.map(({ encryption, integrity }) => ({
      encryption: [encryption],
      integrity: integrity === null ? [] : [integrity],
      groups,
      esn: 'no',
    })),
    mode: sets[0]?.mode ?? 'tunnel',
    sources: sets,
  };
}

function proposals(entry: MapEntry, facts: AsaFacts, groups: readonly string[]): Found | string {
  const names = entry.ikev2Proposals;
  const found = names.flatMap((name) => facts.proposals.get(name) ?? []);
  const missing = names.find((name) => (facts.proposals.get(name)?.encryption.length ?? 0) === 0);
  if (missing !== undefined) return `there is no ikev2 ipsec-proposal ${missing} that is understood`;
  return {
    proposals: found.map(({ encryption, integrity }) => ({ encryption, integrity, groups, esn: 'no' })),
    mode: entry.ikev2Mode,
    sources: found,
  };
}
