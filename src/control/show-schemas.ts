/** The replies of `show-api.ts` as zod schemas; strict for the same reason as in `report-schemas.ts`. */
import * as z from 'zod';
import { SCHEMA } from './api.ts';
import type { IkeSaDetails, IkeSasReport, PeerListsReport, ServicesReport } from './show-api.ts';

const count = z.number().int().min(0);
const schema = z.literal(SCHEMA);

export const servicesReport = z.strictObject({
  schema,
  services: z.array(
    z.strictObject({
      service: z.string(),
      context: z.string().nullable(),
      deployment_mode: z.enum(['site-to-site', 'remote-access']),
      bind: z.string().nullable(),
      peer_list: z.string().nullable(),
      connections: z.array(z.string()),
      policy: z.enum(['windowed', 'responder-only', 'initiator-only', 'paused']),
      collision: z.enum(['settle', 'immediate']),
      initiator_mode_seconds: z.number(),
      responder_mode_seconds: z.number(),
      peers: count,
      states: z.record(z.string(), count),
    }),
  ),
}) satisfies z.ZodType<ServicesReport>;

export const peerListsReport = z.strictObject({
  schema,
  peer_lists: z.array(
    z.strictObject({
      peer_list: z.string(),
      family: z.enum(['ipv4', 'ipv6']),
      services: z.array(z.string()),
      file: z.string(),
      line: count,
      addresses_max: count,
      addresses: z.array(
        z.strictObject({
          address: z.string(),
          kind: z.enum(['host', 'subnet', 'range', 'any']),
          state: z.string().nullable(),
          connection: z.string().nullable(),
        }),
      ),
    }),
  ),
}) satisfies z.ZodType<PeerListsReport>;

const end = z.strictObject({ host: z.string(), port: count, id: z.string() });

const ikeSaDetails = z.strictObject({
  id: z.string(),
  version: z.union([z.literal(1), z.literal(2)]),
  connection: z.string().nullable(),
  service: z.string().nullable(),
  peer: z.string().nullable(),
  state: z.string(),
  role: z.enum(['initiator', 'responder']),
  type: z.enum(['l2l', 'user']),
  is_rekeying: z.boolean(),
  local: end,
  remote: end,
  initiator_spi: z.string(),
  responder_spi: z.string(),
  encryption: z.string().nullable(),
  encryption_bits: count.nullable(),
  integrity: z.string().nullable(),
  prf: z.string().nullable(),
  group: z.string().nullable(),
  authentication: z.string().nullable(),
  established_seconds: z.number().nullable(),
  rekey_seconds: z.number().nullable(),
  children: z.array(z.strictObject({ id: z.string(), name: z.string(), state: z.string() })),
}) satisfies z.ZodType<IkeSaDetails>;

export const ikeSasReport = z.strictObject({
  schema,
  ike_sas: z.array(ikeSaDetails),
}) satisfies z.ZodType<IkeSasReport>;
