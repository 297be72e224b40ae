/**
 * One request to one answer: decodes, checks, calls the daemon, and puts refusals into words.
 *
 * Knows nothing of sockets. Answers at once wherever the daemon does, so that a history and the events that
 * follow it have no gap between them.
 */
import type * as z from 'zod';
import type { AfteryouError } from '../errors.ts';
import type { Answer } from './answers.ts';
import type { DaemonApi } from './api.ts';
import { decode } from './codec.ts';
import { errorBody } from './error-body.ts';
import { controlProtocolError } from './errors.ts';
import { REQUEST_LIMITS } from './limits.ts';
import { type Request, requestSchema } from './requests.ts';

export interface Answered {
  readonly reply: Answer;
  /** The client asked for the events after this reply. */
  readonly follows: boolean;
  /** What went wrong, if something did, for the log. */
  readonly error?: unknown;
}

/** Answers one frame's payload. @throws CONTROL_PROTOCOL when it can't be decoded: the client can't be trusted */
export function answer(payload: Buffer, api: DaemonApi): Answered | Promise<Answered> {
  const raw = decode(payload, REQUEST_LIMITS);
  const parsed = requestSchema.safeParse(raw);
  if (!parsed.success) return refused(idOf(raw), requestError(raw, parsed.error));
  const request = parsed.data;
  try {
    const data = call(request, api);
    if (!(data instanceof Promise)) return accepted(request, data);
    return data.then(
      (late) => accepted(request, late),
      (error: unknown) => refused(request.id, error),
    );
  } catch (error) {
    return refused(request.id, error);
  }
}

function call(request: Request, api: DaemonApi): unknown {
  switch (request.command) {
    case 'status':
      return request.arguments.peer === null ? api.status() : statusOf(request.arguments.peer, api);
    case 'explain':
      return api.explain(request.arguments.peer);
    case 'operate':
      return api.operate(request.arguments.action, request.arguments.selector);
    case 'reload':
      return api.reload(request.arguments.restart_services);
    case 'services':
      return api.services();
    case 'peer_lists':
      return api.peerLists();
    case 'ike_sas':
      return api.ikeSas();
    case 'metrics':
      return api.metrics(request.arguments.process);
    default:
      return api.history(request.arguments.limit);
  }
}

/** The daemon alone knows which peer a name means. */
function statusOf(peer: string, api: DaemonApi): unknown {
  const { status } = api.explain(peer);
  return { ...api.status(), peers: [status] };
}

function accepted(request: Request, data: unknown): Answered {
  const follows = request.command === 'events' && request.arguments.follow;
  return { reply: { id: request.id, ok: data }, follows };
}

function refused(id: string, error: unknown): Answered {
  return { reply: { id, error: errorBody(error) }, follows: false, error };
}

/** The id of a request that breaks the rules elsewhere; empty if it has none to be repeated. */
function idOf(raw: unknown): string {
  const parsed = requestSchema.options[0].shape.id.safeParse(Object(raw).id);
  return parsed.success ? parsed.data : '';
}

function requestError(raw: unknown, error: z.ZodError): AfteryouError {
  const command: unknown = Object(raw).command;
  const known = requestSchema.options.map((option) => option.shape.command.value);
  if (typeof command === 'string' && !known.some((name) => name === command)) {
    return controlProtocolError(`this daemon knows no command '${command.slice(0, 40)}'`);
  }
  const first = error.issues[0];
  const where = first === undefined || first.path.length === 0 ? 'the request' : first.path.join('.');
  return controlProtocolError(`a request is wrong at ${where}: ${first?.message ?? 'no reason given'}`);
}
