/** The commands, in the order in which help lists them. */
import type { CliCommand } from '../command.ts';
import { bugreport } from './bugreport.ts';
import { check } from './check.ts';
import { completion } from './completion.ts';
import { doctor } from './doctor.ts';
import { events } from './events.ts';
import { explain } from './explain.ts';
import { metrics } from './metrics.ts';
import { initiate, pause, resume } from './operate.ts';
import { peerList } from './peer-list.ts';
import { reload } from './reload.ts';
import { run } from './run.ts';
import { showCommand } from './show.ts';
import { status } from './status.ts';
import { translate } from './translate.ts';
import { wait } from './wait.ts';

export const COMMANDS: readonly CliCommand[] = [
  run,
  check,
  status,
  explain,
  events,
  pause,
  resume,
  initiate,
  wait,
  reload,
  showCommand,
  peerList,
  doctor,
  metrics,
  bugreport,
  completion,
  translate,
];
