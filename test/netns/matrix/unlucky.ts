/**
 * Two calls that cross under a bad star: a lossy or slow wire, other versions, no dead peer detection, and things that
 * happen while both tunnels are held.
 */

import { look } from '../crossings/one-tunnel.ts';
import { within } from '../lab/wait.ts';
import { bothUp, crossInStep } from './crossing-orders.ts';
import { came, type Ends } from './ends.ts';
import type { Scenario } from './scenario-shape.ts';

const CALL_WITHIN_MS = 5_000;
const LOSS_PERCENT = 20;
/** charon's fourth retransmission comes after 47 s. */
/** Longer, and charon would give up some IKE_SA: of dead peer detection all six tries get lost in 2 of 1,000. */
const SETTLED_IN_LOSS_WITHIN_MS = 45_000;
/** charon gives up a DELETE this much later whose answer got lost, and which the other end has forgotten. */
const RETRANSMISSION_MS_MAX = 165_000;
const FAR_ONE_WAY_MS = 300;
/** Soon enough that a call which leads nowhere is given up within the test: after 3 s. */
const IMPATIENT = { retransmit_timeout: 1, retransmit_base: 1, retransmit_tries: 2 };
/** A hold that begins anew. */
const HOLD_AGAIN_MS = 15_000;

const gapless = { isGapless: true, modes: 'long' } as const;

const ON_A_BAD_WIRE: readonly Scenario[] = [
  {
    ...gapless,
    name: 'wire-loses',
    description: `Both call at once, and ${LOSS_PERCENT} % of all packets are lost until there is one tunnel, or for 45 s.`,
    extraMs: RETRANSMISSION_MS_MAX,
    async enact(ends) {
      await ends.relay.loss('any', LOSS_PERCENT);
      await Promise.all([ends.weCall(), ends.theyCall()]);
      await came(
        within(
          SETTLED_IN_LOSS_WITHIN_MS,
          'one tunnel each',
          async () => {
            const faults = await look(ends.names, ends.moon, ends.sun);
            return [...faults.values()].every((fault) => fault === null);
          },
          { pollMs: 500 },
        ),
      );
      await ends.relay.loss('any', 0);
    },
  },
  {
    ...gapless,
    name: 'wire-is-long',
    description: `Both call at once, over a wire of ${FAR_ONE_WAY_MS} ms one way.`,
    async enact(ends) {
      await ends.relay.delay('any', FAR_ONE_WAY_MS);
      await Promise.all([ends.weCall(), ends.theyCall()]);
      await bothUp(ends);
    },
  },
];

const OTHER_CONNECTIONS: readonly Scenario[] = [
  {
    ...gapless,
    name: 'in-step-two-children',
    description: 'In step, with two children.',
    children: ['net', 'voice'],
    enact: crossInStep,
  },
  {
    ...gapless,
    name: 'in-step-without-dpd',
    description: 'In step, and neither end has dead peer detection: moving the packets is the proof.',
    connection: { dpd_delay: null },
    enact: crossInStep,
  },
  {
    ...gapless,
    name: 'in-step-ikev1',
    description: 'Both calls in IKEv1 (main mode), begun in step.',
    connection: { version: 1 },
    async enact(ends) {
      const begun = await ends.relay.hold({ exchange: 'ID_PROT', count: 2 * ends.count });
      await Promise.all([ends.weCall(), ends.theyCall()]);
      await came(begun.took(2 * ends.count, CALL_WITHIN_MS));
      await begun.release();
      await bothUp(ends);
    },
  },
];

const DURING_THE_HOLD: readonly Scenario[] = [
  {
    ...gapless,
    name: 'in-step-we-rekey-theirs',
    description:
      'In step; during the hold we rekey the IKE_SA that the peer started: it stays the one of the peer.',
    async enact(ends) {
      await crossInStep(ends);
      await ends.rekeyIke(ends.moon, (sa) => !sa.isInitiator);
    },
  },
  {
    ...gapless,
    name: 'in-step-peer-rekeys-ours',
    description: 'In step; during the hold the peer rekeys the IKE_SA that we started: it stays ours.',
    async enact(ends) {
      await crossInStep(ends);
      await ends.rekeyIke(ends.sun, (sa) => !sa.isInitiator);
    },
  },
  {
    ...gapless,
    name: 'in-step-sidecar-killed',
    description: 'In step; during the hold our sidecar is killed and comes back: it settles all the same.',
    extraMs: HOLD_AGAIN_MS,
    async enact(ends) {
      await crossInStep(ends);
      await ends.ours.kill();
      await ends.ours.start();
      await ends.untilAttached();
    },
  },
  ...(['moon', 'sun'] as const).map(
    (host): Scenario => ({
      // Break before make, as 5.9 does it, leaves a gap.
      isGapless: false,
      modes: 'short',
      name: host === 'moon' ? 'in-step-we-reauthenticate' : 'in-step-peer-reauthenticates',
      description: `In step; during the hold ${host === 'moon' ? 'we reauthenticate our' : 'the peer reauthenticates its'} IKE_SA.`,
      extraMs: HOLD_AGAIN_MS,
      async enact(ends) {
        await crossInStep(ends);
        await ends.rekeyIke(ends[host], (sa) => sa.isInitiator, true);
      },
    }),
  ),
];

const WITHOUT_CROSSING: readonly Scenario[] = [
  ...(['moon', 'sun'] as const).map(
    (host): Scenario => ({
      isGapless: false,
      modes: 'short',
      isNeverSwept: true,
      // When many reauthenticate at once, 5.9.8 (break before make) now and then sends nothing through a new CHILD_SA: the
      // reqid that it asks for is another one's by then. No sidecar calls in that gap.
      isWithoutPings: true,
      name: host === 'moon' ? 'we-reauthenticate' : 'peer-reauthenticates',
      description: `${host === 'moon' ? 'We reauthenticate' : 'The peer reauthenticates'} the only IKE_SA, which we started.`,
      async enact(ends: Ends) {
        await ends.weAreUp();
        await ends.rekeyIke(ends[host], () => true, true);
      },
    }),
  ),
  {
    isGapless: false,
    modes: 'short',
    charon: IMPATIENT,
    name: 'peer-dies-at-auth',
    description: "The peer's charon dies when our IKE_AUTH is under way, and is back without calling.",
    async enact(ends) {
      const held = await ends.relay.hold({ from: 'moon', exchange: 'IKE_AUTH', message: 'request' });
      await ends.weCall();
      await came(held.took(ends.count, CALL_WITHIN_MS));
      await ends.sun.kill();
      await held.release();
      await ends.sunBoots();
    },
  },
];

export const UNLUCKY: readonly Scenario[] = [
  ...ON_A_BAD_WIRE,
  ...OTHER_CONNECTIONS,
  ...DURING_THE_HOLD,
  ...WITHOUT_CROSSING,
];
