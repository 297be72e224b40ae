/** What the fake daemon answers to `show`: one of each kind. */
import type {
  IkeSaDetails,
  IkeSasReport,
  PeerListsReport,
  ServicesReport,
} from '../../../src/control/show-api.ts';

export const SERVICES: ServicesReport = {
  schema: 1,
  services: [
    {
      service: 'wsg1',
      context: 'wsg',
      deployment_mode: 'site-to-site',
      bind: '203.0.113.1',
      peer_list: 'peer01',
      connections: ['wsg1-*'],
      policy: 'windowed',
      collision: 'settle',
      initiator_mode_seconds: 10,
      responder_mode_seconds: 10,
      peers: 3,
      states: { up: 2, passive: 1 },
    },
    {
      service: 'clients',
      context: null,
      deployment_mode: 'remote-access',
      bind: null,
      peer_list: null,
      connections: ['rw'],
      policy: 'responder-only',
      collision: 'settle',
      initiator_mode_seconds: 20,
      responder_mode_seconds: 30,
      peers: 0,
      states: {},
    },
  ],
};

export const PEER_LISTS: PeerListsReport = {
  schema: 1,
  peer_lists: [
    {
      peer_list: 'peer01',
      family: 'ipv4',
      services: ['wsg1'],
      file: '/etc/afteryou/afteryou.yaml',
      line: 3,
      addresses_max: 1000,
      addresses: [
        { address: '192.0.2.10', kind: 'host', state: 'up', connection: 'wsg1-a' },
        { address: '198.51.100.0/24', kind: 'subnet', state: 'passive', connection: null },
      ],
    },
    {
      peer_list: 'spare',
      family: 'ipv6',
      services: [],
      file: '/etc/afteryou/conf.d/spare.yaml',
      line: 2,
      addresses_max: 1000,
      addresses: [],
    },
  ],
};

export const IKE_V1: IkeSaDetails = {
  id: '1',
  version: 1,
  connection: 'old',
  service: 'clients',
  peer: 'old',
  state: 'ESTABLISHED',
  role: 'responder',
  type: 'user',
  is_rekeying: false,
  local: { host: '203.0.113.1', port: 500, id: 'hub' },
  remote: { host: '209.165.200.225', port: 500, id: 'client' },
  initiator_spi: '0f3c2a9d11c07e55',
  responder_spi: '9ab1d4e0775c2f01',
  encryption: '3DES_CBC',
  encryption_bits: null,
  integrity: 'HMAC_SHA1_96',
  prf: 'PRF_HMAC_SHA1',
  group: 'MODP_1024',
  authentication: 'pre-shared key',
  established_seconds: 400,
  rekey_seconds: 86_000,
  children: [{ id: '3', name: 'net', state: 'INSTALLED' }],
};

export const IKE_V2: IkeSaDetails = {
  ...IKE_V1,
  id: '12',
  version: 2,
  connection: 'wsg1-a',
  service: 'wsg1',
  peer: '192.0.2.10',
  role: 'initiator',
  type: 'l2l',
  is_rekeying: true,
  remote: { host: '192.0.2.10', port: 4500, id: 'branch\u001b[31m' },
  encryption: 'AES_GCM_16',
  encryption_bits: 256,
  integrity: null,
  prf: 'PRF_HMAC_SHA2_384',
  group: 'CURVE_25519',
  authentication: 'public key',
  established_seconds: 3_600,
  rekey_seconds: null,
};

/** One that hasn't been answered: nothing is agreed upon, and charon knows no connection. */
export const CONNECTING: IkeSaDetails = {
  ...IKE_V2,
  id: '13',
  connection: null,
  service: null,
  peer: null,
  state: 'CONNECTING',
  is_rekeying: false,
  encryption: null,
  encryption_bits: null,
  prf: null,
  group: null,
  authentication: null,
  established_seconds: null,
  children: [],
};

export const IKE_SAS: IkeSasReport = { schema: 1, ike_sas: [IKE_V1, IKE_V2, CONNECTING] };
