/** Colours of states, for a terminal that wants them. */

const CODES: ReadonlyMap<string, number> = new Map([
  ['up', 32],
  ['settling', 36],
  ['initiator-mode', 33],
  ['degraded', 31],
  ['unconfigured', 31],
  ['paused', 35],
]);

/** The name of a state in its colour, or as it is. */
export function stateColoured(state: string, isColoured: boolean): string {
  const code = CODES.get(state);
  return isColoured && code !== undefined ? `\u001b[${code}m${state}\u001b[0m` : state;
}

/** Whether colour is wanted: a terminal, and nobody said no (https://no-color.org). */
export function wantsColour(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { NO_COLOR: noColour, TERM: terminal } = environment;
  return isTerminal && (noColour === undefined || noColour === '') && terminal !== 'dumb';
}
