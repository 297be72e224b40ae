/** Leaves a lab standing for whoever wants to play with it, until a signal comes. */
import { afteryouExecutable } from '../../test/netns/lab/checkout.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Says how to get in, goes on telling what happens, and returns when a signal has come. */
export async function keepStanding(stage: Stage, screen: Screen): Promise<void> {
  await stage.timeline.caughtUp();
  screen.gap();
  screen.line('The lab stays, and this window goes on telling what happens. From another one:');
  for (const charon of [stage.moon, stage.sun]) {
    screen.gap();
    screen.line(`  # ${charon.host.name}`);
    screen.line(`  ip netns exec ${charon.host.netns} bash`);
    screen.line(`  swanctl --list-sas --uri unix://${charon.viciSocket}`);
    for (const { afteryou } of stage.sidecars.filter(({ afteryou }) => afteryou.host === charon.host)) {
      screen.line(`  ${afteryouExecutable()} status -c ${afteryou.configFile}`);
    }
  }
  screen.gap();
  screen.line(`Files of both: ${stage.lab.dir}`);
  screen.line('Ctrl-C takes it all down.');
  screen.gap();
  // `on`, not `once`: the lab hears the same signal, takes itself down and sends it again.
  await new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve());
  });
}
