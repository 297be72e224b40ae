/**
 * The two gateways and the addresses that belong to them: always the same, so that any log can be read at sight.
 *
 * Outer addresses are from the documentation and benchmarking ranges (RFC 5737, RFC 3849, RFC 2544).
 */
import { type CommandOptions, run } from './command.ts';

export type HostName = 'moon' | 'sun';
export type Family = 'ipv4' | 'ipv6';

/** The interface that joins the two, the same name at both ends. */
export const WAN = 'wan0';

interface Addresses {
  /** Address on the link between the gateways. */
  readonly outer: string;
  readonly outerPrefix: number;
  /** Address behind the gateway (on its loopback). */
  readonly inner: string;
  /** The network behind the gateway, which `inner` is in. */
  readonly subnet: string;
}

const NUMBERS: Readonly<Record<HostName, number>> = { moon: 1, sun: 2 };

/** One gateway: a network namespace with its addresses. */
export class Host {
  readonly name: HostName;
  /** What its files are called: its name, unless it is one that is there to take another's place (standby.ts). */
  readonly label: string;
  /** Name of the namespace; carries the pid of the process that made it. */
  readonly netns: string;
  readonly ipv4: Addresses;
  readonly ipv6: Addresses;
  /** Link address of its end of a veth pair. */
  readonly link: string;

  constructor(name: HostName, netns: string, label: string = name) {
    const n = NUMBERS[name];
    this.name = name;
    this.label = label;
    this.netns = netns;
    this.link = `02:00:00:00:00:0${n}`;
    this.ipv4 = { outer: `192.0.2.${n}`, outerPrefix: 24, inner: `10.${n}.0.1`, subnet: `10.${n}.0.0/16` };
    this.ipv6 = {
      outer: `2001:db8:0:1::${n}`,
      outerPrefix: 64,
      inner: `2001:db8:0:10${n}::1`,
      subnet: `2001:db8:0:10${n}::/64`,
    };
  }

  /** Prefixes a command so that it runs in this host's namespace, under the pid that is started. */
  inside(argv: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.netns, ...argv];
  }

  /** Runs a command in this host's namespace and returns its output. */
  run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return run(this.inside(argv), options);
  }

  /** Runs many `ip` commands (without the word `ip`) in this host's namespace, in one process. */
  async ip(commands: readonly string[]): Promise<void> {
    await run(['ip', '-n', this.netns, '-batch', '-'], { input: `${commands.join('\n')}\n` });
  }
}

/** One of many peers that all live at sun: an outer address there and an inner address at either end. */
export interface ManyPeer {
  /** `peer-0001` and up: the name of the connection at moon, and the peer's IKE identity. */
  readonly name: string;
  readonly outer: string;
  /** At moon, reached only through this peer's tunnel. */
  readonly innerMoon: string;
  /** At sun, reached only through this peer's tunnel. */
  readonly innerSun: string;
}

export const MANY_PEERS_MAX = 20_000;

/** The addresses of peer number `n`, from 1. */
export function manyPeer(n: number): ManyPeer {
  if (!Number.isInteger(n) || n < 1 || n > MANY_PEERS_MAX) throw new RangeError(`no peer number ${n}`);
  // From x.y.1.1 on, clear of the gateways' own inner addresses 10.1.0.1 and 10.2.0.1.
  const tail = `${1 + (n >> 8)}.${n & 255}`;
  return {
    name: `peer-${String(n).padStart(4, '0')}`,
    outer: `198.18.${tail}`,
    innerMoon: `10.1.${tail}`,
    innerSun: `10.2.${tail}`,
  };
}
