/** What IOS's transform sets, PFS and lifetimes mean for a child. Knows defaults of IOS: an hour, no limit by volume here. */
import type { Fact } from '../cisco/commands.ts';
import type { ChildSettings, EspProposal } from '../gateway-model.ts';
import type { IosFacts } from './collect.ts';
import type { Protection, TransformSet } from './facts.ts';

export interface ResolvedProtection {
  readonly settings: Omit<ChildSettings, 'name'>;
  readonly sources: readonly Fact[];
  /** Transform sets that are named and not there. */
  readonly missing: readonly string[];
}

const LIFETIME_SECONDS = 3_600;

/** What IOS has where no transform set is named (`default`). */
const DEFAULT_SET = { encryption: 'aes128', integrity: 'sha1' } as const;

/** @param mode what the kind of tunnel asks for; null: as the transform sets say */
export function resolveProtection(
  protection: Protection,
  facts: IosFacts,
  options: { readonly rekeys: boolean; readonly mode: 'tunnel' | null },
): ResolvedProtection {
  const { globals, transformSets } = facts;
  const sets = protection.transformSets.flatMap((name) => transformSets.get(name) ?? []);
  const groups = protection.pfs === null ? [] : [protection.pfs];
  const lifetimeBytes = protection.lifetimeBytes === undefined ? globals.lifetimeBytes : null;
  return {
    settings: {
      at: (sets[0] ?? protection).at,
      proposals: (sets.length === 0 ? [DEFAULT_SET] : sets).map((set) => proposalOf(set, groups)),
      lifetimeSeconds: protection.lifetimeSeconds ?? globals.lifetimeSeconds?.value ?? LIFETIME_SECONDS,
      lifetimeBytes:
        protection.lifetimeBytes === undefined
          ? (globals.lifetimeBytes?.value ?? null)
          : protection.lifetimeBytes,
      rekeys: options.rekeys,
      mode: options.mode ?? sets[0]?.mode ?? 'tunnel',
    },
    sources: [
      ...sets,
      ...(protection.lifetimeSeconds === null && globals.lifetimeSeconds !== null
        ? [globals.lifetimeSeconds]
        : []),
      ...(lifetimeBytes === null ? [] : [lifetimeBytes]),
    ],
    missing: protection.transformSets.filter((name) => !transformSets.has(name)),
  };
}

function proposalOf(
  { encryption, integrity }: Pick<TransformSet, 'encryption' | 'integrity'>,
  groups: readonly string[],
): EspProposal {
  return {
    encryption: [encryption],
    integrity: integrity === null ? [] : [integrity],
    groups,
    esn: 'no',
  };
}
