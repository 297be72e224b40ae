/** Plays one act on a stage of its own, and takes the stage down. */
import type { Act } from './act.ts';
import type { DemoOptions } from './options.ts';
import type { Screen } from './screen.ts';
import { Stage } from './stage.ts';

const EVIDENCE = 'Logs, settings and packets of this act:';

export interface Played {
  readonly letter: string;
  readonly title: string;
  /** Expectations that were not met; empty if all went well. */
  readonly failed: readonly string[];
}

/** @param keep keeps the stage standing until a signal, which then takes it down; without it that is done here */
export async function playAct(
  act: Act,
  options: DemoOptions,
  screen: Screen,
  keep?: (stage: Stage) => Promise<void>,
): Promise<Played> {
  const { letter, title } = act;
  screen.gap();
  screen.line(screen.paint(`Act ${letter}: ${title}`, 'title'));
  screen.paragraph(act.story, 2);
  screen.gap();
  let stage: Stage;
  try {
    stage = await Stage.open({ ...act.lab, title: `demo-${letter}`, screen, isFast: options.isFast });
  } catch (error) {
    return { letter, title, failed: [`the stage could not be set up: ${messageOf(error)}`] };
  }
  const { checks, lab, timeline } = stage;
  try {
    await stage.read();
    await act.play(stage);
  } catch (error) {
    await timeline.caughtUp();
    checks.fail(messageOf(error));
  }
  const played = { letter, title, failed: checks.failed };
  if (keep !== undefined) {
    await keep(stage);
    stage.stopWatching();
    return played;
  }
  stage.stopWatching();
  const evidence = await lab.close({ hasFailed: checks.failed.length > 0 });
  if (evidence !== undefined) screen.line(`  ${EVIDENCE}\n  ${evidence}`);
  await stage.read();
  return played;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
