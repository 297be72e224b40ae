/**
 * Planned connections become a gateway: unique names, shared templates, one service for each crypto map or profile.
 *
 * Knows names and limits, and tells the report where each line went.
 */
import {
  type ChildSettings,
  type Connection,
  type Gateway,
  type IkeSettings,
  type Note,
  type PeerPolicy,
  type Secret,
  type Service,
  sectionName,
  type TunnelInterface,
} from '../gateway-model.ts';
import { OUTPUT_FILES as FILES } from '../output-files.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import type { Fact } from './commands.ts';
import { mergePlans, type PlannedConnection } from './plan.ts';

/** Connections of one gateway; charon itself takes more. */
export const CONNECTIONS_MAX = 10_000;
/** Children of all connections together. */
export const CHILDREN_MAX = 50_000;
const SERVICE_NAME_MAX = 32;
/** A report names three places of a line; naming more of them would only cost time. */
const CLAIMS_MAX = 4;

interface OpenService {
  readonly name: string;
  readonly at: SourceLine;
  readonly plans: [string, PeerPolicy][];
}

export class Assembly {
  readonly interfaces: TunnelInterface[] = [];
  readonly #reading: Reading;
  readonly #notes = new Map<string, Note>();
  readonly #plans: PlannedConnection[] = [];
  readonly #connections: Connection[] = [];
  readonly #secrets: Secret[] = [];
  readonly #services = new Map<string, OpenService>();
  readonly #serviceNames = new Names();
  readonly #sections = new Names();
  readonly #ike = new Map<string, IkeSettings>();
  readonly #children = new Map<string, ChildSettings>();
  readonly #claims = new Map<Fact, number>();
  #childCount = 0;
  #isFull = false;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** True once a connection was refused: planning more of them is in vain. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** A word to the operator; the same word about the same line counts once. */
  note(at: SourceLine | null, text: string): void {
    this.#notes.set(`${at?.file ?? ''}:${at?.number ?? 0}:${text}`, { at, text });
  }

  /** Adds a connection; beyond the limits it is refused, once. */
  add(plan: PlannedConnection): void {
    if (this.#isFull) return;
    this.#childCount += plan.children.length;
    this.#isFull = this.#plans.length === CONNECTIONS_MAX || this.#childCount > CHILDREN_MAX;
    if (!this.#isFull) this.#plans.push(plan);
    else {
      this.#reading.refusals.add(
        plan.at,
        'too-many',
        `more than ${CONNECTIONS_MAX} connections or ${CHILDREN_MAX} pairs of networks`,
        'Translate it in parts.',
      );
    }
  }

  /** The gateway of all connections; claims the lines that they come from. */
  gateway(): Gateway {
    const { report } = this.#reading;
    const merged = mergePlans(this.#plans, {
      dropped: (line, why) => report.dropped(line, why),
      note: (line, text) => this.note(line, text),
    });
    for (const plan of merged) this.#place(plan);
    return {
      connections: this.#connections,
      peerLists: [],
      services: [...this.#services.values()].map(serviceOf),
      secrets: this.#secrets,
      interfaces: this.interfaces,
      notes: [...this.#notes.values()],
      unfinished: [],
    };
  }

  #place(plan: PlannedConnection): void {
    const service = this.#serviceOf(plan);
    const name = this.#sections.unique(sectionName(service.name, plan.label));
    const settings = this.#shared(this.#ike, `ike-${service.name}`, plan.ike);
    const children = plan.children.map((child, index) => ({
      name: plan.children.length === 1 ? 'net' : `net-${index + 1}`,
      settings: this.#shared(this.#children, `child-${service.name}`, child.settings),
      local: [child.local],
      remote: [child.remote],
    }));
    const { at, localAddress, remoteAddresses, localId, remoteId, ifId, policy } = plan;
    const ends = { localAddress, remoteAddresses, localId, remoteId };
    this.#connections.push({ name, at, settings, ...ends, children, ifId });
    service.plans.push([name, policy]);
    for (const { at: line, suffix, ids, key } of plan.secrets) {
      this.#secrets.push({ name: `${name}${suffix}`, at: line, ids, value: key.value, why: key.why });
    }
    const { sources } = plan;
    this.#claim(sources.connection, `${FILES.connections} connections.${name}`);
    this.#claim(sources.ike, `${FILES.connections} ${settings.name}`);
    this.#claim(sources.child, `${FILES.connections} ${children[0]?.settings.name ?? name}`);
    this.#claim(sources.secret, `${FILES.secrets} ike-${name}`);
    this.#claim(sources.policy, `${FILES.policy} services.${service.name}`);
  }

  #claim(facts: readonly Fact[], where: string): void {
    for (const fact of facts) {
      const count = this.#claims.get(fact) ?? 0;
      if (count >= CLAIMS_MAX) continue;
      this.#claims.set(fact, count + 1);
      for (const line of fact.lines) this.#reading.report.carried(line, where);
    }
  }

  #serviceOf({ group, at }: PlannedConnection): OpenService {
    const known = this.#services.get(group);
    if (known !== undefined) return known;
    // Letters and digits only: then `NAME-*` of one service never fits the connections of another.
    const base = group.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, SERVICE_NAME_MAX) || 'tunnels';
    const service = { name: this.#serviceNames.uniqueWord(base, SERVICE_NAME_MAX), at, plans: [] };
    this.#services.set(group, service);
    return service;
  }

  /** The settings under a name; equal ones share it. Which line they come from makes no difference. */
  #shared<Settings extends { readonly name: string }>(
    known: Map<string, Settings>,
    base: string,
    settings: Omit<Settings, 'name'>,
  ): Settings {
    const key = `${base} ${JSON.stringify({ ...settings, at: null })}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = { ...settings, name: this.#sections.unique(base) } as Settings;
    known.set(key, made);
    return made;
  }
}

/** Names that are taken; asking for one that is gives it a number. */
class Names {
  readonly #next = new Map<string, number>();

  unique(base: string): string {
    return this.#first(base, (n) => `${base}-${n}`);
  }

  /** Without a dash, and no longer than `max`. */
  uniqueWord(base: string, max: number): string {
    return this.#first(base, (n) => `${base.slice(0, max - 1 - String(n).length)}x${n}`);
  }

  #first(base: string, numbered: (n: number) => string): string {
    let name = base;
    while (this.#next.has(name)) {
      const n = (this.#next.get(base) ?? 1) + 1;
      this.#next.set(base, n);
      name = numbered(n);
    }
    this.#next.set(name, 1);
    return name;
  }
}

/** The policy that most peers have is the service's; the others are told one by one. */
function serviceOf({ name, at, plans }: OpenService): Service {
  const counts = new Map<string, { readonly policy: PeerPolicy; count: number }>();
  for (const [, policy] of plans) {
    const known = counts.get(JSON.stringify(policy));
    if (known === undefined) counts.set(JSON.stringify(policy), { policy, count: 1 });
    else known.count += 1;
  }
  const usual = [...counts.values()].sort((a, b) => b.count - a.count)[0]?.policy ?? {};
  const others = plans.filter(([, policy]) => JSON.stringify(policy) !== JSON.stringify(usual));
  return {
    name,
    at,
    context: null,
    deploymentMode: 'site-to-site',
    bind: null,
    peerListName: null,
    connections: [`${name}-*`],
    ...usual,
    // A peer inherits what isn't said.
    peers: new Map(
      others.map(([peer, policy]) => [peer, usual.noRekey === true ? { noRekey: false, ...policy } : policy]),
    ),
  };
}
