/** A connection as both dialects plan it, before names and templates are chosen; and how plans for one peer become one. */
import type { ChildSettings, IkeSettings, PeerPolicy, TrafficSelector } from '../gateway-model.ts';
import type { SourceLine } from '../source-line.ts';
import type { Fact } from './commands.ts';
import type { Key } from './keys.ts';
import type { Selector } from './selectors.ts';

export interface PlannedChild {
  readonly settings: Omit<ChildSettings, 'name'>;
  readonly local: TrafficSelector;
  readonly remote: TrafficSelector;
}

export interface PlannedSecret {
  readonly at: SourceLine;
  /** Behind the name of the connection; '' for the first one. */
  readonly suffix: string;
  /** IKE identities; empty: all. */
  readonly ids: readonly string[];
  readonly key: Key;
}

/** Facts by the file and section that they go to. */
export interface Sources {
  readonly ike: readonly Fact[];
  readonly child: readonly Fact[];
  readonly connection: readonly Fact[];
  readonly secret: readonly Fact[];
  readonly policy: readonly Fact[];
}

export interface Backup {
  readonly of: string;
  /** The line that names the peer. */
  readonly line: SourceLine;
  /** What the operator should know of it, a whole sentence. */
  readonly note: string;
}

export interface PlannedConnection {
  /** The original's name of what groups connections: crypto map, profile. */
  readonly group: string;
  /** What tells it from the others of the group: address, interface. */
  readonly label: string;
  readonly at: SourceLine;
  /** A peer that the original turns to only when another one, `of`, fails. */
  readonly backup: Backup | null;
  readonly ike: Omit<IkeSettings, 'name'>;
  readonly localAddress: string | null;
  readonly remoteAddresses: readonly string[];
  readonly localId: string | null;
  readonly remoteId: string | null;
  readonly children: readonly PlannedChild[];
  readonly ifId: number | null;
  readonly policy: PeerPolicy;
  readonly secrets: readonly PlannedSecret[];
  readonly sources: Sources;
}

/** What merging has to say about a line. */
export interface MergeTold {
  readonly dropped: (line: SourceLine, why: string) => void;
  readonly note: (line: SourceLine, text: string) => void;
}

/**
 * One plan for each peer of a group: charon takes the first connection that fits a peer and looks for children in no other.
 * A backup whose peer has a connection of its own is left out.
 */
export function mergePlans(
  plans: readonly PlannedConnection[],
  told: MergeTold,
): readonly PlannedConnection[] {
  const byPeer = new Map<string, PlannedConnection[]>();
  for (const plan of plans) {
    const key = JSON.stringify([plan.group, plan.label]);
    const same = byPeer.get(key);
    if (same === undefined) byPeer.set(key, [plan]);
    else same.push(plan);
  }
  return [...byPeer.values()].map((same) => mergeOne(same, told));
}

function mergeOne(plans: readonly PlannedConnection[], told: MergeTold): PlannedConnection {
  const own = plans.filter(({ backup }) => backup === null);
  const kept = own.length > 0 ? own : plans.slice(0, 1);
  for (const plan of plans) {
    if (kept.includes(plan) || plan.backup === null) continue;
    told.dropped(plan.backup.line, `as a backup of ${plan.backup.of}: the peer has a connection of its own`);
  }
  for (const { backup } of kept) if (backup !== null) told.note(backup.line, backup.note);
  const [first, ...more] = kept as [PlannedConnection, ...PlannedConnection[]];
  if (more.length === 0) return first;
  for (const plan of more) {
    if (!isSame(plan.ike, first.ike) || !isSame(plan.policy, first.policy)) {
      told.note(
        plan.at,
        `${plan.label} has another entry with other IKE settings or another role; one connection can have only those of the first.`,
      );
    }
  }
  return {
    ...first,
    children: distinct(kept.flatMap(({ children }) => children)),
    sources: {
      ike: kept.flatMap(({ sources }) => sources.ike),
      child: kept.flatMap(({ sources }) => sources.child),
      connection: kept.flatMap(({ sources }) => sources.connection),
      secret: kept.flatMap(({ sources }) => sources.secret),
      policy: kept.flatMap(({ sources }) => sources.policy),
    },
  };
}

/** Equal in all but the lines that they come from. */
function isSame(a: object, b: object): boolean {
  return JSON.stringify({ ...a, at: null }) === JSON.stringify({ ...b, at: null });
}

function distinct(children: readonly PlannedChild[]): readonly PlannedChild[] {
  return [...new Map(children.map((child) => [JSON.stringify([child.local, child.remote]), child])).values()];
}

/** The two ends of an access list's selector. */
export function trafficOf(selector: Selector): {
  readonly local: TrafficSelector;
  readonly remote: TrafficSelector;
} {
  const { protocol } = selector;
  return {
    local: { subnet: selector.local.cidr, protocol, port: selector.localPort },
    remote: { subnet: selector.remote.cidr, protocol, port: selector.remotePort },
  };
}
