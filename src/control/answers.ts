/**
 * What a client receives: replies, errors and streamed events, as zod schemas.
 *
 * Knows the envelopes and which reply belongs to which command; the replies themselves are in `report-schemas.ts` and
 * `show-schemas.ts`. The daemon makes answers and reads none: it takes the types alone and has none of these schemas in memory.
 * Documented in docs/control-protocol.md.
 */
import * as z from 'zod';
import { HISTORY_ENTRIES_MAX } from './limits.ts';
import {
  explainReport,
  historyEntry,
  metricsReport,
  operateReport,
  reloadReport,
  statusReport,
} from './report-schemas.ts';
import { type CommandName, id } from './requests.ts';
import { ikeSasReport, peerListsReport, servicesReport } from './show-schemas.ts';

/** What `ok` holds, by command. */
export const REPLY_SCHEMAS = {
  status: statusReport,
  explain: explainReport,
  operate: operateReport,
  reload: reloadReport,
  services: servicesReport,
  peer_lists: peerListsReport,
  ike_sas: ikeSasReport,
  metrics: metricsReport,
  events: z.array(historyEntry).max(HISTORY_ENTRIES_MAX),
} as const satisfies Record<CommandName, z.ZodType>;

export type ReplyOf<Name extends CommandName> = z.infer<(typeof REPLY_SCHEMAS)[Name]>;

/** One problem of a configuration, as the daemon's CONFIG_INVALID carries it. */
const issueSchema = z.strictObject({
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  path: z.string(),
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
});

export type ConfigIssue = z.infer<typeof issueSchema>;

const errorSchema = z.strictObject({
  code: z.string(),
  fault: z.enum(['afteryou', 'charon', 'operator']),
  message: z.string(),
  nextStep: z.string().nullable(),
  issues: z.array(issueSchema).optional(),
});

export type ErrorBody = z.infer<typeof errorSchema>;

/** What a client receives. An error with an empty id is about the connection, not about a request. */
export const answerSchema = z.union([
  z.strictObject({ id, ok: z.unknown() }),
  z.strictObject({ id, error: errorSchema }),
  z.strictObject({ id, event: historyEntry }),
]);

export type Answer = z.infer<typeof answerSchema>;
