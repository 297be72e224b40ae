/** Which commands of StarOS open modes, and which modes have nothing to do with IPsec. */
import type { ModeRule, ModeTable } from '../blocks.ts';
import type { SourceLine } from '../source-line.ts';

/** The modes that are read. */
export const MODE = {
  context: 'context',
  peerList: 'crypto peer-list',
  ikeTransformSet: 'ikev2-ikesa transform-set',
  ipsecTransformSet: 'ipsec transform-set',
  accessList: 'access list',
  template: 'crypto template',
  map: 'crypto map',
  payload: 'payload',
  service: 'wsg-service',
  lookup: 'wsg-lookup',
  interface: 'interface',
  foreign: 'a mode that is not about IPsec',
} as const;

/** A fragment may come without the context around it. */
const IN_CONTEXT = ['', MODE.context];

function rule(mode: string, within: readonly string[], pattern: RegExp): ModeRule {
  return { mode, within, opens: (line: SourceLine) => pattern.test(line.text) };
}

/** Modes of other things on the same chassis; all that they hold is dropped. */
const FOREIGN =
  /^(?:subscriber |aaa (?:group|server)|server |port |card |ntp$|snmp |logging (?:filter|monitor)|gtpp group|ims-auth|radius group|apn |.{1,20}-service |router |route-map|policy-map|class-map|qos |session |operator|ip vrf |vrf |line$|crypto (?:ca|group)|eap-profile|lte-|bulkstats|cli |connectedapps)/i;

export const MODES: ModeTable = {
  rules: [
    rule(MODE.context, [''], /^context \S+( .*)?$/i),
    rule(MODE.peerList, IN_CONTEXT, /^crypto peer-list (?:ipv4|ipv6) \S+$/i),
    rule(MODE.ikeTransformSet, IN_CONTEXT, /^ikev2-ikesa transform-set (?!list )\S+$/i),
    rule(MODE.ipsecTransformSet, IN_CONTEXT, /^ipsec transform-set (?!list )\S+$/i),
    rule(MODE.accessList, IN_CONTEXT, /^(?:ip|ipv6) access-list \S+$/i),
    rule(MODE.template, IN_CONTEXT, /^crypto template \S+ ikev2-dynamic$/i),
    rule(MODE.map, IN_CONTEXT, /^crypto map \S+ ikev2-ipv[46]$/i),
    rule(MODE.payload, [MODE.template, MODE.map], /^payload \S+( .*)?$/i),
    rule(MODE.service, IN_CONTEXT, /^wsg-service \S+( -noconfirm)?$/i),
    rule(MODE.lookup, IN_CONTEXT, /^wsg-lookup$/i),
    rule(MODE.interface, IN_CONTEXT, /^interface \S+( .*)?$/i),
    rule(MODE.foreign, IN_CONTEXT, FOREIGN),
  ],
  bangCloses: false,
  isTopPrompt: (mode) => mode === 'config',
  modeOfPrompt: (mode) => (mode === 'config-ctx' ? MODE.context : null),
};
