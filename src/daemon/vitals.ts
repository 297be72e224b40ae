/**
 * How the daemon is, as systemd is told: from the link to charon and the states of peers.
 */

import type { Config } from '../config/model.ts';
import type { CharonLink, LinkFacts } from './charon-link.ts';
import type { Peer } from './peer.ts';
import type { Vitals } from './supervision.ts';

/**
 * Beyond the time until it is listed again: answers may take 5 s each, and an attempt to attach that hangs some 10 s. Nothing
 * heard for longer than that, and not even a failure, is a fault of ours.
 */
const SILENCE_MS_MAX = 60_000;

/** Asked for every second, so it looks at no more than the state of each peer. */
export function vitalsOf(
  link: CharonLink,
  config: Config,
  isConfigWrong: boolean,
  peers: Iterable<Peer>,
): Vitals {
  const silenceMsMax = config.charon.reconcileIntervalMs + SILENCE_MS_MAX;
  const wrong = isConfigWrong ? ['the configuration file is wrong, the old one stays'] : [];
  return {
    isReady: link.isDeclared,
    isAlive: link.silentMs <= silenceMsMax,
    text: [peersText(peers), charonText(link.facts, config.mode), ...wrong].join('; '),
  };
}

function peersText(peers: Iterable<Peer>): string {
  const counts = new Map<string, number>();
  let all = 0;
  for (const { state } of peers) {
    counts.set(state.name, (counts.get(state.name) ?? 0) + 1);
    all += 1;
  }
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  return `${all} ${all === 1 ? 'peer' : 'peers'}${states === '' ? '' : `: ${states}`}`;
}

function charonText({ isAttached, version, error }: LinkFacts, mode: Config['mode']): string {
  if (!isAttached) return `waiting for charon (${error ?? 'unknown'})`;
  return `charon ${version ?? ''} attached${mode === 'observe' ? ', observing only' : ''}`;
}
