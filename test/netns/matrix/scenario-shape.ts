/** What a scenario of the matrix is: something that is made to happen to all trials at once. */
import type { Settings } from '../lab/settings-text.ts';
import type { Ends } from './ends.ts';

export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** Nobody fails in it: from the first tunnel on neither end may ever be without one. */
  readonly isGapless: boolean;
  /** `long`: nobody calls but by the scenario's doing. `short`: both sidecars' own modes go on, in seconds. */
  readonly modes: 'long' | 'short';
  /** Default `net`. */
  readonly children?: readonly string[];
  /** Over the defaults of both ends' connections. */
  readonly connection?: Settings;
  /** Over the defaults of both charons. */
  readonly charon?: Settings;
  /** The SAs are the verdict: charon loses packets here by itself, without any sidecar. */
  readonly isWithoutPings?: boolean;
  /** Our sidecar must not take any of it for a leftover (R9). */
  readonly isNeverSwept?: boolean;
  /** How much longer than usual it may take until there is one tunnel. */
  readonly extraMs?: number;
  /** Makes it happen; the verdict comes afterwards. */
  enact(ends: Ends): Promise<void>;
}
