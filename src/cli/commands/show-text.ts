/**
 * What `show` prints. Lines that Cisco documents are as documented (StarOS, "Security Gateway as Initiator", for
 * wsg-service; document 113158 for isakmp); everything else is laid out our own way and claims no likeness.
 */
import type {
  IkeSaDetails,
  PeerListStatus,
  PeerListsReport,
  ServiceStatus,
  ServicesReport,
} from '../../control/show-api.ts';
import { columns } from '../text/columns.ts';
import { duration } from '../text/times.ts';

export function servicesText({ services }: ServicesReport): string {
  return services.length === 0 ? 'no services\n' : services.map(serviceText).join('\n');
}

function serviceText(service: ServiceStatus): string {
  const states = Object.entries(service.states).map(([state, count]) => `${count} ${state}`);
  const peers = states.length === 0 ? `${service.peers}` : `${service.peers} (${states.join(', ')})`;
  const lines = [
    `Service name: ${service.service}`,
    `  Context: ${service.context ?? '-'}`,
    `  Deployment mode : ${service.deployment_mode}`,
    `  Bind address : ${service.bind ?? '-'}`,
    `  Connections : ${service.connections.join(', ')}`,
    `  Policy : ${service.policy}, collision ${service.collision}`,
    `  Peers : ${peers}`,
    `  peer list : ${service.peer_list ?? '-'}`,
    `  Initiator mode duration : ${service.initiator_mode_seconds} seconds`,
    `  Responder mode duration : ${service.responder_mode_seconds} seconds`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function peerListsText({ peer_lists: lists }: PeerListsReport): string {
  return lines('no peer lists', lists.map(peerListText));
}

function peerListText(list: PeerListStatus): string {
  const { peer_list: name, family, services, file, line, addresses, addresses_max: max } = list;
  const users = services.length === 0 ? 'no service refers to it' : `of service ${services.join(', ')}`;
  const head = `peer list ${name}: ${family}, ${addresses.length} of at most ${max} addresses, ${users} (${file}:${line})\n`;
  if (addresses.length === 0) return head;
  const rows = addresses.map(({ address, kind, state, connection }) => [
    address,
    kind,
    state ?? '',
    connection ?? '',
  ]);
  return head + columns([['ADDRESS', 'KIND', 'STATE', 'CONNECTION'], ...rows]);
}

/** One block for each, with the items that the sample has. */
export function isakmpText(ikeSas: readonly IkeSaDetails[]): string {
  const blocks = ikeSas.map((sa) =>
    [
      `IKE Peer: ${sa.remote.host}`,
      `  Type : ${sa.type === 'user' ? 'user' : 'L2L'}`,
      `  Role : ${sa.role}`,
      `  Rekey : ${sa.is_rekeying ? 'yes' : 'no'}`,
      `  State : ${stateOf(sa, 'MM_ACTIVE')}`,
      '',
    ].join('\n'),
  );
  return lines('no IKEv1 IKE_SAs', blocks);
}

const DETAIL_HEADINGS = [
  '',
  'IKE Peer',
  'Type',
  'Dir',
  'Rky',
  'State',
  'Encrypt',
  'Hash',
  'Auth',
  'Lifetime',
];

/** The table of the sample: a number, then its nine columns. */
export function isakmpDetailText(ikeSas: readonly IkeSaDetails[]): string {
  if (ikeSas.length === 0) return 'no IKEv1 IKE_SAs\n';
  const rows = ikeSas.map((sa, index) => [
    String(index + 1),
    sa.remote.host,
    sa.type === 'user' ? 'User' : 'L2L',
    sa.role === 'initiator' ? 'Init' : 'Resp',
    sa.is_rekeying ? 'Yes' : 'No',
    stateOf(sa, 'MM_Active'),
    encryptionOf(sa),
    hashOf(sa),
    authenticationOf(sa),
    lifetimeOf(sa),
  ]);
  // An empty heading would be shown as "-".
  return columns([DETAIL_HEADINGS.with(0, '#'), ...rows]);
}

const IKEV2_HEADINGS = ['IKE_SA', 'LOCAL', 'REMOTE', 'ROLE', 'STATE', 'FOR', 'SERVICE', 'PEER', 'CHILDREN'];

/** Our own columns; with `detail` the algorithms, too. */
export function ikev2Text(ikeSas: readonly IkeSaDetails[], detail: boolean): string {
  if (ikeSas.length === 0) return 'no IKEv2 IKE_SAs\n';
  const more = [
    'REKEYING',
    'ENCRYPTION',
    'INTEGRITY',
    'PRF',
    'GROUP',
    'AUTH',
    'REKEY_IN',
    'LOCAL_ID',
    'REMOTE_ID',
  ];
  const rows = ikeSas.map((sa) => [...ikev2Row(sa), ...(detail ? ikev2Details(sa) : [])]);
  return columns([detail ? [...IKEV2_HEADINGS, ...more] : IKEV2_HEADINGS, ...rows]);
}

function ikev2Row(sa: IkeSaDetails): string[] {
  return [
    sa.id,
    endOf(sa.local),
    endOf(sa.remote),
    sa.role,
    sa.state,
    seconds(sa.established_seconds),
    sa.service ?? '',
    sa.peer ?? '',
    sa.children.map(({ name, state }) => `${name}:${state}`).join(','),
  ];
}

function ikev2Details(sa: IkeSaDetails): string[] {
  const bits = sa.encryption_bits === null ? '' : `-${sa.encryption_bits}`;
  return [
    sa.is_rekeying ? 'yes' : 'no',
    sa.encryption === null ? '' : `${sa.encryption}${bits}`,
    sa.integrity ?? '',
    sa.prf ?? '',
    sa.group ?? '',
    (sa.authentication ?? '').replaceAll(' ', '-'),
    seconds(sa.rekey_seconds),
    sa.local.id,
    sa.remote.id,
  ];
}

function lines(none: string, blocks: readonly string[]): string {
  return blocks.length === 0 ? `${none}\n` : blocks.join('\n');
}

/** charon doesn't tell main mode from aggressive mode; what isn't established keeps charon's own word. */
function stateOf({ state }: IkeSaDetails, active: string): string {
  return state === 'ESTABLISHED' ? active : state;
}

/** `3des` and `aes-256` as the samples write them, else charon's name. */
function encryptionOf({ encryption, encryption_bits: bits }: IkeSaDetails): string {
  if (encryption === '3DES_CBC') return '3des';
  if (encryption === 'AES_CBC') return bits === null || bits === 128 ? 'aes' : `aes-${bits}`;
  return encryption ?? '';
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['HMAC_SHA1_96', 'SHA'],
  ['HMAC_MD5_96', 'MD5'],
  ['HMAC_SHA2_256_128', 'SHA256'],
  ['HMAC_SHA2_384_192', 'SHA384'],
  ['HMAC_SHA2_512_256', 'SHA512'],
]);

function hashOf({ integrity }: IkeSaDetails): string {
  return integrity === null ? '' : (HASHES.get(integrity) ?? integrity);
}

function authenticationOf({ authentication }: IkeSaDetails): string {
  return authentication === 'pre-shared key' ? 'preshrd' : (authentication ?? '').replaceAll(' ', '-');
}

/** From establishing to the rekeying that is planned here. */
function lifetimeOf({ established_seconds: since, rekey_seconds: left }: IkeSaDetails): string {
  return since === null || left === null ? '' : String(since + left);
}

function endOf({ host, port }: IkeSaDetails['local']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function seconds(count: number | null): string {
  return count === null ? '' : duration(count * 1000);
}
