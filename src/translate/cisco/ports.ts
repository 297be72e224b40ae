/** Port numbers behind the names that IOS and ASA print in place of them. */

const NAMES: Readonly<Record<string, number>> = {
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  tftp: 69,
  www: 80,
  http: 80,
  pop3: 110,
  ntp: 123,
  imap4: 143,
  snmp: 161,
  snmptrap: 162,
  bgp: 179,
  ldap: 389,
  https: 443,
  isakmp: 500,
  syslog: 514,
  lpd: 515,
  rip: 520,
  ldaps: 636,
  sqlnet: 1521,
  radius: 1645,
  h323: 1720,
  'non500-isakmp': 4500,
  sip: 5060,
};

const PORT_MAX = 65_535;

/** A port as number or name; null: neither. */
export function portNumber(text: string): number | null {
  if (/^\d{1,5}$/.test(text)) return Number(text) <= PORT_MAX ? Number(text) : null;
  return Object.hasOwn(NAMES, text.toLowerCase()) ? (NAMES[text.toLowerCase()] ?? null) : null;
}

/** `eq`, `range`, `gt`, `lt` as swanctl writes ports, `443` or `80-90`; null: not one range. */
export function portRange(operator: string, first: string, second: string | undefined): string | null {
  const low = portNumber(first);
  if (low === null) return null;
  switch (operator) {
    case 'eq':
      return String(low);
    case 'gt':
      return low < PORT_MAX ? `${low + 1}-${PORT_MAX}` : null;
    case 'lt':
      return low > 0 ? `0-${low - 1}` : null;
    case 'range': {
      const high = second === undefined ? null : portNumber(second);
      return high === null || high < low ? null : `${low}-${high}`;
    }
    default:
      return null;
  }
}
