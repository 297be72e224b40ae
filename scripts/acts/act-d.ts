/** Act d: afteryou at both ends, both call at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isLowerSpi } from '../../src/policy/facts.ts';
import type { HostName } from '../../test/netns/lab/hosts.ts';
import type { Act } from './act.ts';
import { checkOneTunnel, checkPings, crossCalls, startPings, untilBothUp } from './moments.ts';
import { starterOf } from './sa-table.ts';
import type { Sidecar, Stage } from './stage.ts';

const DELAY_MS = 20;
/** So long that nobody calls unasked. */
const MODE_SECONDS = 30;
const HOLD_SECONDS = 3;
const READY_WITHIN_MS = 8_000;
const SETTLED_WITHIN_MS = 15_000;
const STAYS_MS = 2_000;

export const actD: Act = {
  letter: 'd',
  title: 'afteryou at both ends',
  story:
    'Two afteryous that know nothing of each other. An operator at each end has it call at the same time. If each gave way to the ' +
    'other none would be left, so the initiator SPIs, which both see, decide: whoever made the lower one gives way.',
  lab: { relay: { delayMs: DELAY_MS } },
  play,
};

async function play(stage: Stage): Promise<void> {
  const { moon, sun, timeline, checks } = stage;
  const settings = {
    'responder-mode-duration': MODE_SECONDS,
    'initiator-mode-duration': MODE_SECONDS,
    'settle-hold': HOLD_SECONDS,
  };
  const atMoon = await stage.startAfteryou(moon, settings);
  const atSun = await stage.startAfteryou(sun, settings);
  for (const { watch } of [atMoon, atSun]) await watch.reaches('responder-mode', 1, READY_WITHIN_MS);
  await crossCalls(stage, async () => {
    timeline.tell('demo', 'at moon: `afteryou initiate sun`; at sun: `afteryou initiate moon`');
    await Promise.all([atMoon.afteryou.cli(['initiate', 'sun']), atSun.afteryou.cli(['initiate', 'moon'])]);
  });
  const [both] = await untilBothUp(stage, 2);
  const pings = await startPings(stage);
  const calls = both.map((sa) => ({ by: starterOf(sa, 'moon'), initiatorSpi: sa.initiatorSpi }));
  const [first, second] = calls;
  if (first === undefined || second === undefined || first.by === second.by) {
    throw new Error(`one IKE_SA by each end was expected: ${JSON.stringify(calls)}`);
  }
  const lower = isLowerSpi(first.initiatorSpi, second.initiatorSpi) ? first : second;
  const higher = lower === first ? second : first;
  timeline.tell(
    'demo',
    `the lower initiator SPI is ${lower.by}'s: ${lower.initiatorSpi} < ${higher.initiatorSpi}`,
  );
  await stage.show(atSun.afteryou, ['explain', 'moon']);
  await stage.showSas();
  const [[last]] = await untilBothUp(stage, 1, SETTLED_WITHIN_MS);
  await sleep(STAYS_MS);
  await stage.showSas();
  for (const { afteryou } of [atMoon, atSun]) await stage.show(afteryou, ['status']);
  const gaveWay = [atMoon, atSun].filter(hasGivenWay).map(({ afteryou }): HostName => afteryou.host.name);
  checks.that(
    gaveWay.join() === lower.by,
    `${lower.by} gave way, since its initiator SPI is the lower one (R7)`,
    gaveWay,
  );
  checks.that(
    last?.initiatorSpi === higher.initiatorSpi,
    `the tunnel with the higher SPI is left, ${higher.by}'s`,
  );
  await checkOneTunnel(stage, higher.by);
  await checkPings(stage, pings);
}

function hasGivenWay({ watch }: Sidecar): boolean {
  return watch.into('up').some(({ rule }) => rule === 'R7');
}
