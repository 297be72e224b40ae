/**
 * The tunnel interfaces of a gateway as files of systemd-networkd: an XFRM or GRE device each, its addresses and routes.
 *
 * Traffic that is routed into an XFRM interface meets only the policies with its `if_id`; charon installs no routes for
 * those by itself (`install_routes_xfrmi` in strongswan.conf(5)), so the routes stand here. See systemd.netdev(5).
 */
import type { Gateway, TunnelInterface } from '../gateway-model.ts';

/** File names and their texts; none without interfaces. */
export function writeInterfaces({ interfaces }: Pick<Gateway, 'interfaces'>): ReadonlyMap<string, string> {
  return new Map(
    interfaces.flatMap((tunnel): [string, string][] => [
      [`${tunnel.name}.netdev`, deviceText(tunnel)],
      [`${tunnel.name}.network`, networkText(tunnel)],
    ]),
  );
}

const HEAD = '# Made by `afteryou translate`. Put it into /etc/systemd/network, then: networkctl reload\n';

function deviceText({ name, description, ifId, gre, mtu }: TunnelInterface): string {
  const kind = gre === null ? 'xfrm' : gre.remote.includes(':') ? 'ip6gre' : 'gre';
  return [
    HEAD,
    section('NetDev', [
      ['Name', name],
      ['Kind', kind],
      ['Description', description],
      ['MTUBytes', mtu],
    ]),
    gre === null
      ? section('Xfrm', [
          ['InterfaceId', ifId],
          ['Independent', 'yes'],
        ])
      : section('Tunnel', [
          ['Local', gre.local],
          ['Remote', gre.remote],
          ['Independent', 'yes'],
        ]),
  ].join('\n');
}

function networkText({ name, description, addresses, vrf, routes }: TunnelInterface): string {
  return [
    HEAD,
    section('Match', [['Name', name]]),
    section('Network', [
      ['Description', description],
      ...addresses.map((address): Setting => ['Address', address]),
      // The device of the VRF itself is a file of its own.
      ['VRF', vrf],
      ['LinkLocalAddressing', 'no'],
      ['ConfigureWithoutCarrier', 'yes'],
    ]),
    ...routes.map((route) => section('Route', [['Destination', route]])),
  ].join('\n');
}

type Setting = readonly [key: string, value: string | number | null];

function section(name: string, settings: readonly Setting[]): string {
  const lines = settings.flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${String(value).replaceAll(/[\p{Cc}\\]/gu, ' ')}\n`],
  );
  return `[${name}]\n${lines.join('')}`;
}
