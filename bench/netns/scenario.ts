/** What each scenario is given and gives. */
import type { Settings } from '../../test/netns/lab/settings-text.ts';
import type { Figures } from './figures.ts';

export interface ScaleOptions {
  readonly peers: number;
  /** Rounds of those that compare two ways. */
  readonly rounds: number;
  /** Over the settings of the hub's charon. */
  readonly settings: Settings;
}

export type Scenario = (options: ScaleOptions) => Promise<Figures>;
