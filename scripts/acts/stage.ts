/**
 * Where an act is played: two gateways with their charons, watched, and the means to show and check what they do.
 *
 * Knows how to set up, show and take down; what is played is the act's own.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Afteryou } from '../../test/netns/lab/afteryou.ts';
import type { Capture } from '../../test/netns/lab/capture.ts';
import type { Charon } from '../../test/netns/lab/charon.ts';
import { Lab, type LabOptions } from '../../test/netns/lab/lab.ts';
import { twoCharons } from '../../test/netns/lab/two-charons.ts';
import { Checks } from './checks.ts';
import { saTable } from './sa-table.ts';
import type { Screen } from './screen.ts';
import { Timeline } from './timeline.ts';
import { AfteryouWatch } from './watch-afteryou.ts';
import { watchTunnels } from './watch-tunnels.ts';
import { watchWire } from './watch-wire.ts';

export interface StageOptions extends LabOptions {
  readonly screen: Screen;
  readonly isFast: boolean;
}

/** Settings of the one service, with the configuration file's own keys. */
export interface ServiceSettings {
  readonly 'responder-mode-duration': number;
  readonly 'initiator-mode-duration': number;
  readonly 'settle-hold'?: number;
}

/** An afteryou at work and the ear on it. */
export interface Sidecar {
  readonly afteryou: Afteryou;
  readonly watch: AfteryouWatch;
}

/** Our dead peer detection proves a quiet tunnel (R6), so it sets the pace of an act. */
const DPD_DELAY = '3s';
const READING_MS = 1_200;

export class Stage {
  readonly lab: Lab;
  readonly moon: Charon;
  readonly sun: Charon;
  readonly capture: Capture;
  readonly timeline: Timeline;
  readonly checks: Checks;
  readonly sidecars: Sidecar[] = [];
  readonly #options: StageOptions;
  readonly #stops: (() => void)[] = [];

  private constructor(lab: Lab, moon: Charon, sun: Charon, capture: Capture, options: StageOptions) {
    this.lab = lab;
    this.moon = moon;
    this.sun = sun;
    this.capture = capture;
    this.#options = options;
    this.checks = new Checks(options.screen);
    this.timeline = new Timeline(options.screen);
  }

  /** @throws Error when this machine can't hold a lab, or a charon doesn't start */
  static async open(options: StageOptions): Promise<Stage> {
    const lab = await Lab.create(options);
    try {
      const { moon, sun } = await twoCharons(lab, { connection: { settings: { dpd_delay: DPD_DELAY } } });
      const stage = new Stage(lab, moon, sun, await lab.capture(lab.moon), options);
      stage.timeline.tell('demo', 'two gateways, moon 192.0.2.1 and sun 192.0.2.2, each with a strongSwan');
      stage.#stops.push(
        await watchTunnels(moon, stage.timeline),
        await watchTunnels(sun, stage.timeline),
        watchWire(stage.capture, [lab.moon, lab.sun], stage.timeline),
      );
      return stage;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Starts afteryou beside a charon. Shorter durations than a production would have are said to be so. */
  async startAfteryou(charon: Charon, settings: ServiceSettings): Promise<Sidecar> {
    const { name } = charon.host;
    this.timeline.tell('demo', `afteryou is started at ${name}`);
    const config = {
      laboratory: true,
      services: { all: { connections: '*', ...settings } },
      log: { format: 'text' },
    };
    const afteryou = await this.lab.afteryou(charon, { config, name: `afteryou-${name}` });
    const sidecar = { afteryou, watch: await AfteryouWatch.start(afteryou, this.timeline) };
    this.sidecars.push(sidecar);
    return sidecar;
  }

  /** Runs a command of afteryou and shows what it prints. */
  async show(afteryou: Afteryou, args: readonly string[]): Promise<void> {
    const { stdout, stderr } = await afteryou.cli(args);
    await this.timeline.caughtUp();
    const { screen } = this.#options;
    screen.gap();
    screen.line(`  ${afteryou.host.name}$ ${screen.paint(`afteryou ${args.join(' ')}`, 'title')}`);
    screen.quote(stdout + stderr, 4);
    screen.gap();
    await this.read();
  }

  /** Shows the SAs of both ends. */
  async showSas(): Promise<void> {
    await this.timeline.caughtUp();
    const { screen } = this.#options;
    screen.gap();
    for (const charon of [this.moon, this.sun]) {
      for (const line of await saTable(charon)) screen.paragraph(line, 2);
    }
    screen.gap();
    await this.read();
  }

  /** Time for a person to read. */
  async read(): Promise<void> {
    if (!this.#options.isFast) await sleep(READING_MS);
  }

  /** Ends the telling; the lab stays. */
  stopWatching(): void {
    for (const { watch } of this.sidecars) watch.stop();
    for (const stop of this.#stops) stop();
    this.timeline.stop();
  }
}
