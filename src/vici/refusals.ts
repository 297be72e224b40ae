/** charon's three ways to say no, as errors: unknown command, unknown event, `success = no`. */
import { ViciError } from './errors.ts';
import type { Message } from './message.ts';

export function unknownCommand(command: string): ViciError {
  return new ViciError('VICI_UNKNOWN_COMMAND', `charon doesn't know the command "${command}"`, {
    command,
    nextStep: 'use a newer strongSwan, or load the plugin that brings this command',
  });
}

export function unknownEvent(event: string): ViciError {
  return new ViciError('VICI_UNKNOWN_EVENT', `charon doesn't know the event "${event}"`, {
    nextStep: 'use a newer strongSwan, or do without this event',
  });
}

/** Gives the answer back, unless it says `success = no`. @throws VICI_COMMAND_FAILED */
export function checkSuccess(command: string, answer: Message): Message {
  if (answer.get('success') !== 'no') return answer;
  const errmsg = answer.get('errmsg') ?? 'no reason given';
  const matches = answer.number('matches');
  const terminated = answer.number('terminated');
  throw new ViciError('VICI_COMMAND_FAILED', `charon refused "${command}": ${errmsg}`, {
    command,
    errmsg,
    ...(matches === undefined ? {} : { matches }),
    ...(terminated === undefined ? {} : { terminated }),
  });
}
