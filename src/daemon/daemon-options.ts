/**
 * What the daemon is given: everything that touches the world, so that a test can hand in another.
 */

import type { LoadedConfig } from '../config/model.ts';
import type { Exposition } from '../metrics/exposition.ts';
import type { CharonView } from '../metrics/ipsec-families.ts';
import type { Clock } from '../timers/clock.ts';
import type { Log } from './log.ts';
import type { ListedInFull } from './show.ts';
import type { StateKeeper } from './state-keeper.ts';

export interface DaemonOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly loaded: LoadedConfig;
  readonly keeper: StateKeeper;
  readonly exposition: Exposition;
  /** Reads the configuration again. @throws CONFIG_INVALID, CONFIG_UNREADABLE */
  readonly reread: () => LoadedConfig;
  /** Asks charon for its IKE_SAs in full. @throws VICI_CLOSED, VICI_TIMEOUT */
  readonly listInFull: () => Promise<ListedInFull>;
  /** Reads charon for the families of ipsec_exporter; null if it can't be read. */
  readonly viewCharon: () => Promise<CharonView | null>;
}
