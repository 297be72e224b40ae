/**
 * Scenarios: calls, and what becomes of them until an IKE_SA is up.
 */

import { GIVEN_UP_MS, HELD, passing, scenario, step, TWO, UP, wait } from './build.ts';
import type { ActionText, Scenario, Step } from './script.ts';

export const CALLS: readonly Scenario[] = [
  scenario('initiate', 'A call that is answered', [UP]),
  scenario('initiate-again', 'A call for a child that is there: at the same end, then at the other', [
    UP,
    step('moon initiates net'),
    step('sun initiates net'),
  ]),
  scenario('initiate-twice', 'A second call before the first is answered', [
    step('sun loses', 'moon initiates net', 'moon initiates net'),
    wait(1_500, 'sun passes'),
  ]),
  scenario('initiate-unknown', 'A call for a child that no connection has', [step('moon initiates nothing')]),
  scenario('initiate-while-deleting', 'A call while the DELETE of the IKE_SA before is unanswered', [
    UP,
    step('sun loses', 'moon terminates A', 'moon initiates net'),
    wait(1_500, 'sun passes'),
  ]),
  scenario(
    'second-child-initiator',
    'A second child, started by the end that called',
    [UP, step('moon initiates voice')],
    { both: TWO },
  ),
  scenario(
    'second-child-responder',
    'A second child, started by the end that was called',
    [UP, step('sun initiates voice')],
    { both: TWO },
  ),
  scenario('reuse-no', 'reuse_ikesa = no: every call makes an IKE_SA', [UP, UP, step('sun initiates net')], {
    moon: { reusesIkeSa: false },
  }),
  scenario(
    'trap',
    'start_action = trap, and a packet for the tunnel',
    [wait(1_200, 'moon pings'), step('moon pings')],
    { moon: { hasTraps: true } },
  ),
];

export const REFUSALS: readonly Scenario[] = [
  scenario('refused-connection', 'The peer has no connection', [UP], { sun: { refuses: 'connection' } }),
  scenario('refused-proposal', "The peer's proposals for IKE are others", [UP], {
    sun: { refuses: 'proposal' },
  }),
  scenario('refused-secret', "The peer's secret is another", [UP], { sun: { refuses: 'secret' } }),
  scenario('refused-child', "The peer's proposals for ESP are others: an IKE_SA without a child", [UP], {
    sun: { refuses: 'child' },
  }),
];

export const SILENCE: readonly Scenario[] = [
  scenario('silence-terminated', 'A call that nobody answers, terminated', [
    step('sun loses', 'moon loses', 'moon initiates net'),
    step('moon terminates A'),
  ]),
  scenario('silence-to-the-end', 'A call that nobody answers, to the end of its retransmission', [
    step('moon loses', 'moon initiates net'),
    wait(GIVEN_UP_MS),
  ]),
  scenario(
    'silence-keyingtries',
    'keyingtries = 2: all of it again, under another SPI',
    [step('moon loses', 'moon initiates net'), wait(GIVEN_UP_MS), wait(GIVEN_UP_MS)],
    { moon: { keyingTries: 2 } },
  ),
  scenario('half-open-expires', 'A call whose answer is lost; its half-open IKE_SA at the peer expires', [
    step('sun loses', 'moon initiates net'),
    step('moon terminates A'),
    wait(5_500),
  ]),
  scenario('half-open-terminated', 'A half-open IKE_SA, terminated by the responder', [
    step('sun loses', 'moon initiates net'),
    step('sun terminates A'),
    wait(1_500, 'sun passes'),
  ]),
  scenario('auth-terminated', 'A call terminated in IKE_AUTH, whose answer is lost: a zombie at the peer', [
    step('sun holds IKE_AUTH response', 'moon initiates net'),
    step('moon terminates A'),
    step('sun releases IKE_AUTH response'),
  ]),
  scenario('auth-given-up', 'A call that dies in IKE_AUTH, with every request lost', [
    step('moon holds IKE_AUTH request', 'moon initiates net'),
    wait(GIVEN_UP_MS),
  ]),
  scenario(
    'crowd',
    'Six calls from one address that stay half-open: a cookie for the fourth, nothing for the sixth',
    [
      step('moon holds IKE_AUTH request', 'moon initiates net'),
      wait(300, 'moon initiates net'),
      wait(300, 'moon initiates net'),
      wait(300, 'moon initiates net'),
      wait(300, 'moon initiates net'),
      step('moon initiates net'),
      step('moon terminates A', 'moon terminates B'),
    ],
    { moon: { reusesIkeSa: false } },
  ),
];

/** Both ends have called and nothing has arrived yet. */
const BOTH_CALL: readonly Step[] = [
  wait(100, ...HELD.flatMap((kind): ActionText[] => [`moon holds ${kind}`, `sun holds ${kind}`])),
  step('moon initiates net'),
  step('sun initiates net'),
];

export const CROSSING: readonly Scenario[] = (['never', 'no', 'keep', 'replace'] as const).flatMap(
  (unique) => [
    scenario(
      `crossing-in-step-${unique}`,
      `Both ends call in step, unique = ${unique} at both`,
      [
        ...BOTH_CALL,
        ...HELD.flatMap((kind) => [passing('moon', kind), passing('sun', kind)]),
        step(),
        wait(10_500),
      ],
      { both: { unique } },
    ),
    scenario(
      `crossing-late-${unique}`,
      `Both ends call; the call of sun is up at both ends when the IKE_AUTH of moon arrives; unique = ${unique} at both`,
      [
        ...BOTH_CALL,
        passing('moon', 'IKE_SA_INIT request'),
        passing('sun', 'IKE_SA_INIT response'),
        passing('sun', 'IKE_SA_INIT request', 'IKE_AUTH request'),
        passing('moon', 'IKE_SA_INIT response'),
        passing('moon', 'IKE_AUTH response'),
        passing('moon', 'IKE_AUTH request'),
        passing('sun', 'IKE_AUTH response'),
        step(),
        wait(10_500),
      ],
      { both: { unique } },
    ),
  ],
);
