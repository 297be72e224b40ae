/**
 * Packets that don't arrive, by nftables. Works on both kinds of wire.
 *
 * All rules stand where packets come in: one dropped on its way out makes sendto() fail with EPERM, which charon sees,
 * and silence is what can't be seen. So whoever is to be silent is made so at both ends.
 */

import { run } from './command.ts';
import type { Host } from './hosts.ts';
import { exchangeNumber, type IkeExchange } from './ike-exchange.ts';

export interface DropChoice {
  /** Only packets that come from this address. */
  readonly from?: string;
  /** Only packets that go to this address. */
  readonly to?: string;
  /** Only this exchange; otherwise everything on UDP 500 and 4500, ESP included. */
  readonly exchange?: IkeExchange;
  /** Only this kind of message, of IKEv2; needs `exchange`. */
  readonly message?: 'request' | 'response';
  /** Only the first so many; needs `exchange`. */
  readonly count?: number;
  /** Only this share, by chance. */
  readonly lossPercent?: number;
}

let tables = 0;

/** A rule at work; it lies in a table of its own, so that lifting it touches no other. */
export class Drop {
  private readonly places: readonly { readonly host: Host; readonly table: string }[];

  constructor(places: readonly { readonly host: Host; readonly table: string }[]) {
    this.places = places;
  }

  /** Lets packets pass again. */
  async lift(): Promise<void> {
    await Promise.all(
      this.places.map(({ host, table }) => host.run(['nft', 'delete', 'table', 'inet', table])),
    );
  }

  /** How many packets have been dropped so far. */
  async dropped(): Promise<number> {
    const texts = await Promise.all(
      this.places.map(({ host, table }) => host.run(['nft', 'list', 'table', 'inet', table])),
    );
    return texts
      .flatMap((text) => [...text.matchAll(/counter packets (\d+)/g)])
      .reduce((sum, match) => sum + Number(match[1]), 0);
  }
}

/** Drops what is chosen as it arrives at `host`. */
export async function dropAt(host: Host, choice: DropChoice = {}): Promise<Drop> {
  return new Drop([{ host, table: await install(host, choice) }]);
}

/** Cuts all IKE and ESP between two hosts; with `address`, only what goes to or comes from that address of `b`. */
export async function silence(a: Host, b: Host, address?: string): Promise<Drop> {
  return new Drop([
    { host: a, table: await install(a, address === undefined ? {} : { from: address }) },
    { host: b, table: await install(b, address === undefined ? {} : { to: address }) },
  ]);
}

async function install(host: Host, choice: DropChoice): Promise<string> {
  tables += 1;
  const table = `drop${tables}`;
  const lines = matches(choice).map((match) => `${match} counter drop`);
  const text = `table inet ${table} {\n chain arriving {\n  type filter hook input priority 0;\n  ${lines.join('\n  ')}\n }\n}\n`;
  await run(host.inside(['nft', '-f', '-']), { input: text });
  return table;
}

/** The left sides of the rules: one for each port, since the IKE header begins 4 bytes later on 4500 (RFC 3948, 2.2). */
function matches(choice: DropChoice): string[] {
  const ends = [
    ...(choice.from === undefined ? [] : [`${ipWord(choice.from)} saddr ${choice.from}`]),
    ...(choice.to === undefined ? [] : [`${ipWord(choice.to)} daddr ${choice.to}`]),
  ];
  const chance =
    choice.lossPercent === undefined
      ? []
      : [`numgen random mod 1000 < ${Math.round(choice.lossPercent * 10)}`];
  if (choice.exchange === undefined) {
    return ['udp sport { 500, 4500 }', 'udp sport != { 500, 4500 } udp dport { 500, 4500 }'].map((ports) =>
      [...ends, ports, ...chance].join(' '),
    );
  }
  const exchange = exchangeNumber(choice.exchange);
  // Each port counts for itself: an exchange of one IKE_SA doesn't change ports half-way.
  const count = choice.count === undefined ? [] : [`numgen inc mod 1000000 < ${choice.count}`];
  return [
    { port: 'udp dport 500', udpHeaderAndMarker: 8 },
    { port: 'udp dport 4500 @th,64,32 0', udpHeaderAndMarker: 12 },
  ].map(({ port, udpHeaderAndMarker }) =>
    [
      ...ends,
      port,
      `@th,${(udpHeaderAndMarker + 18) * 8},8 ${exchange}`,
      ...(choice.message === undefined
        ? []
        : [
            `@th,${(udpHeaderAndMarker + 19) * 8},8 & 0x20 == ${choice.message === 'response' ? '0x20' : '0'}`,
          ]),
      ...chance,
      ...count,
    ].join(' '),
  );
}

function ipWord(address: string): string {
  return address.includes(':') ? 'ip6' : 'ip';
}
