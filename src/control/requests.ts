/**
 * What a client sends: requests, as zod schemas; what it receives is in `answers.ts`. Documented in docs/control-protocol.md.
 */
import * as z from 'zod';
import { HISTORY_ENTRIES_MAX } from './limits.ts';

const ID_CHARACTERS_MAX = 32;
const NAME_CHARACTERS_MAX = 256;
/** Services that one reload can restart. */
const RESTARTS_MAX = 400;

/** Chosen by the client, repeated in every answer. */
export const id = z.string().max(ID_CHARACTERS_MAX);
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
