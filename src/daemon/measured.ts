/**
 * A charon whose answers are timed: how long each took, our own queue included, and which failed with what.
 */

import { AfteryouError } from '../errors.ts';
import { preciseMs } from '../timers/clock.ts';
import type { Charon } from './charon.ts';

/** Told of each answer; `reason` is the code of the error, null if there was none. */
export type OnAnswer = (command: string, tookMs: number, reason: string | null) => void;

export function measured(charon: Charon, onAnswer: OnAnswer): Charon {
  async function timed<T>(command: string, request: Promise<T>): Promise<T> {
    const askedMs = preciseMs();
    try {
      const answer = await request;
      onAnswer(command, preciseMs() - askedMs, null);
      return answer;
    } catch (error) {
      const reason = error instanceof AfteryouError ? error.code : 'OTHER';
      onAnswer(command, preciseMs() - askedMs, reason);
      throw error;
    }
  }
  return {
    listIkeSas: (connection, onSent) => timed('list-sas', charon.listIkeSas(connection, onSent)),
    listConnections: () => timed('list-conns', charon.listConnections()),
    initiate: (connection, child, isWanted) =>
      timed('initiate', charon.initiate(connection, child, isWanted)),
    rekeyChild: (childSaId, isWanted) => timed('rekey', charon.rekeyChild(childSaId, isWanted)),
    terminate: (ikeSaId, isWanted) => timed('terminate', charon.terminate(ikeSaId, isWanted)),
    terminateChild: (childSaId, isWanted) => timed('terminate', charon.terminateChild(childSaId, isWanted)),
  };
}
