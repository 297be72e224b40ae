/**
 * What travels in the frames: requests, replies, errors and streamed events, as zod schemas.
 *
 * Knows the envelopes and which reply belongs to which command; the replies themselves are in
 * `report-schemas.ts`. Documented in docs/control-protocol.md.
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
import { ikeSasReport, peerListsReport, servicesReport } from './show-schemas.ts';

const ID_CHARACTERS_MAX = 32;
const NAME_CHARACTERS_MAX = 256;
/** Services that one reload can restart. */
const RESTARTS_MAX = 400;

/** Chosen by the client, repeated in every answer. */
const id = z.string().max(ID_CHARACTERS_MAX);
const name = z.string().min(1).max(NAME_CHARACTERS_MAX);

const selector = z.union([
  z.strictObject({ peer: name }),
  z.strictObject({ service: name }),
  z.strictObject({ all: z.literal(true) }),
]);

function command<Name extends string, Arguments extends z.ZodType>(name: Name, given: Arguments) {
  return z.strictObject({ id, command: z.literal(name), arguments: given });
}

export const requestSchema = z.discriminatedUnion('command', [
  command('status', z.strictObject({ peer: name.nullable() })),
  command('explain', z.strictObject({ peer: name })),
  command('operate', z.strictObject({ action: z.enum(['pause', 'resume', 'initiate']), selector })),
  command('reload', z.strictObject({ restart_services: z.array(name).max(RESTARTS_MAX).optional() })),
  command('services', z.strictObject({})),
  command('peer_lists', z.strictObject({})),
  command('ike_sas', z.strictObject({})),
  command('metrics', z.strictObject({ process: z.boolean() })),
  command(
    'events',
    z.strictObject({ limit: z.number().int().min(0).max(HISTORY_ENTRIES_MAX), follow: z.boolean() }),
  ),
]);

export type Request = z.infer<typeof requestSchema>;
export type CommandName = Request['command'];

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
