/** An IOS or IOS-XE configuration as a gateway: gathered, planned, assembled. */
import { type AccessList, AccessLists } from '../cisco/access-list.ts';
import { Assembly } from '../cisco/assemble.ts';
import type { Gateway } from '../gateway-model.ts';
import type { Reader, Reading } from '../reader.ts';
import { iosNetworkReader } from './access-lists.ts';
import { collect, type IosFacts } from './collect.ts';
import { planCryptoMaps } from './crypto-maps.ts';
import type { Interface } from './facts.ts';
import { IosIke } from './ike.ts';
import { isTunnel } from './interfaces.ts';
import { MapEnds } from './local-address.ts';
import { planTunnels } from './tunnels.ts';

export const readIos: Reader = (reading: Reading): Gateway => {
  const facts = collect(reading);
  const assembly = new Assembly(reading);
  const lists = new AccessLists(
    facts.accessLists,
    (use) => iosNetworkReader(facts.objectGroups, use),
    reading.report,
  );
  const work = {
    facts,
    ike: new IosIke(facts),
    assembly,
    reading,
    lists,
    ends: new MapEnds(facts),
  };
  planTunnels(work);
  planCryptoMaps(work);
  const gateway = assembly.gateway();
  dropUnused(facts, reading);
  return gateway;
};

/** What nothing uses is left out on purpose; what was carried stays carried. */
function dropUnused(facts: IosFacts, { report }: Reading): void {
  for (const found of facts.interfaces.values()) {
    const why = reasonAgainst(found);
    for (const line of found.lines) report.dropped(line, why);
  }
  for (const { lines } of facts.all)
    for (const line of lines) report.dropped(line, 'nothing that is translated uses it');
  for (const list of facts.accessLists.values()) dropList(list, report);
}

function reasonAgainst(found: Interface): string {
  if (!isTunnel(found)) return 'no tunnel starts here';
  return found.isShut ? 'a tunnel that is shut down' : 'a tunnel without protection';
}

function dropList({ headers, lines }: AccessList, report: Reading['report']): void {
  const why = 'no crypto map uses the list for this';
  for (const line of headers) report.dropped(line, why);
  for (const { line } of lines) report.dropped(line, why);
}
