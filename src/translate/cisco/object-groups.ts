/** Named groups of networks, groups within groups included. Knows no command. */
import type { Fact } from './commands.ts';
import type { Network } from './networks.ts';
import type { Read } from './selectors.ts';

/** A group of networks, and the groups (or single objects) that it takes in. */
export interface ObjectGroup extends Fact {
  readonly name: string;
  readonly networks: Network[];
  readonly groups: string[];
}

/** Networks of one group, with all that it takes in. */
export const GROUP_NETWORKS_MAX = 256;
/** Groups that one group may take in, directly or not. */
const GROUPS_MAX = 256;

/** The networks of a group with those of the groups in it, each once. Every group that counts is told to `use`. */
export function groupNetworks(
  name: string,
  groups: ReadonlyMap<string, ObjectGroup>,
  use: (group: ObjectGroup) => void,
): Read<readonly Network[]> {
  const networks = new Map<string, Network>();
  const seen = new Set([name]);
  for (const next of seen) {
    const group = groups.get(next);
    if (group === undefined)
      return { ok: false, why: `there is no network object ${next} that is understood` };
    use(group);
    for (const network of group.networks) networks.set(network.cidr, network);
    // A set that grows while it is walked is walked to its end; a group that takes in itself is there once.
    for (const inner of group.groups) seen.add(inner);
    if (networks.size > GROUP_NETWORKS_MAX || seen.size > GROUPS_MAX) {
      return { ok: false, why: `${name} has more than ${GROUP_NETWORKS_MAX} networks: widen them` };
    }
  }
  return networks.size === 0
    ? { ok: false, why: `${name} has no networks` }
    : { ok: true, value: [...networks.values()] };
}
