/**
 * Both ends translated: tunnels between what was an IOS router or an ASA at either end, each under its own afteryou.
 *
 * The kernel of a lab has neither ESP nor XFRM interfaces: charon's own ESP (kernel-libipsec) takes no notice of `if_id`.
 * So tunnel interfaces come up with their any-to-any selectors and take all traffic, not only what is routed into them. The
 * files of the interfaces themselves are looked at in the unit tests.
 */
import { expect } from 'vitest';
import { parse } from 'yaml';
import { translate } from '../../src/translate/translate.ts';
import { swanctlText, translatePair } from '../helpers/translated-pairs.ts';
import type { Afteryou, ConfigSection } from './lab/afteryou.ts';
import type { Charon, CharonOptions } from './lab/charon.ts';
import { CHARON_PLUGINS } from './lab/charon-conf.ts';
import type { Host } from './lab/hosts.ts';
import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import { untilUp } from './lab/two-charons.ts';
import { neverFor, within } from './lab/wait.ts';

/** gmp: for the groups that routers use. */
const CHARON: CharonOptions = { plugins: `${CHARON_PLUGINS} gmp` };
/** Everything goes through the tunnel but charon's own packets, which carry a mark (strongSwan's kernel-libipsec). */
const VTI: CharonOptions = {
  ...CHARON,
  settings: { plugins: { 'kernel-netlink': { fwmark: '!0x42' }, 'socket-default': { fwmark: '0x42' } } },
};
const UP_WITHIN_MS = 40_000;
/** Long enough for a responder window of a peer that should have none. */
const WINDOW_MS = 15_000;

/** A pair by its name, or the text of a gateway. */
type Source = { readonly pair: string } | { readonly text: string };

interface End {
  readonly charon: Charon;
  readonly sidecar: Afteryou;
}

/** Starts a gateway that was translated: charon with its connections and secrets, afteryou with its policy. */
async function gatewayAt(lab: Lab, host: Host, source: Source, options = CHARON): Promise<End> {
  const { gateway, files } =
    'pair' in source ? translatePair(source.pair) : translate([{ file: 'input.txt', text: source.text }]);
  expect(gateway.unfinished).toEqual([]);
  const charon = await lab.charon(host, options);
  const said = await charon.loadText(swanctlText(gateway, ''));
  for (const { name } of gateway.connections) expect(said).toContain(`loaded connection '${name}'`);
  const config = parse(files.get('afteryou.yaml') ?? '') as ConfigSection;
  const sidecar = await lab.afteryou(charon, { config, name: `afteryou-${host.name}` });
  return { charon, sidecar };
}

async function pings(
  lab: Lab,
  host: Host,
  target: { readonly source: string; readonly destination: string },
): Promise<void> {
  const pinger = await lab.ping(host, target);
  await within(8_000, 'three echoes through the tunnel', (saw) => saw(pinger.result()).received >= 3);
  await pinger.stop();
}

scenario(
  'translate-cisco-asa-roles',
  'ASA answer-only at moon, originate-only at sun: sun calls at once, moon never, and the different keys of the two directions fit.',
  async (lab) => {
    // charon's own ESP wants an address of its own in each network that it protects.
    await lab.moon.ip(['address add 172.16.1.5/32 dev lo']);
    const capture = await lab.capture(lab.moon);
    const moon = await gatewayAt(lab, lab.moon, { pair: 'asa-answer-only' });
    await neverFor(
      WINDOW_MS,
      'a call by moon',
      () => capture.ike({ from: lab.moon.ipv4.outer, exchange: 'IKE_SA_INIT', isResponse: false })[0],
    );
    const sun = await gatewayAt(lab, lab.sun, { pair: 'asa-originate-only' });
    const [atMoon] = await untilUp(moon.charon, 1, UP_WITHIN_MS);
    expect(atMoon).toMatchObject({ name: 'OUTSIDE-192-0-2-2', isInitiator: false });
    expect((await untilUp(sun.charon, 1)).map(({ name }) => name)).toContain('WAN-192-0-2-1');
    await within(UP_WITHIN_MS, 'both pairs of networks are protected', async (saw) => {
      const [sa] = saw(await moon.charon.sas());
      return sa?.children.length === 2;
    });
    await pings(lab, lab.sun, { source: lab.sun.ipv4.inner, destination: lab.moon.ipv4.inner });
  },
  { timeoutMs: 120_000 },
);

