/**
 * The scenarios: what afteryou meets between two charons, each as short as it can be.
 */

import { CALLS, CROSSING, REFUSALS, SILENCE } from './calls.ts';
import { CHILDREN, DEAD_PEER, DELETION, REPLACEMENT, RESTARTS } from './lives.ts';
import type { Scenario } from './script.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...CALLS,
  ...REFUSALS,
  ...SILENCE,
  ...CROSSING,
  ...CHILDREN,
  ...RESTARTS,
  ...REPLACEMENT,
  ...DELETION,
  ...DEAD_PEER,
];
