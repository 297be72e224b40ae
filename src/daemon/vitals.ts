/**
 * How the daemon is, as systemd is told: from the link to charon and the states of peers.
 */

import type { StatusReport } from '../control/api.ts';
import type { CharonLink } from './charon-link.ts';
import type { Vitals } from './supervision.ts';

/**
 * Beyond the time until it is listed again: answers may take 5 s each, and an attempt to attach that hangs some 10 s. Nothing
 * heard for longer than that, and not even a failure, is a fault of ours.
 */
const SILENCE_MS_MAX = 60_000;

export function vitalsOf(link: CharonLink, reconcileIntervalMs: number, status: StatusReport): Vitals {
  return {
    isReady: link.isDeclared,
    isAlive: link.silentMs <= reconcileIntervalMs + SILENCE_MS_MAX,
    text: [peersText(status), charonText(status), ...configText(status)].join('; '),
  };
}

function peersText({ peers }: StatusReport): string {
  const counts = new Map<string, number>();
  for (const { state } of peers) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  return `${peers.length} ${peers.length === 1 ? 'peer' : 'peers'}${states === '' ? '' : `: ${states}`}`;
}

function charonText({ charon, mode }: StatusReport): string {
  if (!charon.attached) return `waiting for charon (${charon.error ?? 'unknown'})`;
  return `charon ${charon.version ?? ''} attached${mode === 'observe' ? ', observing only' : ''}`;
}

function configText({ config }: StatusReport): string[] {
  return config.error === null ? [] : ['the configuration file is wrong, the old one stays'];
}
