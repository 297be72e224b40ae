/**
 * The shared settings of the connections that one template (or map) shapes: proposals, lifetimes, keys, children.
 *
 * Looks up the names that the template uses. Everything that goes over is claimed here, with the section where it stands.
 */
import { carry } from '../cisco/commands.ts';
import type {
  AuthMethod,
  Child,
  ChildSettings,
  IkeSettings,
  Note,
  Secret,
  TrafficSelector,
} from '../gateway-model.ts';
import { OUTPUT_FILES } from '../output-files.ts';
import type { Reading } from '../reader.ts';
import type { CryptoProfile, Payload } from './ike-forms.ts';
import { keyIn } from './peer-lists.ts';
import { assumed, type StarosText } from './text.ts';
import {
  DEFAULT_IKE,
  DEFAULT_IPSEC,
  espProposal,
  type IkeTransformSet,
  type IpsecTransformSet,
  ikeProposal,
} from './transform-sets.ts';

/** What StarOS has where a payload says no lifetime. */
const CHILD_LIFETIME_SECONDS = 86_400;
/** The original may have none; without DPD a dead peer would stay up for ever. */
const DPD_SECONDS = 30;

export interface Shared {
  readonly ike: IkeSettings;
  readonly children: readonly Child[];
  readonly secret: Secret | null;
  readonly notes: readonly Note[];
}

export interface Owner {
  /** Name of the service, in afteryou.yaml and at the head of its connections. */
  readonly name: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly accessListName: string | null;
  /** IKE identities that the key is for. */
  readonly ids: readonly string[];
}

/** Makes the settings of a profile for one service. */
export function sharedSettings(
  profile: CryptoProfile,
  owner: Owner,
  text: StarosText,
  reading: Reading,
): Shared {
  const notes: Note[] = [];
  const ikeSection = `${OUTPUT_FILES.connections} ${owner.name}-ike`;
  const ikeSets = ikeSetsOf(profile, text, notes);
  carry(ikeSets, ikeSection, reading.report);
  for (const line of profile.lines) if (!profile.aside.has(line)) reading.report.carried(line, ikeSection);
  const lifetimes = [...new Set(ikeSets.map(({ lifetimeSeconds }) => lifetimeSeconds))];
  const lifetimeSeconds = Math.min(...lifetimes);
  if (lifetimes.length > 1)
    notes.push({
      at: profile.at,
      text: `Its transform sets have different lifetimes; the shortest, ${lifetimeSeconds} s, is taken.`,
    });
  if (!profile.rekeys)
    notes.push({
      at: profile.at,
      text: 'It does not rekey, so the peer must: strongSwan has no lifetime of an IKE_SA without rekeying. `ikev2-ikesa rekey` would change that.',
    });
  const secret = secretOf(profile, owner, notes, reading);
  const ike: IkeSettings = {
    name: `${owner.name}-ike`,
    at: ikeSets[0]?.at ?? profile.at,
    version: 2,
    aggressive: false,
    proposals: ikeSets.map(ikeProposal),
    lifetimeSeconds,
    rekeys: profile.rekeys,
    dpdDelaySeconds: profile.dpdDelaySeconds ?? DPD_SECONDS,
    dpdTimeoutSeconds: null,
    localAuth: authOf(profile, 'local'),
    remoteAuth: authOf(profile, 'remote'),
  };
  return { ike, children: childrenOf(profile, owner, text, notes, reading), secret, notes };
}

function authOf({ certificates }: CryptoProfile, end: 'local' | 'remote'): AuthMethod {
  const name = certificates[end];
  return name === null ? { kind: 'psk' } : { kind: 'certificate', name: name === '' ? null : name };
}

function ikeSetsOf(profile: CryptoProfile, text: StarosText, notes: Note[]): readonly IkeTransformSet[] {
  const found = profile.ikeSets.flatMap((name) => {
    const set = text.ikeSets.get(keyIn(profile.context, name));
    if (set === undefined)
      notes.push({ at: profile.at, text: `There is no ikev2-ikesa transform-set ${name} in the text.` });
    return set ?? [];
  });
  if (found.length > 0) return found;
  notes.push({
    at: profile.at,
    text: 'No IKE transform set: the default of StarOS is taken (AES-CBC-128, SHA1-96, group 2).',
  });
  return [assumed(profile.at, DEFAULT_IKE)];
}

