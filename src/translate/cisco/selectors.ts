/**
 * One line of an access list as traffic selectors.
 *
 * Both dialects write `permit PROTOCOL SOURCE [PORTS] DESTINATION [PORTS]`; they differ in masks against wildcards and in
 * what objects there are, which a {@link NetworkReader} knows. Every pair of networks becomes a selector of its own, as
 * a Cisco negotiates them: one CHILD_SA for each.
 */
import { ANY_IPV4, ANY_IPV6, type Network, overlap } from './networks.ts';
import { portRange } from './ports.ts';

/** What was understood, or why not. */
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly why: string };

/** Traffic of one pair of networks, seen from the gateway. */
export interface Selector {
  readonly local: Network;
  readonly remote: Network;
  /** `tcp`, `47`; null: any. */
  readonly protocol: string | null;
  /** `443` or `80-90`; null: any. */
  readonly localPort: string | null;
  readonly remotePort: string | null;
}

/** Reads what stands for addresses and ports at a position of a line; moves the position on. */
export interface NetworkReader {
  readonly networks: (words: Words) => Read<readonly Network[]>;
  /** Ports of an object group at the position; undefined: there is none here. */
  readonly portGroup: (words: Words) => Read<readonly string[]> | undefined;
}

/** Pairs that one line may become: what is beyond needs a wider network, not more children. */
export const PAIRS_MAX = 64;

/** The words of a line and how far they are read. */
export class Words {
  readonly #words: readonly string[];
  #at: number;

  constructor(words: readonly string[], from: number) {
    this.#words = words;
    this.#at = from;
  }

  /** The next word in lower case, without taking it; '' at the end. */
  peek(): string {
    return this.#words[this.#at]?.toLowerCase() ?? '';
  }

  /** The word behind the next one, as it was written; '' beyond the end. */
  peekSecond(): string {
    return this.#words[this.#at + 1] ?? '';
  }

  /** Takes the next word as it was written; '' at the end. */
  take(): string {
    const word = this.#words[this.#at] ?? '';
    this.#at += 1;
    return word;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#words.length;
  }
}

/** Words behind the selectors that change nothing of what is protected. */
const HARMLESS = /^(?:log|log-input|debugging|informational|warnings|disable|default|interval|\d+)$/;
const PROTOCOL = /^(?:ip|tcp|udp|icmp|icmp6|gre|esp|ah|ahp|ospf|eigrp|pim|igmp|sctp|ipinip|\d{1,3})$/;
const PROTOCOL_KEYWORDS: Readonly<Record<string, string>> = {
  icmp6: 'ipv6-icmp',
  ahp: 'ah',
  eigrp: '88',
  ipinip: '4',
};

/** The selectors of a line from its protocol on. */
export function readSelectors(words: Words, reader: NetworkReader): Read<readonly Selector[]> {
  const protocolText = words.peek();
  if (!PROTOCOL.test(protocolText) || Number(protocolText) > 255) {
    return {
      ok: false,
      why: `the protocol '${words.peek()}' is not known here; write it as ip, tcp, udp or a number`,
    };
  }
  words.take();
  const protocol = protocolText === 'ip' || protocolText === '0' ? null : protocolText;
  const sources = reader.networks(words);
  if (!sources.ok) return sources;
  const sourcePorts = readPorts(words, protocol, reader);
  if (!sourcePorts.ok) return sourcePorts;
  const destinations = reader.networks(words);
  if (!destinations.ok) return destinations;
  const destinationPorts = readPorts(words, protocol, reader);
  if (!destinationPorts.ok) return destinationPorts;
  while (!words.isAtEnd) {
    const word = words.take();
    if (!HARMLESS.test(word.toLowerCase())) {
      return { ok: false, why: `'${word}' has no counterpart in a traffic selector` };
    }
  }
  return pairs(
    protocol === null ? null : (PROTOCOL_KEYWORDS[protocol] ?? protocol),
    { networks: sources.value, ports: sourcePorts.value },
    { networks: destinations.value, ports: destinationPorts.value },
  );
}

interface End {
  readonly networks: readonly Network[];
  readonly ports: readonly (string | null)[];
}

function pairs(protocol: string | null, local: End, remote: End): Read<readonly Selector[]> {
  const count = local.networks.length * local.ports.length * remote.networks.length * remote.ports.length;
  if (count > PAIRS_MAX) {
    return {
      ok: false,
      why: `it stands for ${count} pairs of networks, at most ${PAIRS_MAX} are possible: widen the networks or split the line`,
    };
  }
  const selectors = local.networks.flatMap((localNetwork) =>
    remote.networks
      // `any` stands for both families; a pair across them protects nothing.
      .filter(({ family }) => family === localNetwork.family)
      .flatMap((remoteNetwork) =>
        local.ports.flatMap((localPort) =>
          remote.ports.map((remotePort) => ({
            local: localNetwork,
            remote: remoteNetwork,
            protocol,
            localPort,
            remotePort,
          })),
        ),
      ),
  );
  return selectors.length === 0
    ? { ok: false, why: 'source and destination are of different families' }
    : { ok: true, value: selectors };
}

function readPorts(
  words: Words,
  protocol: string | null,
  reader: NetworkReader,
): Read<readonly (string | null)[]> {
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') return { ok: true, value: [null] };
  const group = reader.portGroup(words);
  if (group !== undefined) return group;
  const operator = words.peek();
  if (!/^(?:eq|gt|lt|neq|range)$/.test(operator)) return { ok: true, value: [null] };
  words.take();
  const first = words.take();
  const range = portRange(operator, first, operator === 'range' ? words.take() : undefined);
  return range === null
    ? { ok: false, why: `ports '${operator} ${first}' can't be one range of a traffic selector` }
    : { ok: true, value: [range] };
}

/** `any`, `any4`, `any6` at the position, else undefined. `any` alone is both families where `both` says so. */
export function anyNetworks(words: Words, both: boolean): readonly Network[] | undefined {
  const word = words.peek();
  if (word !== 'any' && word !== 'any4' && word !== 'any6') return undefined;
  words.take();
  if (word === 'any4') return [ANY_IPV4];
  if (word === 'any6') return [ANY_IPV6];
  return both ? [ANY_IPV4, ANY_IPV6] : [ANY_IPV4];
}

/** One end as swanctl writes it: `10.1.0.0/16`, `10.1.0.1/32[tcp/443]`. */
export function selectorText(selector: Selector, end: 'local' | 'remote'): string {
  const { cidr } = selector[end];
  const port = end === 'local' ? selector.localPort : selector.remotePort;
  if (selector.protocol === null) return cidr;
  return port === null ? `${cidr}[${selector.protocol}]` : `${cidr}[${selector.protocol}/${port}]`;
}

/** True if some traffic belongs to both, ports left aside: rather too often than too seldom. */
export function selectorsOverlap(a: Selector, b: Selector): boolean {
  const isSameProtocol = a.protocol === null || b.protocol === null || a.protocol === b.protocol;
  return isSameProtocol && overlap(a.local, b.local) && overlap(a.remote, b.remote);
}
