/** The commands, in the order in which help lists them. */
import type { CliCommand } from '../command.ts';
import { check } from './check.ts';
import { events } from './events.ts';
import { explain } from './explain.ts';
import { initiate, pause, resume } from './operate.ts';
import { reload } from './reload.ts';
import { run } from './run.ts';
import { status } from './status.ts';
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
];
