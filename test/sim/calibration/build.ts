/**
 * What the lists of scenarios are written with.
 */

import type { ActionText, EndName, EndSetup, Scenario, Step } from './script.ts';

/** Long after two charons on one machine are done with what they were told. */
const STEP_MS = 600;

/** Past the end of retransmission. */
export const GIVEN_UP_MS = 3_600;

export function step(...does: readonly ActionText[]): Step {
  return { does, forMs: STEP_MS };
}

export function wait(forMs: number, ...does: readonly ActionText[]): Step {
  return { does, forMs };
}

export function scenario(
  name: string,
  shows: string,
  steps: readonly Step[],
  ends: { readonly both?: EndSetup; readonly moon?: EndSetup; readonly sun?: EndSetup } = {},
): Scenario {
  return { name, shows, moon: { ...ends.both, ...ends.moon }, sun: { ...ends.both, ...ends.sun }, steps };
}

/** An IKE_SA with a CHILD_SA, called by moon. */
export const UP = step('moon initiates net');
export const TWO: EndSetup = { children: ['net', 'voice'] };
const BY: readonly { readonly by: EndName; readonly role: string }[] = [
  { by: 'moon', role: 'initiator' },
  { by: 'sun', role: 'responder' },
];

export function byEither(
  name: string,
  shows: string,
  steps: (by: EndName) => readonly Step[],
  ends: Parameters<typeof scenario>[3] = {},
): Scenario[] {
  return BY.map(({ by, role }) => scenario(`${name}-${role}`, `${shows}, by the ${role}`, steps(by), ends));
}

/** All that a call consists of. */
export const HELD = [
  'IKE_SA_INIT request',
  'IKE_SA_INIT response',
  'IKE_AUTH request',
  'IKE_AUTH response',
] as const;

/** One end's messages go on their way, and nothing else. */
export function passing(end: EndName, ...kinds: readonly (typeof HELD)[number][]): Step {
  return wait(200, ...kinds.map((kind): ActionText => `${end} releases ${kind}`));
}
