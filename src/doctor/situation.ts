/**
 * All that the single-end checks look at: the operator's configuration, the connections, charon itself.
 *
 * Data only. Which connection is whose peer is worked out as the daemon does it.
 */
import type { Config } from '../config/model.ts';
import { buildPeerTable, type PeerDefinition } from '../daemon/peer-table.ts';
import type { ConnectionFacts, Stats } from '../vici/index.ts';
import type { CharonOptions } from './charon-options.ts';
import type { ConnectionPlan } from './connection-plan.ts';

/** What charon said. */
export interface LiveCharon {
  readonly version: string;
  readonly stats: Stats;
  /** Installed traps. */
  readonly traps: readonly { readonly connection: string; readonly child: string }[];
}

export interface Situation {
  readonly config: Config;
  readonly plans: readonly ConnectionPlan[];
  /** As the file has them; what differs from `plans` isn't loaded. */
  readonly filePlans: readonly ConnectionPlan[];
  /** Connections that are peers of ours, with what is asked of them. */
  readonly ours: readonly OurConnection[];
  readonly peers: readonly PeerDefinition[];
  /** null: it wasn't asked, or didn't answer. */
  readonly charon: LiveCharon | null;
  /** null: strongswan.conf couldn't be read. */
  readonly options: CharonOptions | null;
}

export interface OurConnection {
  readonly plan: ConnectionPlan;
  readonly peer: PeerDefinition;
}

export type SituationParts = Omit<Situation, 'ours' | 'peers'>;

export function situationOf(parts: SituationParts): Situation {
  const { config, plans, charon } = parts;
  // What isn't loaded is no connection to the daemon; without charon the file is all that there is.
  const known = charon === null ? plans : plans.filter(({ isLoaded }) => isLoaded);
  const { peers } = buildPeerTable(config, known.map(factsOf));
  const byName = new Map(known.map((plan) => [plan.name, plan]));
  const ours = peers.flatMap((peer) => {
    const plan = peer.connection === null ? undefined : byName.get(peer.connection);
    return plan === undefined ? [] : [{ plan, peer }];
  });
  return { ...parts, ours, peers };
}

/** As `list-conns` shows it. */
export function factsOf(plan: ConnectionPlan): ConnectionFacts {
  return {
    name: plan.name,
    version: plan.version.value === 0 ? 'IKEv1/2' : `IKEv${plan.version.value}`,
    localAddresses: plan.localAddresses.value,
    remoteAddresses: plan.remoteAddresses.value,
    unique: `UNIQUE_${plan.unique.value.toUpperCase()}`,
    dpdDelaySeconds: plan.dpdDelaySeconds.value,
    rekeySeconds: plan.rekeySeconds.value,
    reauthSeconds: plan.reauthSeconds.value,
    children: plan.children.map((child) => ({
      name: child.name,
      mode: child.mode.toUpperCase(),
      startAction: child.startAction?.value ?? null,
      dpdAction: child.dpdAction.value,
      closeAction: child.closeAction.value,
      rekeySeconds: child.rekeySeconds.value,
    })),
  };
}
