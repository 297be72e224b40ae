/**
 * The demo: plays the acts one after the other, each in a lab of its own, and says at the end how they went.
 *
 * Knows the order and the exit codes. What happens in an act is in `acts/act-*.ts`; the gateways are those of the tests.
 */

import { requireLab } from '../test/netns/lab/requirements.ts';
import type { Act } from './acts/act.ts';
import { actA } from './acts/act-a.ts';
import { actB } from './acts/act-b.ts';
import { actC } from './acts/act-c.ts';
import { actD } from './acts/act-d.ts';
import { keepStanding } from './acts/keep.ts';
import { type DemoOptions, parseOptions, USAGE } from './acts/options.ts';
import { messageOf, type Played, playAct } from './acts/play.ts';
import { Screen } from './acts/screen.ts';
import type { Stage } from './acts/stage.ts';

const ACTS: readonly Act[] = [actA, actB, actC, actD];
const EXIT = { done: 0, failed: 1, cannot: 2 } as const;

function readOptions(): DemoOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`demo: ${messageOf(error)}\n${USAGE}`);
    return undefined;
  }
}

async function canHoldLab(): Promise<boolean> {
  try {
    await requireLab();
    return true;
  } catch (error) {
    console.error(`demo: ${messageOf(error)}`);
    return false;
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined || !(await canHoldLab())) return EXIT.cannot;
  const screen = new Screen(process.stdout.isTTY, process.env['NO_COLOR']);
  const acts = ACTS.filter(({ letter }) => options.acts.includes(letter));
  const startMs = Date.now();
  const played: Played[] = [];
  process.once('SIGINT', () => console.error('\ninterrupted: the lab is taken down'));
  for (const act of acts) {
    const isKept = options.keepsLab && act === acts.at(-1);
    const keep = isKept ? (stage: Stage) => keepStanding(stage, screen) : undefined;
    played.push(await playAct(act, options, screen, keep));
  }
  return sumUp(screen, played, Date.now() - startMs);
}

function sumUp(screen: Screen, played: readonly Played[], tookMs: number): number {
  screen.gap();
  for (const { letter, title, failed } of played) {
    const verdict =
      failed.length === 0 ? screen.paint('as it should', 'good') : screen.paint('FAILED', 'bad');
    screen.line(`Act ${letter}: ${title.padEnd(34)}${verdict}`);
    for (const expectation of failed) screen.paragraph(expectation, 4);
  }
  screen.line(`${Math.round(tookMs / 1000)} s`);
  return played.some(({ failed }) => failed.length > 0) ? EXIT.failed : EXIT.done;
}

// Not awaited here: whoever imports this file removes its bundle as soon as it is loaded.
void main().then((code) => {
  process.exitCode = code;
});
