/** The sorts of values in strongSwan's settings: durations, flags, numbers, actions. Knows spellings, no keys. */

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);

/** `90`, `90s`, `4h`: seconds; null for what is none (swanctl.conf(5), "TIME FORMATS"). */
export function secondsOf(text: string): number | null {
  const [, digits, unit = ''] = /^(\d{1,9}) ?([smhd]?)$/.exec(text.trim()) ?? [];
  return digits === undefined ? null : Number(digits) * (UNIT_SECONDS.get(unit) ?? 1);
}

export function numberOf(text: string): number | null {
  return /^\d{1,9}(?:\.\d{1,9})?$/.test(text.trim()) ? Number(text.trim()) : null;
}

export function isYes(text: string): boolean {
  return /^(?:yes|true|enabled|1)$/i.test(text.trim());
}

export type Action = 'none' | 'trap' | 'start' | 'trap|start';

/** An action under any of its names; what is unknown counts as what it most resembles, doing something. */
export function actionOf(text: string): Action {
  const words = text.toLowerCase().split(/[|\s]+/);
  const traps = words.some((word) => word === 'trap' || word === 'route' || word === 'hold');
  const starts = words.some((word) => word === 'start' || word === 'restart');
  if (traps && starts) return 'trap|start';
  return traps ? 'trap' : starts ? 'start' : 'none';
}
