/** What an act is. */
import type { LabOptions } from '../../test/netns/lab/lab.ts';
import type { ActLetter } from './options.ts';
import type { Stage } from './stage.ts';

export interface Act {
  readonly letter: ActLetter;
  readonly title: string;
  /** What is about to happen, for whoever watches. */
  readonly story: string;
  /** The wire it needs. */
  readonly lab: Pick<LabOptions, 'relay'>;
  /** Plays it; what isn't as it should be is in the stage's checks, or thrown. */
  readonly play: (stage: Stage) => Promise<void>;
}
