/**
 * What `crypto template` and `crypto map` say about a connection: keys, identities, transform sets, rekeying, payloads.
 *
 * Both modes have the same commands, as far as they are translated. Nothing is looked up here: names stay names.
 */
import type { Block } from '../blocks.ts';
import {
  type Command,
  checked,
  command,
  type Fact,
  type Ignored,
  newFact,
  readLine,
} from '../cisco/commands.ts';
import { rangeNetworks } from '../cisco/networks.ts';
import type { Reading } from '../reader.ts';
import type { SourceLine } from '../source-line.ts';
import { MODE } from './modes.ts';
import { numberInRange } from './ranges.ts';

/** A key as it stands in the text; `text` is null for one that is encrypted. */
export interface Key {
  readonly at: SourceLine;
  readonly text: string | null;
}

type End = 'local' | 'remote';

export interface Payload extends Fact {
  readonly transformSets: SourceLine[];
  readonly sets: string[];
  lifetimeSeconds: number | null;
  lifetimeBytes: number | null;
  rekeys: boolean;
  /** The initiator's and the responder's networks, `tsi` and `tsr`; null: not said. */
  tsi: readonly string[] | null;
  tsr: readonly string[] | null;
}

export interface CryptoProfile extends Fact {
  /** Of its lines those that don't shape the connections: keys, and what was dropped. */
  readonly aside: Set<SourceLine>;
  readonly name: string;
  readonly context: string | null;
  readonly kind: 'template' | 'map';
  readonly keys: { local: Key | null; remote: Key | null };
  readonly certificates: { local: string | null; remote: string | null };
  localId: string | null;
  remoteId: string | null;
  /** Names of `ikev2-ikesa transform-set`. */
  ikeSets: readonly string[];
  rekeys: boolean;
  dpdDelaySeconds: number | null;
  maxChildren: { readonly at: SourceLine; readonly count: number } | null;
  readonly payloads: Payload[];
  /** Only in a map. */
  peer: string | null;
  accessList: string | null;
}

const ENDS: readonly End[] = ['local', 'remote'];

/** Why it is left out, for what has no counterpart that a connection could carry. */
const IGNORED: readonly Ignored[] = [
  {
    form: /^ikev2-ikesa (?:allow-empty-ikesa|setup-timer \d+|policy .*|ignore-rekeying-requests|configuration-attribute .*|notify-.*|emergency .*|ddos .*|cert-sign .*|fragmentation|idi .*|mobike.*)$/i,
    why: 'strongSwan has no such setting for a connection',
  },
  { form: /^ikev2-ikesa keepalive-user-activity$/i, why: 'accounting of StarOS' },
  { form: /^(?:nat|natt)\b.*$/i, why: 'strongSwan finds NAT by itself' },
  {
    form: /^(?:ip|ipv6) (?:fragment|mtu|tcp)\b.*$/i,
    why: 'a matter of the interface, not of the connection',
  },
  { form: /^(?:control-dont-fragment|dont-fragment) .*$/i, why: 'a matter of the kernel (copy_df)' },
  {
    form: /^(?:configuration-payload|notify-payload|ca-crl|ocsp|timeout|vendor-policy|server-certificate|dns-handling)\b.*$/i,
    why: 'not needed between sites',
  },
  {
    form: /^(?:ip-address-allocation|maximum-child-sa|ignore-rekeying-requests|subscriber) ?.*$/i,
    why: 'only for remote access',
  },
];

/** Reads a template or a map with its payloads. */
export function readProfile(
  block: Block,
  header: SourceLine,
  context: string | null,
  reading: Reading,
): CryptoProfile {
  const profile: CryptoProfile = {
    ...newFact(header),
    aside: new Set(),
    name: header.words[2] ?? '',
    context,
    kind: block.mode === MODE.map ? 'map' : 'template',
    keys: { local: null, remote: null },
    certificates: { local: null, remote: null },
    localId: null,
    remoteId: null,
    ikeSets: [],
    rekeys: false,
    dpdDelaySeconds: null,
    maxChildren: null,
    payloads: [],
    peer: null,
    accessList: null,
  };
  const commands = [...authForms(), ...ikeForms(reading), ...(profile.kind === 'map' ? MAP_FORMS : [])];
  for (const line of block.lines) readLine(line, profile, { commands, ignored: IGNORED }, reading.report);
  for (const inner of block.blocks) {
    if (inner.header === null) continue;
    const payload = readPayload(inner, inner.header, reading);
    profile.payloads.push(payload);
  }
  return profile;
}

function authForms(): readonly Command<CryptoProfile>[] {
  const endsOf = (word: string | undefined): readonly End[] =>
    word === undefined ? ENDS : [word.toLowerCase() === 'local' ? 'local' : 'remote'];
  return [
    command(
      /^authentication(?: (?<end>local|remote))? pre-shared-key (?<how>encrypted key|key) (?<key>.{1,1024})$/i,
      (profile, { end, how = '', key = '' }, line) => {
        const text = how.toLowerCase() === 'key' ? key.replace(/^"(.*)"$/, '$1') : null;
        for (const which of endsOf(end?.toLowerCase())) profile.keys[which] = { at: line, text };
        profile.aside.add(line);
      },
    ),
    command(/^authentication(?: (?<end>local|remote))? certificate$/i, (profile, { end }) => {
      for (const which of endsOf(end?.toLowerCase())) profile.certificates[which] ??= '';
    }),
    command(/^certificate (?<name>\S+)$/i, (profile, { name = '' }) => {
      profile.certificates.local = name;
    }),
    command(/^ca-certificate list ca-cert-name (?<name>\S+)(?: .*)?$/i, (profile, { name = '' }) => {
      profile.certificates.remote = name;
    }),
    checked(
      /^authentication .*eap-profile .*$/i,
      () => 'EAP authenticates users of remote access, not sites',
    ),
    command(/^identity local id-type \S+ id (?<id>\S+)$/i, (profile, { id = '' }) => {
      profile.localId = id.replace(/^"(.*)"$/, '$1');
    }),
    command(/^identity (?:remote|peer) id-type \S+ id (?<id>\S+)$/i, (profile, { id = '' }) => {
      profile.remoteId = id.replace(/^"(.*)"$/, '$1');
    }),
  ];
}

