/**
 * CHILD_SAs, and IKE_SAs that are rekeyed under them: one is about to start when something else crosses its way.
 */

import { datagramScript } from '../lab/checkout.ts';
import { run } from '../lab/command.ts';
import type { Host } from '../lab/hosts.ts';
import { came, type Ends } from './ends.ts';
import type { Scenario } from './scenario-shape.ts';
import { portOf } from './trials.ts';

const SECOND = 'voice';
const CHILDREN = ['net', SECOND];
/** Our sidecar asks for a missing child after its short responder mode. */
const ASKED_WITHIN_MS = 8_000;
const CROSS_WITHIN_MS = 5_000;
/** Half a second each, and some. R9 waits for 50 s, and as long again if it has to move the packets first. */
const USED_ROUNDS = '220';
const USED_WITHIN_MS = 300_000;

/** There is one tunnel, and the peer deletes the second child of it. */
async function secondGoes(ends: Ends) {
  await ends.weAreUp();
  await ends.terminate(ends.sun, ({ children }) => {
    const second = children.find(({ name }) => name === SECOND);
    return second === undefined ? null : { 'child-id': second.id };
  });
}

/** The second child of every trial is gone, and our end's request for a new one is on the wire, kept back. */
async function secondIsAskedFor(ends: Ends) {
  await secondGoes(ends);
  const asked = await ends.relay.hold({ exchange: 'CREATE_CHILD_SA', message: 'request' });
  await came(asked.took(ends.count, ASKED_WITHIN_MS));
  return asked;
}

/** Both ends send through the second child for some two minutes: which of two is used decides which one goes (R9). */
async function secondIsUsed({ lab, options }: Ends): Promise<void> {
  const port = String(portOf(CHILDREN.indexOf(SECOND)));
  const send = async (host: Host, pairs: readonly (readonly [string, string])[]): Promise<void> => {
    const argv = host.inside(['/usr/bin/python3', datagramScript(), port, USED_ROUNDS, ...pairs.flat()]);
    await run(argv, { timeoutMs: USED_WITHIN_MS });
  };
  const inner = options.trials.map(({ peer }) => [peer.innerMoon, peer.innerSun] as const);
  await Promise.all([
    send(lab.moon, inner),
    send(
      lab.sun,
      inner.map(([moon, sun]) => [sun, moon] as const),
    ),
  ]);
}

const base = { isGapless: false, modes: 'short', children: CHILDREN } as const;

export const CHILDREN_SCENARIOS: readonly Scenario[] = [
  {
    ...base,
    name: 'child-goes',
    description: 'The peer deletes the second child and nobody interferes: it comes back, once.',
    enact: secondGoes,
  },
  {
    ...base,
    name: 'child-starts-as-ike-goes',
    description:
      'We are about to start the second child when the peer deletes the IKE_SA: both children come up on a new one.',
    async enact(ends) {
      const asked = await secondIsAskedFor(ends);
      const former = await ends.moon.sas();
      await ends.terminate(ends.sun, ({ id }) => ({ 'ike-id': id }));
      // charon starts a new one by itself, for the child that it was asked for.
      await ends.gone(ends.moon, former);
      await asked.release();
    },
  },
  {
    ...base,
    name: 'child-crosses-ike-rekeying',
    description: 'Our request for the second child crosses the rekeying of the IKE_SA by the peer.',
    async enact(ends) {
      const asked = await secondIsAskedFor(ends);
      await ends.rekeyIke(ends.sun, () => true);
      await came(asked.took(2 * ends.count, CROSS_WITHIN_MS));
      await asked.release();
    },
  },
  {
    ...base,
    name: 'children-cross',
    description: 'Both ends start the missing second child at once, on the one IKE_SA: one of it stays.',
    async enact(ends) {
      const asked = await secondIsAskedFor(ends);
      await ends.initiate(ends.sun, ends.names, SECOND);
      await came(asked.took(2 * ends.count, CROSS_WITHIN_MS));
      await asked.release();
      await secondIsUsed(ends);
    },
  },
  {
    name: 'ike-rekeyings-cross',
    description: 'Both ends rekey the IKE_SA of the only tunnel at once.',
    isGapless: false,
    modes: 'short',
    async enact(ends) {
      await ends.weAreUp();
      const asked = await ends.relay.hold({ exchange: 'CREATE_CHILD_SA', message: 'request' });
      await Promise.all([ends.rekeyIke(ends.moon, () => true), ends.rekeyIke(ends.sun, () => true)]);
      await came(asked.took(2 * ends.count, CROSS_WITHIN_MS));
      await asked.release();
    },
  },
];
