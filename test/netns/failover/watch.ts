/**
 * Looks all the time whether a peer has two tunnels to a gateway: IKE_SAs that are up at both.
 *
 * An IKE_SA whose other end has died, or has lost its address to the other gateway, carries nothing and is no tunnel; the charons find
 * out by dead peer detection.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Charon } from '../lab/charon.ts';
import { type IkeSa, isUp, spis } from '../lab/ike-sas.ts';

export interface Watch {
  /** Ends it. @returns peers that had two tunnels, with these; and the most tunnels that it saw at a gateway, to show that it sees */
  stop(): Promise<{ readonly twice: readonly string[]; readonly most: number }>;
}

const PAUSE_MS = 200;
const FOUND_MAX = 50;

export function watchForTwo(gateways: readonly Charon[], sun: Charon): Watch {
  const twice: string[] = [];
  const over = new AbortController();
  let most = 0;
  const watching = (async () => {
    while (!over.signal.aborted) {
      const lists = await Promise.all([sun, ...gateways].map(upAt));
      const [atSun, ...atGateways] = lists;
      for (const atGateway of atGateways) {
        const byPeer = tunnelsByPeer(atSun ?? [], atGateway);
        most = Math.max(most, byPeer.size);
        const two = [...byPeer].filter(([, tunnels]) => tunnels.length > 1);
        if (twice.length < FOUND_MAX) {
          twice.push(...two.map(([peer, tunnels]) => `${peer}: ${tunnels.join(' and ')}`));
        }
      }
      await sleep(PAUSE_MS);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await watching;
      return { twice, most };
    },
  };
}

function tunnelsByPeer(atSun: readonly IkeSa[], atGateway: readonly IkeSa[]): Map<string, string[]> {
  const shared = new Set(atGateway.map(spis));
  const byPeer = new Map<string, string[]>();
  for (const sa of atSun.filter((one) => shared.has(spis(one)))) {
    byPeer.set(sa.name, [...(byPeer.get(sa.name) ?? []), spis(sa)]);
  }
  return byPeer;
}

/** A charon that is switched off has nothing. */
async function upAt(charon: Charon): Promise<IkeSa[]> {
  return (await charon.sas().catch(() => [])).filter(isUp);
}
