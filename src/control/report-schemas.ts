/**
 * The replies of `api.ts` as zod schemas, for whoever reads them from the socket.
 *
 * Strict: a key that isn't in the contract is a fault, so both ends agree or say so. That each schema is its
 * type in `api.ts` is checked when this compiles.
 */
import * as z from 'zod';
import {
  type ExplainReport,
  type HistoryEntry,
  type MetricsReport,
  type OperateReport,
  type PeerStatus,
  type ReloadReport,
  SCHEMA,
  type StatusReport,
} from './api.ts';

const count = z.number().int().min(0);
const schema = z.literal(SCHEMA);

const ikeSa = z.strictObject({
  id: z.string(),
  state: z.string(),
  initiated_by: z.enum(['self', 'peer']),
  initiator_spi: z.string(),
  responder_spi: z.string(),
  proven: z.boolean(),
  children: z.array(z.strictObject({ id: z.string(), name: z.string(), state: z.string() })),
});

const peerStatus = z.strictObject({
  peer: z.string(),
  service: z.string(),
  address: z.string(),
  connection: z.string().nullable(),
  policy: z.enum(['windowed', 'responder-only', 'initiator-only', 'paused']),
  state: z.string(),
  since: z.string(),
  deadline: z.string().nullable(),
  role: z.enum(['initiator', 'responder']).nullable(),
  paused: z.boolean(),
  children_configured: z.array(z.string()),
  ike_sas: z.array(ikeSa),
  counters: z.strictObject({
    cycles: count,
    initiations: count,
    collisions: count,
    settled: count,
    swept: count,
    violations: count,
  }),
  last_error: z.strictObject({ at: z.string(), text: z.string() }).nullable(),
}) satisfies z.ZodType<PeerStatus>;

export const historyEntry = z.strictObject({
  at: z.string(),
  service: z.string(),
  peer: z.string(),
  kind: z.enum(['transition', 'note', 'trouble']),
  from: z.string().nullable(),
  to: z.string().nullable(),
  rule: z.string(),
  why: z.string(),
}) satisfies z.ZodType<HistoryEntry>;

export const statusReport = z.strictObject({
  schema,
  version: z.string(),
  mode: z.enum(['active', 'observe']),
  charon: z.strictObject({
    socket: z.string(),
    attached: z.boolean(),
    since: z.string(),
    version: z.string().nullable(),
    error: z.string().nullable(),
  }),
  config: z.strictObject({
    file: z.string().nullable(),
    loadedAt: z.string(),
    error: z.string().nullable(),
  }),
  peers: z.array(peerStatus),
  health: z.array(z.string()),
}) satisfies z.ZodType<StatusReport>;

export const explainReport = z.strictObject({
  schema,
  status: peerStatus,
  history: z.array(historyEntry),
  explanation: z.array(z.string()),
}) satisfies z.ZodType<ExplainReport>;

export const operateReport = z.strictObject({
  schema,
  results: z.array(
    z.strictObject({ service: z.string(), peer: z.string(), done: z.boolean(), detail: z.string() }),
  ),
}) satisfies z.ZodType<OperateReport>;

export const reloadReport = z.strictObject({
  schema,
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(z.string()),
  unchanged: count,
  warnings: z.array(z.string()),
}) satisfies z.ZodType<ReloadReport>;

export const metricsReport = z.strictObject({
  schema,
  text: z.string(),
}) satisfies z.ZodType<MetricsReport>;
