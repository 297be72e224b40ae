/**
 * Two calls that cross, in every order in which one end can process the other's messages and its own.
 *
 * Letters tell what that end does next, as in the test suites of other IKE daemons: `e` it takes the other end's next
 * request (IKE_SA_INIT, then IKE_AUTH), `w` its own call goes on (it begins, takes the answer to IKE_SA_INIT, takes the answer
 * to IKE_AUTH). The wire keeps back all that isn't due yet; what the end itself sends passes freely.
 */
import type { Charon } from '../lab/charon.ts';
import type { HostName } from '../lab/hosts.ts';
import type { RelayRule } from '../lab/relay.ts';
import { came, type Ends } from './ends.ts';
import type { Scenario } from './scenario-shape.ts';

const ORDERS = [
  'eewww',
  'eweww',
  'ewwew',
  'ewwwe',
  'weeww',
  'wewew',
  'wewwe',
  'wweew',
  'wwewe',
  'wwwee',
] as const;

const STEP_WITHIN_MS = 5_000;

/** One scenario for each order at each end. */
export const CROSSING_ORDERS: readonly Scenario[] = ORDERS.flatMap((order) =>
  (['moon', 'sun'] as const).map((end) => ({
    name: `${order}-${end === 'moon' ? 'here' : 'there'}`,
    description: `Both ends call; ${end === 'moon' ? 'we take' : 'the peer takes'} messages in the order ${order}.`,
    isGapless: true,
    modes: 'long' as const,
    enact: (ends: Ends) => crossInOrder(ends, order, end),
  })),
);

/** Both calls in step: at both ends each message is taken when all of the same kind have been sent. */
export async function crossInStep(ends: Ends): Promise<void> {
  const { relay, count } = ends;
  const stages = [
    { exchange: 'IKE_SA_INIT', message: 'request' },
    { exchange: 'IKE_SA_INIT', message: 'response' },
    { exchange: 'IKE_AUTH', message: 'request' },
    { exchange: 'IKE_AUTH', message: 'response' },
  ] as const;
  const rules: RelayRule[] = [];
  for (const stage of stages) rules.push(await relay.hold(stage));
  await Promise.all([ends.weCall(), ends.theyCall()]);
  for (const rule of rules) {
    await came(rule.took(2 * count, STEP_WITHIN_MS));
    await rule.release();
  }
  await bothUp(ends);
}

/** Waits until both calls of every trial are up at both ends; the verdict tells if they aren't. */
export async function bothUp(ends: Ends): Promise<void> {
  for (const charon of [ends.moon, ends.sun]) await ends.established(charon, () => true, 2 * ends.count);
}

/** The order is kept as far as the ends let it: one that sees the other's tunnel first calls no more. */
async function crossInOrder(ends: Ends, order: string, end: HostName): Promise<void> {
  const { relay, count } = ends;
  const near: Charon = end === 'moon' ? ends.moon : ends.sun;
  const nearCalls = () => (end === 'moon' ? ends.weCall() : ends.theyCall());
  const farCalls = () => (end === 'moon' ? ends.theyCall() : ends.weCall());
  const from: HostName = end === 'moon' ? 'sun' : 'moon';
  const theirInit = await relay.hold({ from, exchange: 'IKE_SA_INIT', message: 'request' });
  const theirAuth = await relay.hold({ from, exchange: 'IKE_AUTH', message: 'request' });
  const initAnswer = await relay.hold({ from, exchange: 'IKE_SA_INIT', message: 'response' });
  const authAnswer = await relay.hold({ from, exchange: 'IKE_AUTH', message: 'response' });
  const took = (rule: RelayRule) => came(rule.took(count, STEP_WITHIN_MS));
  const up = (isInitiator: boolean) => ends.established(near, (sa) => sa.isInitiator === isInitiator);

  const begin = async () => {
    await nearCalls();
    await took(initAnswer);
  };
  const e = [
    async () => {
      await theirInit.release();
      await took(theirAuth);
    },
    async () => {
      await theirAuth.release();
      await up(false);
    },
  ];
  const w = [
    begin,
    async () => {
      await initAnswer.release();
      await took(authAnswer);
    },
    async () => {
      await authAnswer.release();
      await up(true);
    },
  ];

  await farCalls();
  await took(theirInit);
  if (order === 'eewww') {
    // The near end would call no more if it knew of the tunnel, so it calls at the moment at which that comes up.
    await e[0]?.();
    await Promise.all([theirAuth.release(), nearCalls()]);
    await Promise.all([initAnswer.release(), authAnswer.release()]);
    await up(false);
    return;
  }
  for (const letter of order) await (letter === 'e' ? e : w).shift()?.();
}
