/** afteryou.yaml of a gateway: its peer lists and services. Written by hand, so that it reads as if it were. */
import type { Gateway, PeerPolicy, Service } from '../gateway-model.ts';

/** The text of the file. */
export function writePolicyFile({ peerLists, services, unfinished }: Gateway): string {
  return [
    '# Made by `afteryou translate`. Put it into /etc/afteryou and try it with `afteryou check`.\n',
    'version: 1\n',
    ...(unfinished.length === 0
      ? []
      : [
          '\n# Take each line out once it is done; until then `afteryou check` and the daemon refuse this file.\n',
          'unfinished:\n',
          ...unfinished.map(
            ({ at, text }) => `  - ${yamlText(at === null ? text : `${at.file}:${at.number}: ${text}`)}\n`,
          ),
        ]),
    ...(peerLists.length === 0 ? [] : ['\npeer-lists:\n']),
    ...peerLists.flatMap(({ name, family, addresses }) => [
      `  ${yamlText(name)}:\n    family: ${family}\n`,
      ...(addresses.length === 0 ? ['    addresses: []\n'] : ['    addresses:\n']),
      ...addresses.map((address) => `      - ${yamlText(address)}\n`),
    ]),
    ...(services.length === 0 ? [] : ['\nservices:\n']),
    ...services.map(serviceText),
  ].join('');
}

function serviceText(service: Service): string {
  const { name, context, deploymentMode, bind, peerListName, connections, peers } = service;
  return [
    `  ${yamlText(name)}:\n`,
    ...line(4, 'context', context),
    ...line(4, 'deployment-mode', deploymentMode === 'site-to-site' ? null : deploymentMode),
    ...line(4, 'bind', bind),
    ...line(4, 'peer-list', peerListName),
    connections.length === 1
      ? `    connections: ${yamlText(connections[0] ?? '*')}\n`
      : `    connections:\n${connections.map((glob) => `      - ${yamlText(glob)}\n`).join('')}`,
    ...policyLines(4, service),
    ...(peers.size === 0 ? [] : ['    peers:\n']),
    ...[...peers].flatMap(([peer, policy]) => [`      ${yamlText(peer)}:\n`, ...policyLines(8, policy)]),
  ].join('');
}

function policyLines(indent: number, policy: PeerPolicy): readonly string[] {
  return [
    ...line(indent, 'policy', policy.policy ?? null),
    ...line(indent, 'no-rekey', policy.noRekey === undefined ? null : String(policy.noRekey)),
    ...line(indent, 'responder-mode-duration', policy.responderModeSeconds ?? null),
    ...line(indent, 'initiator-mode-duration', policy.initiatorModeSeconds ?? null),
  ];
}

function line(indent: number, key: string, value: string | number | null): readonly string[] {
  return value === null ? [] : [`${' '.repeat(indent)}${key}: ${yamlText(String(value))}\n`];
}

/** Plain where YAML reads it as this very text wherever it stands, else in double quotes (JSON is YAML). */
export function yamlText(text: string): string {
  return /^[A-Za-z0-9][\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