function secretOf(
  profile: CryptoProfile,
  owner: Owner,
  notes: Note[],
  { report, refusals }: Reading,
): Secret | null {
  const { local, remote } = profile.keys;
  const key = local ?? remote;
  if (key === null) {
    if (profile.certificates.local === null && profile.certificates.remote === null)
      notes.push({
        at: profile.at,
        text: `It has neither a key nor a certificate: add a secret to ${OUTPUT_FILES.secrets}.`,
      });
    return null;
  }
  const isAsymmetric = local !== null && remote !== null && local.text !== remote.text;
  if (isAsymmetric && local.text !== null && remote.text !== null) {
    refusals.add(
      remote.at,
      'contradiction',
      `${profile.name} has different keys for the two directions, which strongSwan can't tell apart`,
      'Give both directions the same key, at both ends; or use certificates.',
    );
  }
  for (const line of [local?.at, remote?.at])
    if (line !== undefined) report.carried(line, `${OUTPUT_FILES.secrets} secrets.ike-${owner.name}`);
  const encrypted = [local, remote].find((found) => found !== null && found.text === null);
  return {
    name: owner.name,
    at: (encrypted ?? key).at,
    ids: owner.ids,
    value: encrypted === undefined ? key.text : null,
    why:
      encrypted === undefined ? null : 'The key is encrypted and only the gateway that made it can read it',
  };
}

function childrenOf(
  profile: CryptoProfile,
  owner: Owner,
  text: StarosText,
  notes: Note[],
  reading: Reading,
): readonly Child[] {
  const payloads: readonly (Payload | null)[] = profile.payloads.length === 0 ? [null] : profile.payloads;
  return payloads.flatMap((payload, index) => {
    const name = payloads.length === 1 ? `${owner.name}-esp` : `${owner.name}-esp-${index + 1}`;
    const where = `${OUTPUT_FILES.connections} ${name}`;
    const sets = ipsecSetsOf(profile, payload, text, notes);
    carry(sets, where, reading.report);
    if (payload !== null) carry([payload], where, reading.report);
    const settings: ChildSettings = {
      name,
      at: sets[0]?.at ?? profile.at,
      proposals: sets.map(espProposal),
      lifetimeSeconds: payload?.lifetimeSeconds ?? CHILD_LIFETIME_SECONDS,
      lifetimeBytes: payload?.lifetimeBytes ?? null,
      rekeys: payload?.rekeys ?? false,
      mode: sets[0]?.mode ?? 'tunnel',
    };
    const prefix = payloads.length === 1 ? 'net' : `net-${index + 1}`;
    const pairs = selectorPairs(profile, payload, owner, text, notes, reading);
    return pairs.map(({ local, remote }, pair) => ({
      name: pairs.length === 1 ? prefix : `${prefix}-${pair + 1}`,
      settings,
      local,
      remote,
    }));
  });
}

function ipsecSetsOf(
  profile: CryptoProfile,
  payload: Payload | null,
  text: StarosText,
  notes: Note[],
): readonly IpsecTransformSet[] {
  const at = payload?.at ?? profile.at;
  const found = (payload?.sets ?? []).flatMap((name) => {
    const set = text.ipsecSets.get(keyIn(profile.context, name));
    if (set === undefined) notes.push({ at, text: `There is no ipsec transform-set ${name} in the text.` });
    return set ?? [];
  });
  if (found.length > 0) return found;
  notes.push({
    at,
    text: 'No IPsec transform set: the default of StarOS is taken (AES-CBC-128, with SHA1-96).',
  });
  return [assumed(at, DEFAULT_IPSEC)];
}

interface Pair {
  readonly local: readonly TrafficSelector[];
  readonly remote: readonly TrafficSelector[];
}

function whole(subnet: string): TrafficSelector {
  return { subnet, protocol: null, port: null };
}

function selectorPairs(
  profile: CryptoProfile,
  payload: Payload | null,
  owner: Owner,
  text: StarosText,
  notes: Note[],
  { report }: Reading,
): readonly Pair[] {
  const any = owner.family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  const name = owner.accessListName;
  const list = name === null ? undefined : text.accessLists.get(keyIn(profile.context, name));
  if (name !== null && list === undefined)
    notes.push({ at: profile.at, text: `There is no access list ${name} in the text.` });
  if (list !== undefined && list.selectors.length > 0) {
    carry([list], `${OUTPUT_FILES.connections} connections.${owner.name}-*.children`, report);
    notes.push(...list.notes);
    const limit = profile.maxChildren;
    if (limit !== null && list.selectors.length > limit.count)
      notes.push({
        at: limit.at,
        text: `The access list makes ${list.selectors.length} CHILD_SAs, the original allows ${limit.count}.`,
      });
    return list.selectors.map(({ local, remote, protocol, localPort, remotePort }) => ({
      local: [{ subnet: local.cidr, protocol, port: localPort }],
      remote: [{ subnet: remote.cidr, protocol, port: remotePort }],
    }));
  }
  if (payload !== null && (payload.tsi !== null || payload.tsr !== null)) {
    const networks = (found: readonly string[] | null) =>
      found === null || found.length === 0 ? [any] : found;
    return [{ local: networks(payload.tsr).map(whole), remote: networks(payload.tsi).map(whole) }];
  }
  notes.push({
    at: profile.at,
    text: `No access list: the traffic selectors are left to the peer (${any} at both ends). Name the networks in the connections if a peer leaves them open too.`,
  });
  return [{ local: [whole(any)], remote: [whole(any)] }];
}