function ikeForms(reading: Reading): readonly Command<CryptoProfile>[] {
  const { refusals, report } = reading;
  return [
    command(/^ikev2-ikesa transform-set list (?<names>\S+(?: \S+){0,5})$/i, (profile, { names = '' }) => {
      profile.ikeSets = names.split(/\s+/);
    }),
    command(/^ikev2-ikesa rekey(?: disallow-param-change)?$/i, (profile) => {
      profile.rekeys = true;
    }),
    command(/^no ikev2-ikesa rekey$/i, (profile) => {
      profile.rekeys = false;
    }),
    command(/^ikev2-ikesa max-retransmissions? (?<count>\S+)$/i, (profile, { count = '' }, line) => {
      profile.aside.add(line);
      const range = { what: 'ikev2-ikesa max-retransmissions', min: 1, max: 8, unit: '' };
      if (numberInRange(count, range, line, refusals) === null) return;
      report.dropped(line, `global in strongSwan: charon.retransmit_tries = ${count} in strongswan.conf`);
    }),
    command(
      /^ikev2-ikesa retransmission-timeout (?<time>\S+)(?<growing> exponential)?$/i,
      (profile, { time = '', growing }, line) => {
        profile.aside.add(line);
        const range = { what: 'ikev2-ikesa retransmission-timeout', min: 300, max: 15_000, unit: 'ms' };
        const value = numberInRange(time, range, line, refusals);
        if (value === null) return;
        const base = growing === undefined ? 'charon.retransmit_base = 1' : 'charon.retransmit_base = 2';
        report.dropped(
          line,
          `global in strongSwan: charon.retransmit_timeout = ${value / 1000} and ${base} in strongswan.conf`,
        );
      },
    ),
    command(
      /^max-childsa (?<count>\S+)(?: overload-action (?:ignore|terminate))?$/i,
      (profile, { count = '' }, line) => {
        profile.aside.add(line);
        const value = numberInRange(count, { what: 'max-childsa', min: 1, max: 5, unit: '' }, line, refusals);
        if (value === null) return;
        profile.maxChildren = { at: line, count: value };
        report.dropped(line, 'strongSwan does not limit the CHILD_SAs of an IKE_SA');
      },
    ),
    command(/^keepalive interval (?<seconds>\d{1,5})(?: .*)?$/i, (profile, { seconds = '' }) => {
      profile.dpdDelaySeconds = Math.max(1, Number(seconds));
    }),
  ];
}

const MAP_FORMS: readonly Command<CryptoProfile>[] = [
  command(/^peer (?<peer>\S+)$/i, (profile, { peer = '' }) => {
    profile.peer = peer;
  }),
  command(/^match address (?<name>\S+)(?: \d{1,10})?$/i, (profile, { name = '' }) => {
    profile.accessList = name;
  }),
];

function readPayload(block: Block, header: SourceLine, { report }: Reading): Payload {
  const payload: Payload = {
    ...newFact(header),
    transformSets: [],
    sets: [],
    lifetimeSeconds: null,
    lifetimeBytes: null,
    rekeys: false,
    tsi: null,
    tsr: null,
  };
  for (const line of block.lines)
    readLine(line, payload, { commands: PAYLOAD_FORMS, ignored: IGNORED }, report);
  return payload;
}

const RANGE = /^(?<which>tsi|tsr) start-address (?<first>\S+) end-address (?<last>\S+)$/i;

const PAYLOAD_FORMS: readonly Command<Payload>[] = [
  command(/^ipsec transform-set list (?<names>\S+(?: \S+){0,3})$/i, (payload, { names = '' }, line) => {
    payload.sets.splice(0, payload.sets.length, ...names.split(/\s+/));
    payload.transformSets.push(line);
  }),
  command(
    /^lifetime (?<seconds>\d{1,9})(?: (?:kilo-bytes|kilobytes) (?<kib>\d{1,10}))?$/i,
    (payload, { seconds = '', kib }) => {
      payload.lifetimeSeconds = Math.max(1, Number(seconds));
      if (kib !== undefined) payload.lifetimeBytes = Number(kib) * 1024;
    },
  ),
  command(/^rekey(?: keepalive)?$/i, (payload) => {
    payload.rekeys = true;
  }),
  command(/^no rekey$/i, (payload) => {
    payload.rekeys = false;
  }),
  checked(RANGE, (payload, { which = '', first = '', last = '' }) => {
    const any = first.toLowerCase() === 'any';
    const networks = any
      ? []
      : rangeNetworks(first, last.toLowerCase() === 'any' ? first : last)?.map(({ cidr }) => cidr);
    if (networks === undefined) return `'${first}' to '${last}' is no range of addresses`;
    if (which.toLowerCase() === 'tsi') payload.tsi = networks;
    else payload.tsr = networks;
    return undefined;
  }),
];