scenario(
  'translate-cisco-ios-vti',
  'IOS hub with responder-only and IOS-XE branch, tunnel interfaces: the branch calls after its window, any to any.',
  async (lab) => {
    const hub = await gatewayAt(lab, lab.moon, { pair: 'ios-responder-only-hub' }, VTI);
    const branch = await gatewayAt(lab, lab.sun, { pair: 'ios-flexvpn-branch' }, VTI);
    const [sa] = await untilUp(hub.charon, 1, UP_WITHIN_MS);
    expect(sa).toMatchObject({ name: 'ANSWER-Tunnel1', isInitiator: false });
    await untilUp(branch.charon, 1);
    await pings(lab, lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
    expect(hub.charon.grep(/> initiating IKE_SA/)).toEqual([]);
    expect(branch.charon.grep(/> initiating IKE_SA/)).not.toEqual([]);
    const status = await hub.sidecar.cli(['status', '-o', 'json']);
    expect(JSON.stringify(status.json)).toContain('"policy":"responder-only"');
  },
  { timeoutMs: 120_000 },
);

scenario(
  'translate-cisco-ikev1',
  'IOS crypto map at moon, ASA bidirectional at sun, IKEv1, both wait and then call: exactly one tunnel.',
  async (lab) => {
    const moon = await gatewayAt(lab, lab.moon, { pair: 'ios-crypto-map-ikev1' });
    const sun = await gatewayAt(lab, lab.sun, { pair: 'asa-bidirectional' });
    await untilUp(moon.charon, 1, UP_WITHIN_MS);
    const [sa] = await untilUp(sun.charon, 1, UP_WITHIN_MS);
    expect(sa).toMatchObject({ name: 'OUTSIDE-192-0-2-1' });
    await pings(lab, lab.moon, { source: lab.moon.ipv4.inner, destination: lab.sun.ipv4.inner });
  },
  { timeoutMs: 120_000 },
);

const SPOKE = `hostname spoke
crypto isakmp policy 10
 encr aes 256
 hash sha256
 authentication pre-share
 group 14
crypto isakmp key spokes-share-this address 203.0.113.1
crypto ipsec transform-set ESP esp-aes 256 esp-sha256-hmac
crypto map TO-HUB 10 ipsec-isakmp
 set peer 203.0.113.1
 set transform-set ESP
 set pfs group14
 match address 100
interface GigabitEthernet0/0
 ip address 192.0.2.2 255.255.255.0
 crypto map TO-HUB
access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255
`;

scenario(
  'translate-cisco-load-balanced-hub',
  'One of several hubs behind one address: it takes the call of an unknown spoke at the shared address, narrowed to the networks that the spoke says, and never calls.',
  async (lab) => {
    await lab.moon.ip(['address add 203.0.113.1/32 dev lo']);
    await lab.sun.ip([`route add 203.0.113.1 via ${lab.moon.ipv4.outer}`]);
    const hub = await gatewayAt(lab, lab.moon, { pair: 'ios-load-balanced-hub' });
    const spoke = await gatewayAt(lab, lab.sun, { text: SPOKE });
    const [sa] = await untilUp(hub.charon, 1, UP_WITHIN_MS);
    expect(sa).toMatchObject({ name: 'BEHINDBALANCER-Virtual-Template1', isInitiator: false });
    await untilUp(spoke.charon, 1);
    await pings(lab, lab.sun, { source: lab.sun.ipv4.inner, destination: lab.moon.ipv4.inner });
    // In IKEv1 nothing in a packet tells a call from its answer.
    expect(hub.charon.grep(/is initiating a Main Mode IKE_SA/)).not.toEqual([]);
    expect(hub.charon.grep(/(?<!is )initiating (?:a )?Main Mode IKE_SA/)).toEqual([]);
    expect(spoke.charon.grep(/(?<!is )initiating (?:a )?Main Mode IKE_SA/)).not.toEqual([]);
  },
  { timeoutMs: 120_000 },
);

const DYNAMIC_HUB = `hostname dynamic-hub
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 14
crypto isakmp key for-the-branches address 192.0.2.0 255.255.255.0
crypto isakmp key for-another-network address 198.51.100.0 255.255.255.0
crypto ipsec transform-set ESP esp-aes esp-sha-hmac
crypto dynamic-map BRANCHES 10
 set transform-set ESP
 match address 110
crypto map WAN 100 ipsec-isakmp dynamic BRANCHES
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
 crypto map WAN
access-list 110 permit ip 10.1.0.0 0.0.255.255 10.0.0.0 0.255.255.255
`;
const BRANCH = SPOKE.replaceAll('203.0.113.1', '192.0.2.1')
  .replace('spokes-share-this', 'for-the-branches')
  .replace(' encr aes 256\n hash sha256', ' encr aes')
  .replace('esp-aes 256 esp-sha256-hmac', 'esp-aes esp-sha-hmac')
  .replace(' set pfs group14\n', '');

scenario(
  'translate-cisco-dynamic-map',
  'A dynamic map with a key for a network: the key counts for a peer of that network, the other key does no harm.',
  async (lab) => {
    const hub = await gatewayAt(lab, lab.moon, { text: DYNAMIC_HUB });
    await gatewayAt(lab, lab.sun, { text: BRANCH });
    const [sa] = await untilUp(hub.charon, 1, UP_WITHIN_MS);
    expect(sa).toMatchObject({ name: 'WAN-any-10', isInitiator: false });
    await pings(lab, lab.sun, { source: lab.sun.ipv4.inner, destination: lab.moon.ipv4.inner });
  },
  { timeoutMs: 120_000 },
);

const ROAMING_ASA = `ASA Version 9.16(4)
interface GigabitEthernet0/0
 nameif outside
 ip address 192.0.2.77 255.255.255.0
access-list HUB extended permit ip 10.65.0.0 255.255.0.0 10.1.0.0 255.255.0.0
crypto ipsec ikev2 ipsec-proposal AES
 protocol esp encryption aes-256
 protocol esp integrity sha-256
crypto map OUT 1 match address HUB
crypto map OUT 1 set peer 192.0.2.1
crypto map OUT 1 set ikev2 ipsec-proposal AES
crypto map OUT interface outside
crypto ikev2 policy 1
 encryption aes-256
 integrity sha256
 group 14
 prf sha256
tunnel-group 192.0.2.1 type ipsec-l2l
tunnel-group 192.0.2.1 ipsec-attributes
 ikev2 remote-authentication pre-shared-key all-the-others
 ikev2 local-authentication pre-shared-key all-the-others
`;

scenario(
  'translate-cisco-asa-dynamic-map',
  'A peer that the ASA has no entry for comes in by the dynamic map with the key of DefaultL2LGroup, beside peers with keys of their own.',
  async (lab) => {
    await lab.sun.ip(['address add 192.0.2.77/24 dev wan0', 'address add 10.65.0.1/32 dev lo']);
    const hub = await gatewayAt(lab, lab.moon, { pair: 'asa-answer-only' });
    await gatewayAt(lab, lab.sun, { text: ROAMING_ASA });
    const [sa] = await untilUp(hub.charon, 1, UP_WITHIN_MS);
    expect(sa).toMatchObject({ name: 'OUTSIDE-any-1', isInitiator: false });
    await pings(lab, lab.sun, { source: '10.65.0.1', destination: lab.moon.ipv4.inner });
  },
  { timeoutMs: 120_000 },
);
