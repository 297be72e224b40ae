/** An ASA configuration as a gateway: gathered, planned, assembled. */
import { type AccessList, AccessLists } from '../cisco/access-list.ts';
import { Assembly } from '../cisco/assemble.ts';
import type { Gateway } from '../gateway-model.ts';
import type { Reader, Reading } from '../reader.ts';
import { planCryptoMaps } from './build.ts';
import { collect } from './collect.ts';
import type { AsaFacts } from './facts.ts';
import { asaNetworkReader } from './objects.ts';

export const readAsa: Reader = (reading: Reading): Gateway => {
  const { report } = reading;
  const facts = collect(reading);
  const assembly = new Assembly(reading);
  const resolve = (text: string): string => {
    const named = facts.names.get(text.toLowerCase());
    if (named === undefined) return text;
    report.carried(named.at, `as ${named.address} wherever it is used`);
    return named.address;
  };
  const lists = new AccessLists(
    facts.accessLists,
    (use) => asaNetworkReader(facts, { object: use, service: use, resolve }),
    report,
  );
  const nameifs = new Map([...facts.interfaces.values()].map((found) => [found.nameif ?? '', found]));
  planCryptoMaps({ facts, assembly, reading, lists, nameifs, resolve });
  const gateway = assembly.gateway();
  dropUnused(facts, reading);
  return gateway;
};

/** What nothing uses is left out on purpose; what was carried stays carried. */
function dropUnused(facts: AsaFacts, { report }: Reading): void {
  for (const { lines } of facts.all)
    for (const line of lines) report.dropped(line, 'nothing that is translated uses it');
  for (const list of facts.accessLists.values()) dropList(list, report);
}

function dropList({ headers, lines }: AccessList, report: Reading['report']): void {
  const why = 'no crypto map uses the list for this';
  for (const line of headers) report.dropped(line, why);
  for (const { line } of lines) report.dropped(line, why);
}
