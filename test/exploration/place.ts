/**
 * One moment of a run: both ends, the messages between them, how long it has gone on, and what may still go wrong.
 */

/** A message on its way: its number and its age. */
export interface Flight {
  readonly message: number;
  readonly ageMs: number;
}

export interface Place {
  readonly left: number;
  readonly right: number;
  readonly net: readonly Flight[];
  readonly elapsedMs: number;
  /** Time of the last loss, delay, restart or rekeying: the bound is counted from there. */
  readonly troubleMs: number;
  /** A tunnel was up at both ends, and no charon has forgotten it since. */
  readonly isArmed: boolean;
  readonly losses: number;
  readonly lags: number;
  readonly restarts: number;
  readonly rekeyings: number;
}

export function keyOf(place: Place): string {
  const { left, right, net, elapsedMs, troubleMs, isArmed, losses, lags, restarts, rekeyings } = place;
  const flights = net.map(({ message, ageMs }) => `${message}:${ageMs}`).join(' ');
  return `${left} ${right} ${elapsedMs} ${troubleMs} ${isArmed ? 1 : 0}${losses}${lags}${restarts}${rekeyings} ${flights}`;
}

/** Sorted, so that the same messages are the same network. */
export function sorted(net: readonly Flight[]): Flight[] {
  return [...net].sort((one, other) => one.message - other.message || one.ageMs - other.ageMs);
}

export function older(net: readonly Flight[], byMs: number): Flight[] {
  return net.map(({ message, ageMs }) => ({ message, ageMs: ageMs + byMs }));
}
