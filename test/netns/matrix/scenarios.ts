/** All scenarios of the matrix. */
import { CHILDREN_SCENARIOS } from './children.ts';
import { CROSSING_ORDERS } from './crossing-orders.ts';
import { DELETES } from './deletes.ts';
import { RESTARTING } from './restarts.ts';
import type { Scenario } from './scenario-shape.ts';
import { UNLUCKY } from './unlucky.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...CROSSING_ORDERS,
  ...DELETES,
  ...RESTARTING,
  ...CHILDREN_SCENARIOS,
  ...UNLUCKY,
];
