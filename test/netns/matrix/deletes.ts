/**
 * Somebody deletes: one of two tunnels that crossed, or the only one, from both ends at once.
 */

import type { IkeSa } from '../lab/ike-sas.ts';
import { crossInStep } from './crossing-orders.ts';
import { came, type Ends } from './ends.ts';
import type { Scenario } from './scenario-shape.ts';

const DELETE_WITHIN_MS = 5_000;

type Selection = (sa: IkeSa) => Readonly<Record<string, string>> | null;

const wholeIkeSa: Selection = ({ id }) => ({ 'ike-id': id });
const itsChild: Selection = ({ children: [child] }) =>
  child === undefined ? null : { 'child-id': child.id };
const own: Selection = (sa) => (sa.isInitiator ? wholeIkeSa(sa) : null);
const others: Selection = (sa) => (sa.isInitiator ? null : wholeIkeSa(sa));
const childOfOwn: Selection = (sa) => (sa.isInitiator ? itsChild(sa) : null);
const childOfOthers: Selection = (sa) => (sa.isInitiator ? null : itsChild(sa));

/** Two tunnels have come up in step, and while both are held the peer deletes something: there is still one. */
const AFTER_CROSSING: readonly Scenario[] = [
  { name: 'in-step', description: 'Both calls in step, message by message.', select: () => null },
  {
    name: 'in-step-peer-deletes-its-own',
    description: 'In step; during the hold the peer deletes the IKE_SA that it started.',
    select: own,
  },
  {
    name: 'in-step-peer-deletes-ours',
    description: 'In step; during the hold the peer deletes the IKE_SA that we started.',
    select: others,
  },
  {
    name: 'in-step-peer-deletes-its-child',
    description:
      'In step; the peer deletes the CHILD_SA of its IKE_SA: IKE_SA of one end, CHILD_SA of the other.',
    select: childOfOwn,
  },
  {
    name: 'in-step-peer-deletes-our-child',
    description: 'In step; the peer deletes the CHILD_SA of our IKE_SA, and the IKE_SA stays.',
    select: childOfOthers,
  },
].map(({ name, description, select }) => ({
  name,
  description,
  isGapless: true,
  modes: 'long' as const,
  // A leftover goes after the sweep grace.
  extraMs: 10_000,
  async enact(ends: Ends) {
    await crossInStep(ends);
    await ends.terminate(ends.sun, select);
  },
}));

/** Both ends delete at once, and the messages cross. Who deletes loses the tunnel: it has to come back, as one. */
const CROSSING: readonly Scenario[] = [
  { name: 'deletes-ike-ike', ours: wholeIkeSa, theirs: wholeIkeSa },
  { name: 'deletes-child-child', ours: itsChild, theirs: itsChild },
  { name: 'deletes-ike-child', ours: wholeIkeSa, theirs: itsChild },
  { name: 'deletes-child-ike', ours: itsChild, theirs: wholeIkeSa },
].map(({ name, ours, theirs }) => ({
  name,
  description: `There is one tunnel; we and the peer delete at once (${name.slice(8)}), and the messages cross.`,
  isGapless: false,
  modes: 'short' as const,
  async enact(ends: Ends) {
    await ends.weAreUp();
    await deleteAtOnce(ends, ours, theirs);
  },
}));

const EACH_ITS_OWN: Scenario = {
  name: 'in-step-each-deletes-its-own',
  description: 'In step; then each end deletes the IKE_SA that it started, at once: none is left.',
  isGapless: false,
  modes: 'short',
  async enact(ends) {
    await crossInStep(ends);
    await deleteAtOnce(ends, own, own);
  },
};

export const DELETES: readonly Scenario[] = [...AFTER_CROSSING, ...CROSSING, EACH_ITS_OWN];

async function deleteAtOnce(ends: Ends, ours: Selection, theirs: Selection): Promise<void> {
  const deletes = await ends.relay.hold({ exchange: 'INFORMATIONAL', message: 'request' });
  await Promise.all([ends.terminate(ends.moon, ours), ends.terminate(ends.sun, theirs)]);
  await came(deletes.took(2 * ends.count, DELETE_WITHIN_MS));
  await deletes.release();
}
