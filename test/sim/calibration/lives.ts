/**
 * Scenarios: what befalls IKE_SAs and CHILD_SAs that are up.
 */

import { byEither, GIVEN_UP_MS, HELD, passing, scenario, step, TWO, UP, wait } from './build.ts';
import type { ActionText, Scenario } from './script.ts';

export const CHILDREN: readonly Scenario[] = [
  scenario(
    'two-children-by-both',
    'Both ends call at once for two children each',
    [
      wait(100, ...HELD.flatMap((kind): ActionText[] => [`moon holds ${kind}`, `sun holds ${kind}`])),
      step('moon initiates net', 'moon initiates voice'),
      step('sun initiates net', 'sun initiates voice'),
      ...HELD.flatMap((kind) => [passing('moon', kind), passing('sun', kind)]),
      step(),
    ],
    { both: TWO },
  ),
  scenario(
    'second-child-by-both',
    'Both ends ask for the same second child at once, on the one IKE_SA',
    [
      UP,
      step('moon holds CREATE_CHILD_SA request', 'sun holds CREATE_CHILD_SA request'),
      step('moon initiates voice'),
      step('sun initiates voice'),
      wait(200, 'moon releases CREATE_CHILD_SA request'),
      step('sun releases CREATE_CHILD_SA request'),
    ],
    { both: TWO },
  ),
];

export const RESTARTS: readonly Scenario[] = [
  ...(['never', 'no', 'replace'] as const).map((unique) =>
    scenario(
      `killed-calls-again-${unique}`,
      `The end that called is killed, comes back and calls again, unique = ${unique} at both`,
      [UP, step('moon dies'), wait(2_000, 'moon starts'), UP],
      { both: { unique } },
    ),
  ),
  scenario('stopped', 'An end is stopped (SIGTERM) and comes back', [
    UP,
    step('moon stops'),
    wait(2_000, 'moon starts'),
    step('sun initiates net'),
  ]),
];

const REKEYING = ['CREATE_CHILD_SA request', 'CREATE_CHILD_SA response', 'INFORMATIONAL request'] as const;

export const REPLACEMENT: readonly Scenario[] = [
  ...byEither('rekey-ike', 'IKE_SA rekeyed', (by) => [
    UP,
    step(`${by} rekeys A`),
    step(`${by} terminates B`),
  ]),
  ...byEither('rekey-child', 'CHILD_SA rekeyed', (by) => [UP, step(`${by} rekeys a`), wait(6_000)]),
  scenario('rekey-ike-both', 'Both ends rekey the IKE_SA at once', [
    UP,
    step('moon holds CREATE_CHILD_SA request', 'sun holds CREATE_CHILD_SA request'),
    wait(200, 'moon rekeys A'),
    wait(200, 'sun rekeys A'),
    wait(200, 'moon releases CREATE_CHILD_SA request'),
    step('sun releases CREATE_CHILD_SA request'),
    wait(3_000),
  ]),
  scenario('rekey-child-both', 'Both ends rekey the CHILD_SA at once', [
    UP,
    step('moon holds CREATE_CHILD_SA request', 'sun holds CREATE_CHILD_SA request'),
    wait(200, 'moon rekeys a'),
    wait(200, 'sun rekeys a'),
    wait(200, 'moon releases CREATE_CHILD_SA request'),
    step('sun releases CREATE_CHILD_SA request'),
    wait(6_000),
  ]),
  ...(['ike', 'child'] as const).map((what) => {
    const old = what === 'ike' ? 'A' : 'a';
    return scenario(
      `rekey-${what}-crossing`,
      `Both ends rekey the ${what.toUpperCase()}_SA, and both requests are answered`,
      [
        UP,
        wait(100, ...REKEYING.flatMap((kind): ActionText[] => [`moon holds ${kind}`, `sun holds ${kind}`])),
        wait(200, `moon rekeys ${old}`),
        wait(200, `sun rekeys ${old}`),
        ...REKEYING.flatMap((kind) => [
          wait(200, `moon releases ${kind}`),
          wait(200, `sun releases ${kind}`),
        ]),
        wait(6_000),
      ],
    );
  }),
  ...byEither(
    'reauth-make',
    'Reauthentication that makes before it breaks',
    (by) => [UP, wait(1_500, `${by} reauthenticates A`)],
    { both: { makesBeforeBreak: true } },
  ),
  ...byEither('reauth-break', 'Reauthentication that breaks before it makes', (by) => [
    UP,
    wait(1_500, `${by} reauthenticates A`),
  ]),
];

export const DELETION: readonly Scenario[] = [
  ...byEither('delete', 'IKE_SA deleted', (by) => [UP, step(`${by} terminates A`)]),
  ...byEither('delete-child', 'CHILD_SA deleted', (by) => [UP, step(`${by} terminates a`)]),
  scenario('delete-by-both', 'Both ends delete the IKE_SA at once', [
    UP,
    step('moon holds INFORMATIONAL request', 'sun holds INFORMATIONAL request'),
    step('moon terminates A'),
    wait(200, 'sun terminates A'),
    wait(200, 'moon releases INFORMATIONAL request'),
    step('sun releases INFORMATIONAL request'),
  ]),
  scenario('delete-unanswered', 'A DELETE that nobody answers, to the end of its retransmission', [
    UP,
    step('moon loses', 'moon terminates A'),
    wait(GIVEN_UP_MS),
  ]),
  scenario('delete-twice', 'A DELETE that nobody answers, and terminate again', [
    UP,
    step('moon loses', 'moon terminates A'),
    step('moon terminates A'),
  ]),
  scenario('delete-waits', 'A terminate while another exchange is unanswered', [
    UP,
    step('moon loses', 'moon rekeys a'),
    step('moon terminates A'),
    wait(1_500, 'moon passes'),
  ]),
  scenario('terminate-unknown', 'A terminate of an id that nobody has', [UP, step('moon terminates 4711')]),
];

const DEAD_PEER_MS = 8_000;

export const DEAD_PEER: readonly Scenario[] = [
  scenario(
    'dead-peer-clear',
    'The peer falls silent, dpd_action = clear',
    [UP, wait(DEAD_PEER_MS, 'moon loses', 'sun loses'), step('moon passes', 'sun passes')],
    { moon: { dpdMs: 2_000 } },
  ),
  scenario(
    'dead-peer-restart',
    'The peer falls silent and is back while dpd_action = restart calls it again',
    [UP, wait(6_300, 'moon loses', 'sun loses'), wait(1_500, 'moon passes', 'sun passes')],
    { moon: { dpdMs: 2_000, restartsOnLoss: true } },
  ),
];
