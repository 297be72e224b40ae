/**
 * Ends that boot: a peer that restarts while we call it, two that boot together, one that boots late.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { bothUp } from './crossing-orders.ts';
import { came, type Ends } from './ends.ts';
import type { Scenario } from './scenario-shape.ts';

const CALL_WITHIN_MS = 5_000;
const ONE_WAY_MS = 20;
const SLOW_ONE_WAY_MS = 700;
/** Long enough for some turns of both modes, short as they are here. */
const DOWN_MS = 9_000;
/** Soon enough that a call which leads nowhere is given up within the test: after 3 s. */
const IMPATIENT = { retransmit_timeout: 1, retransmit_base: 1, retransmit_tries: 2 };

/** The peer restarts and calls while our call is under way; then the rest of our call reaches it. */
const RESTARTS: readonly Scenario[] = (['IKE_SA_INIT', 'IKE_AUTH'] as const).map((exchange) => ({
  name: `peer-restarts-at-${exchange === 'IKE_AUTH' ? 'auth' : 'init'}`,
  description: `Our ${exchange} is under way when the peer restarts; it calls us, and then ours arrives.`,
  isGapless: true,
  modes: 'long' as const,
  charon: IMPATIENT,
  extraMs: 5_000,
  async enact(ends: Ends) {
    const held = await ends.relay.hold({ from: 'moon', exchange, message: 'request' });
    await ends.weCall();
    await came(held.took(ends.count, CALL_WITHIN_MS));
    await ends.sunRestarts();
    // Only now: the answer to the peer's call passes, what is held is requests.
    await ends.theyCall();
    await ends.established(ends.moon, (sa) => !sa.isInitiator);
    await held.release();
  },
}));

/** Both call at once, and what one of them sends takes long. */
const SLOW: readonly Scenario[] = (['sun', 'moon'] as const).map((host) => ({
  name: host === 'sun' ? 'boot-slow-peer' : 'boot-slow-here',
  description: `Both call at boot; what ${host === 'sun' ? 'the peer sends' : 'we send'} takes ${SLOW_ONE_WAY_MS} ms.`,
  isGapless: true,
  modes: 'long' as const,
  async enact(ends: Ends) {
    await ends.relay.delay('any', ONE_WAY_MS);
    await ends.relay.delay(host, SLOW_ONE_WAY_MS);
    await Promise.all([ends.weCall(), ends.theyCall()]);
    await bothUp(ends);
  },
}));

const BOOTS_LATE: Scenario = {
  name: 'boot-late',
  description:
    'The peer is down and we have tried for some modes; it boots and calls: one tunnel, never taken down.',
  isGapless: true,
  modes: 'short',
  charon: IMPATIENT,
  async enact(ends) {
    await ends.sun.kill();
    await sleep(DOWN_MS);
    await ends.sunBoots();
    await ends.theyCall();
  },
};

const BOOTS_LATE_UNHEARD: Scenario = {
  ...BOOTS_LATE,
  name: 'boot-late-unheard',
  description:
    'The same, and our calls never arrive: the one under way is given up, the tunnel of the peer stays.',
  async enact(ends) {
    await ends.relay.drop({ from: 'moon', exchange: 'IKE_SA_INIT', message: 'request' });
    await BOOTS_LATE.enact(ends);
  },
};

export const RESTARTING: readonly Scenario[] = [...RESTARTS, ...SLOW, BOOTS_LATE, BOOTS_LATE_UNHEARD];
