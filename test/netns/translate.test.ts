/**
 * Translated configurations on real charon: every pair of config-examples loads whole, and tunnels come up between the
 * translated gateway, under afteryou with the translated policy, and its peers, which get the same connections mirrored.
 */
import { expect } from 'vitest';
import { parse } from 'yaml';
import { ALGORITHMS, type AlgorithmKind } from '../../src/translate/algorithms.ts';
import type { IkeProposal } from '../../src/translate/gateway-model.ts';
import {
  type MirrorOptions,
  mirrored,
  PAIRS,
  swanctlText,
  translatePair,
} from '../helpers/translated-pairs.ts';
import type { ConfigSection } from './lab/afteryou.ts';
import type { Charon, CharonOptions } from './lab/charon.ts';
import { CHARON_PLUGINS } from './lab/charon-conf.ts';
import { isUp } from './lab/ike-sas.ts';
import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import { untilUp } from './lab/two-charons.ts';
import { within } from './lab/wait.ts';

/** Old algorithms need more plugins: gmp for the groups of the originals, md5 and gcrypt (3DES) for the weak ones. */
const CHARON: CharonOptions = { plugins: `${CHARON_PLUGINS} gmp md5 gcrypt` };
/** Stands in for keys that the original had encrypted. */
const KEY = 'the key that the operator knows';
/** The longest responder mode of the examples and then some; and a call over a busy machine. */
const UP_WITHIN_MS = 40_000;

scenario(
  'translate-loads',
  'Each translated swanctl.conf is loaded by `swanctl --load-all` into a real charon, with every connection and every secret.',
  async (lab) => {
    const moon = await lab.charon(lab.moon, CHARON);
    for (const name of PAIRS) {
      const { gateway } = translatePair(name);
      const said = await moon.loadText(swanctlText(gateway, KEY));
      const loaded = [...said.matchAll(/^loaded connection '(.*)'$/gm)].map(([, connection]) => connection);
      expect(loaded, name).toEqual(gateway.connections.map((connection) => connection.name));
      const secrets = [...said.matchAll(/^loaded ike secret 'ike-(.*)'$/gm)].map(([, secret]) => secret);
      expect(secrets, name).toEqual(gateway.secrets.map((secret) => secret.name));
    }
  },
  { timeoutMs: 300_000 },
);

scenario(
  'translate-missing-key',
  'A key that was encrypted is no key: swanctl says that it is missing and loads the rest.',
  async (lab) => {
    const moon = await lab.charon(lab.moon, CHARON);
    const { files } = translatePair('staros-two-contexts');
    const text = `${files.get('swanctl-connections.conf') ?? ''}${files.get('swanctl-secrets.conf') ?? ''}`;
    const said = await moon.loadText(text);
    expect(said).not.toContain('loaded ike secret');
    expect(said).toContain("loaded connection 'wsg1-192-0-2-2'");
    expect(moon.grep(/loaded IKE shared key/)).toEqual([]);
  },
);

scenario(
  'translate-algorithms',
  'charon knows every keyword that a translation may write: an unknown one would make it refuse the connection.',
  async (lab) => {
    const moon = await lab.charon(lab.moon, CHARON);
    const { gateway } = translatePair('staros-small');
    const of = (kind: AlgorithmKind, aead = false): string[] =>
      Object.entries(ALGORITHMS).flatMap(([word, known]) =>
        known.kind === kind && known.aead === aead ? [word] : [],
      );
    const esp = { integrity: of('integrity'), groups: of('group'), esn: 'both' as const };
    const [connection] = gateway.connections;
    const [child] = connection?.children ?? [];
    if (connection === undefined || child === undefined) throw new Error('the example has no connection');
    const ike: IkeProposal = {
      encryption: [...of('encryption'), ...of('encryption', true)].filter(
        (word) => !/^null$|gmac$/.test(word),
      ),
      integrity: of('integrity'),
      prf: of('prf'),
      groups: of('group'),
    };
    const every = {
      ...connection,
      settings: { ...connection.settings, proposals: [ike] },
      children: [
        {
          ...child,
          settings: {
            ...child.settings,
            proposals: [
              { ...esp, encryption: of('encryption') },
              { ...esp, encryption: of('encryption', true), integrity: [] },
            ],
          },
        },
      ],
    };
    const said = await moon.loadText(swanctlText({ connections: [every], secrets: [] }, KEY));
    expect(said).toContain(`loaded connection '${connection.name}'`);
  },
);

/** Everything that has a meaning in swanctl.conf. */
const ODD_KEY = '0xa "b" \\ # {c} = $d; 0s é';

scenario(
  'translate-odd-key',
  'A key with quotes, backslashes, braces and a false 0x is the same key at the peer, which has it in hexadecimal.',
  async (lab) => {
    const { gateway } = translatePair('staros-small');
    const secrets = gateway.secrets.map((secret) => ({ ...secret, value: ODD_KEY }));
    const [moon, sun] = await Promise.all([lab.charon(lab.moon, CHARON), lab.charon(lab.sun, CHARON)]);
    await moon.loadText(swanctlText({ ...gateway, secrets }, KEY));
    const peers = mirrored(gateway, { peers: [lab.sun.ipv4.outer] });
    const hexadecimal = `0x${Buffer.from(ODD_KEY, 'utf8').toString('hex')}`;
    await sun.loadText(swanctlText(peers, KEY).replace(/secret = .*/, `secret = ${hexadecimal}`));
    await sun.initiate({ ike: 'wsg1-192-0-2-2', child: 'net' });
    expect(await untilOneIsUp(moon)).toBe('wsg1-192-0-2-2');
  },
);

