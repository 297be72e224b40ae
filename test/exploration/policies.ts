/** The product's policy, as the exploration runs it. */

import { brokenInvariants } from '../../src/policy/invariants.ts';
import { step } from '../../src/policy/step.ts';
import type { Policy } from './end.ts';

export const PRODUCT: Policy = { step, brokenInvariants };
