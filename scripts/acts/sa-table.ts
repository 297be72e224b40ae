/** IKE_SAs and CHILD_SAs of both ends, as text. */
import type { Charon } from '../../test/netns/lab/charon.ts';
import type { HostName } from '../../test/netns/lab/hosts.ts';
import type { IkeSa } from '../../test/netns/lab/ike-sas.ts';

const SHORT_DIGITS = 8;

/** The first digits of an initiator SPI: enough to tell two IKE_SAs of an act apart. */
export function shortSpi(spi: string): string {
  return spi.slice(0, SHORT_DIGITS);
}

/** Which gateway started it. Nothing is rekeyed in the demo, so charon's own word holds. */
export function starterOf(sa: Pick<IkeSa, 'isInitiator'>, at: HostName): HostName {
  const other = at === 'moon' ? 'sun' : 'moon';
  return sa.isInitiator ? at : other;
}

export function installedChildren(sas: readonly IkeSa[]): number {
  return sas.flatMap(({ children }) => children).filter(({ state }) => state === 'INSTALLED').length;
}

/** What the charon of one gateway has, a line per IKE_SA. */
export async function saTable(charon: Charon): Promise<string[]> {
  const { name } = charon.host;
  const sas = await charon.sas();
  const children = installedChildren(sas);
  return [
    `charon at ${name}: ${counted(sas.length, 'IKE_SA')}, ${counted(children, 'CHILD_SA')}`,
    ...sas.map((sa) => `  ${words(sa, name)}`),
  ];
}

function words(sa: IkeSa, at: HostName): string {
  const children = sa.children.map((child) => `CHILD_SA ${child.name} ${child.state}`);
  const parts = [
    `IKE_SA ${sa.initiatorSpi}`,
    `#${sa.id}`,
    sa.state,
    `started by ${starterOf(sa, at)}`,
    children.length === 0 ? 'no CHILD_SA' : children.join(', '),
  ];
  return parts.join('  ');
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