scenario(
  'translate-staros-small',
  'staros-small: the branch comes up, with afteryou at both ends, and packets go through the networks of the access list.',
  async (lab) => {
    const { moon } = await translated(lab, 'staros-small', {
      peers: [lab.sun.ipv4.outer],
      atSun: { services: { all: { connections: '*' } } },
    });
    expect(await untilOneIsUp(moon)).toBe('wsg1-192-0-2-2');
    await pings(lab, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
  },
);

scenario(
  'translate-staros-ipv6',
  'staros-ipv6: the same over IPv6, with a name as our identity.',
  async (lab) => {
    const { moon } = await translated(lab, 'staros-ipv6', { peers: [lab.sun.ipv6.outer] });
    expect(await untilOneIsUp(moon)).toBe('wsg6-2001-db8-0-1--2');
    await pings(lab, { source: lab.moon.ipv6.inner, destination: lab.sun.ipv6.inner });
  },
);

scenario(
  'translate-staros-two-contexts',
  'staros-two-contexts: once the encrypted key is filled in and the list of what is unfinished is empty, the tunnel comes up.',
  async (lab) => {
    const { moon } = await translated(lab, 'staros-two-contexts', { peers: [lab.sun.ipv4.outer] });
    expect(await untilOneIsUp(moon)).toBe('wsg1-192-0-2-2');
    await pings(lab, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
  },
);

scenario(
  'translate-staros-pasted-session',
  'staros-pasted-session: 3DES, MD5 and group 2 still work with the plugins that the report names; the peer says the networks.',
  async (lab) => {
    const networks = () => ({ local: lab.sun.ipv4.subnet, remote: lab.moon.ipv4.subnet });
    const { moon } = await translated(lab, 'staros-pasted-session', {
      peers: [lab.sun.ipv4.outer],
      networks,
    });
    expect(await untilOneIsUp(moon)).toBe('wsg1-192-0-2-2');
    await pings(lab, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
  },
);

const PLAYED = 25;

scenario(
  'translate-staros-1000-peers',
  'staros-1000-peers: all 1,000 connections are loaded; the peers that are there come up, each with the network that it says.',
  async (lab) => {
    const byAddress = new Map(lab.peers.map((peer) => [peer.outer, peer]));
    const { moon } = await translated(lab, 'staros-1000-peers', {
      peers: lab.peers.map(({ outer }) => outer),
      networks: (address) => {
        const peer = byAddress.get(address);
        return peer === undefined ? null : { local: `${peer.innerSun}/32`, remote: `${peer.innerMoon}/32` };
      },
    });
    const sas = await untilUp(moon, PLAYED, 2 * UP_WITHIN_MS);
    const up = sas.filter(isUp).map(({ name }) => name);
    expect(up.sort()).toEqual(lab.peers.map(({ outer }) => `wsg1-${outer.replaceAll('.', '-')}`).sort());
    const [first] = lab.peers;
    if (first === undefined) throw new Error('the lab has no peers');
    await pings(lab, { source: first.innerMoon, destination: first.innerSun });
  },
  { manyPeers: PLAYED, timeoutMs: 240_000 },
);

interface Ends extends MirrorOptions {
  /** Configuration of an afteryou at sun; default: charon alone. */
  readonly atSun?: ConfigSection;
}

/** The translated gateway at moon with afteryou, its peers at sun. */
async function translated(
  lab: Lab,
  name: string,
  ends: Ends,
): Promise<{ readonly moon: Charon; readonly sun: Charon }> {
  const { gateway, files } = translatePair(name);
  const calm = { ...CHARON, settings: { dos_protection: false } };
  const [moon, sun] = await Promise.all([lab.charon(lab.moon, CHARON), lab.charon(lab.sun, calm)]);
  await sun.loadText(swanctlText(mirrored(gateway, ends), KEY));
  await moon.loadText(swanctlText(gateway, KEY));
  const { unfinished: _done, ...policy } = parse(files.get('afteryou.yaml') ?? '') as ConfigSection;
  await lab.afteryou(moon, { config: policy });
  if (ends.atSun !== undefined) await lab.afteryou(sun, { config: ends.atSun, name: 'afteryou-sun' });
  return { moon, sun };
}

/** The connection of the one tunnel that is up; others may be called for, as nobody answers there. */
async function untilOneIsUp(charon: Charon): Promise<string | undefined> {
  return (await untilUp(charon, 1, UP_WITHIN_MS)).find(isUp)?.name;
}

async function pings(
  lab: Lab,
  target: { readonly source: string; readonly destination: string },
): Promise<void> {
  const pinger = await lab.ping(lab.moon, target);
  await within(10_000, 'three echoes through the tunnel', (saw) => saw(pinger.result()).received >= 3);
  await pinger.stop();
}
